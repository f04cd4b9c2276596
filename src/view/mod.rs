//! Pure geometry: what stands where at time t, with which colour, mark and label.
//!
//! Nothing here knows the browser. Lengths are CSS pixels, the origin is the top left corner of the picture,
//! and the same input always gives the same picture.
//!
//! ```
//! use ha_lab::ha::Layout;
//! use ha_lab::view::{Density, Plan, Way};
//!
//! // One master, two standbys, two client sites: full cards fit on a projector.
//! let plan = Plan::new(&Layout::new(3, false, 0, false, false, false, 2), Way::Address, 896.0, 548.0);
//! assert_eq!(plan.density, Density::Full);
//! assert!(plan.places.iter().all(|place| place.rect.right() <= 896.0));
//! ```

pub mod acts;
pub mod blocks;
mod card;
pub mod chart;
pub mod cluster;
mod cluster_form;
pub mod desk;
mod figures;
mod fixed;
pub mod form;
pub mod formula;
mod machines_form;
mod marks;
mod member;
mod network;
mod node;
mod once;
mod path;
mod plan;
pub mod pool;
mod pool_form;
mod schedule_form;
mod states;
mod timeline;
mod who;

pub use card::{CELLS, Cell, LogView, cells, ring, window};
pub use figures::{NineBox, Part as PhasePart, nine_boxes, nines_of, parts, phases_so_far};
pub use fixed::{Fixed, fixed, tenths, whole};
pub use marks::{Mark, Shape, Tint, is_crowded, mark, progress};
pub use network::Network;
pub use node::{Health, NodeView, countdown, is_of_probe, leading_log, nodes, only_node, way_leads_to};
pub use once::{Once, Unit};
pub use path::{Path, Point, Rect};
pub use plan::{Density, Link, Place, Plan, Way};
pub use states::{Arrow, Diagram, State, diagram, raft_diagram, zab_diagram};
pub use timeline::{Scale, Tick, spread};
