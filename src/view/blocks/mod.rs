//! Block diagrams on the page: the drawing ([`Picture`]), what can be done to a diagram ([`Act`]), the formula, and the board
//! on which it is edited ([`Board`]). Nothing here knows the browser.
//!
//! The outermost block is always a series, and the only one that may be empty; then the last good answer stays.
//!
//! ```
//! use ha_lab::i18n::Lang;
//! use ha_lab::view::blocks::{Act, Board};
//!
//! let mut board = Board::new(Lang::En);
//! let before = board.answer.availability.down;
//! board.look(vec![2]);
//! board.act(&Act::Beside);
//! assert!(board.answer.availability.down < before, "a second one beside it helps");
//! board.undo();
//! assert_eq!(board.answer.availability.down, before);
//! ```

mod act;
mod board;
mod drafts;
mod example;
mod formula;
mod picture;

pub use act::{Act, Is};
pub use board::{Board, Told};
pub use example::{Example, example};
pub use formula::formula;
pub use picture::{Picture, Shape, Towards, fit, letters_of};
