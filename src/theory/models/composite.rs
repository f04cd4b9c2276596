//! A block diagram as a model: what it comes to, and a table of its blocks with what each is to blame for.

use super::super::blocks::{Block, Ranked, check_size};
use super::super::fields::{Fields, HasFields};
use super::super::outputs::{Outputs, Value, YEAR_HOURS};
use super::super::problem::Wrong;
use super::Theory;

/// A block diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Composite {
    /// Its outermost block.
    pub block: Block,
}

impl HasFields for Composite {
    fn fields(&mut self, at: &mut Fields) {
        at.part("block", &mut self.block);
        check_size(&self.block, at);
        if at.is_fine() && self.block.answer().is_err() {
            at.wrong("block", Wrong::Digits);
        }
    }
}

impl Theory for Composite {
    fn outputs(&self) -> Outputs {
        let Ok(answer) = self.block.answer() else { return Outputs::new().number("unavailability", f64::NAN) };
        let mut outputs = Outputs::new()
            .share("availability", answer.availability)
            .number("unavailability", answer.availability.down)
            .number("downtime_minutes_per_year_365d", answer.availability.down * YEAR_HOURS * 60.0)
            .number("outages_per_year_365d", answer.per_year())
            .number("mean_up_time_hours", answer.mean_up_hours())
            .number("mean_down_time_hours", answer.mean_down_hours())
            .text("weakest_block", self.path(&answer.blocks[answer.weakest].spot));
        // The outermost block is the whole itself, unless there is no other.
        let whole = usize::from(answer.blocks.len() > 1);
        let rows = answer.blocks[whole..].iter().map(|one| self.row(one)).collect();
        outputs.push("blocks", Value::Table(rows));
        outputs
    }
}

impl Composite {
    fn row(&self, one: &Ranked) -> Outputs {
        Outputs::new()
            .text("block", self.path(&one.spot))
            .share("availability", one.availability)
            .number("unavailability", one.availability.down)
            .number("outages_per_year_365d", one.per_hour * YEAR_HOURS)
            .number("birnbaum_importance", one.importance)
            .number("system_unavailability_if_never_down", one.without.down)
            .number("share_of_downtime", one.of_downtime)
            .number("share_of_outages", one.of_outages)
    }

    /// The names of a block and of those around it, but for the outermost; who has no name has a number.
    fn path(&self, spot: &[usize]) -> String {
        let names = (1..=spot.len()).filter_map(|end| {
            let block = self.block.at(&spot[..end])?;
            Some(if block.name.is_empty() { format!("#{}", spot[end - 1] + 1) } else { block.name.clone() })
        });
        let path = names.collect::<Vec<_>>().join(" / ");
        if path.is_empty() { self.block.name.clone() } else { path }
    }
}
