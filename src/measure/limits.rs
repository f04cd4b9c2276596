//! Every limit of the ledger in one place: it is part of every checkpoint, so its size must not follow the
//! length of the session. Sums and counts stay exact beyond the limits; only lists lose their oldest items.

use crate::sim::Micros;

/// Canaries of one site and kind that wait for their verdict.
pub const CANARIES: usize = 1_024;
/// Turns of single sites that wait until those of the other sites are known.
pub const TURNS: usize = 1_024;
/// Incidents that are kept with all their details.
pub const INCIDENTS: usize = 4_096;
/// Faults listed with one incident.
pub const INCIDENT_FAULTS: usize = 8;
/// Failovers that are kept.
pub const FAILOVERS: usize = 2_048;
/// Split brains that are kept.
pub const SPLIT_BRAINS: usize = 2_048;
/// Change points of the ribbon that are kept.
pub const RIBBON: usize = 8_192;
/// Promotions whose milestones are remembered until an outage ends.
pub const PROMOTIONS: usize = 32;
/// Suspicions that are remembered until an outage ends.
pub const SUSPICIONS: usize = 32;
/// Faults, active or over, among which the cause of an outage is looked for.
pub const FAULTS: usize = 64;
/// A fault that is over can still be the cause of an outage for so long.
pub const CAUSE_WINDOW_US: Micros = 60_000_000;
/// Promoted logs (one for each promotion) whose writes are remembered.
pub const BRANCHES: usize = 1_024;
/// Places of the log in one page of acknowledged writes.
pub const PAGE_PLACES: u32 = 8_192;
/// Pages of acknowledged writes that are kept place by place; older ones keep only their count.
pub const PAGES: usize = 16_384;
/// Acknowledgements remembered for one request under way.
pub const ACKNOWLEDGEMENTS: usize = 4;
/// Requests under way, of all sites.
pub const REQUESTS: usize = crate::ha::limits::SITES * crate::ha::limits::REQUESTS;
/// An order to change the master can still be the cause of an outage for so long.
pub const ORDER_WINDOW_US: Micros = 10_000_000;
/// Elections of one run that are kept.
pub const ELECTIONS: usize = 65_536;
/// Terms of one election that are told apart.
pub const TERMS: usize = 1_024;
/// Reigns among which a second one in the same term is looked for.
pub const REIGNS: usize = 64;
/// Newest entries that two members have both applied and that are compared.
pub const AUDITED: u32 = 16;
