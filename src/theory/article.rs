//! The formulas of the article that the lab grew out of, what they really say, and what is right instead.
//!
//! The article writes MTBF where it means the mean up time. For one node its formula, MTBF / (MTBF + MTTR), is right if one
//! reads it so, and wrong by a little if MTBF is counted from failure to failure ([`MtbfNaming`](super::models::MtbfNaming)).
//! For a cluster it gives the same formula again, which is that of one node: redundancy is not in it.
//!
//! For master and standby it gives `MTBF_master / (MTBF_master + MTBF_slave)`. With exponential lives that is the probability
//! that the slave fails before the master: a statement about order, not about time. There is no repair in it. A better
//! standby makes it worse, a perfect one makes it 0, one that dies at once makes it 1, and two equal nodes give a half,
//! however good they are. It has no unit, so no check of units finds it.
//!
//! ```
//! use ha_lab::theory::article::Row;
//!
//! let standby = |mtbf_slave_hours| Row { mtbf_master_hours: 1000.0, mtbf_slave_hours, mttr_hours: 1.0 };
//! let (poor, good) = (standby(10.0), standby(10_000.0));
//! assert!(good.article() < poor.article(), "the better the standby, the worse the article's figure");
//! assert!(good.pair().down < poor.pair().down, "and the better the pair");
//! ```

use super::fields::{Fields, HasFields};
use super::limits;
use super::models::{Single, Theory};
use super::outputs::Outputs;
use super::share::Share;

/// A master, a standby and the repair of either.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What the article calls the master's MTBF: its mean up time, in hours.
    pub mtbf_master_hours: f64,
    /// What it calls the slave's: its mean up time, in hours.
    pub mtbf_slave_hours: f64,
    /// Mean repair time of a node, in hours. The article's formula does not ask for it.
    pub mttr_hours: f64,
}

impl Row {
    /// The article's "availability" of the pair (its section 3.1.2). In truth the chance that the slave fails first.
    pub fn article(&self) -> f64 {
        self.mtbf_master_hours / (self.mtbf_master_hours + self.mtbf_slave_hours)
    }

    /// The availability of the master without a standby; the article's formula of section 2.1, and of 3.2.2 for a cluster.
    pub fn master_alone(&self) -> Share {
        Single { mttf_hours: self.mtbf_master_hours, mttr_hours: self.mttr_hours }.availability()
    }

    /// The availability of the pair, if each is repaired by itself and the failover takes no time: 1 − U·U.
    pub fn pair(&self) -> Share {
        let slave = Single { mttf_hours: self.mtbf_slave_hours, mttr_hours: self.mttr_hours };
        self.master_alone().or(slave.availability())
    }
}

impl HasFields for Row {
    fn fields(&mut self, at: &mut Fields) {
        at.hours("mtbf_master_hours", &mut self.mtbf_master_hours);
        at.hours("mtbf_slave_hours", &mut self.mtbf_slave_hours);
        at.hours("mttr_hours", &mut self.mttr_hours);
    }
}

/// The article's formula beside the truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Article {
    /// One row for each pair.
    pub rows: Vec<Row>,
}

impl HasFields for Article {
    fn fields(&mut self, at: &mut Fields) {
        at.parts("rows", &mut self.rows, limits::ROWS);
    }
}

impl Theory for Article {
    fn outputs(&self) -> Outputs {
        let rows = self.rows.iter().map(|row| {
            Outputs::new()
                .number("article_formula", row.article())
                .share("single_master", row.master_alone())
                .share("pair_parallel", row.pair())
        });
        Outputs::table(rows.collect())
    }
}
