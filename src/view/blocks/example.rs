//! What one starts from.

use crate::i18n::Lang;
use crate::i18n::numbers::Words;
use crate::theory::blocks::Block;
use crate::theory::explore::{Architecture, Inputs};

/// A ready diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// Balancers, an application, a database: what one sees first.
    Shop,
    /// Three zones of which two are enough, and maintenance that takes everything down.
    Zones,
}

impl Example {
    /// The diagram.
    pub fn block(self, lang: Lang) -> Block {
        match self {
            Self::Shop => example(lang),
            Self::Zones => zones(lang),
        }
    }
}

/// A zone is in series with the node in it; a window of a quarter of an hour a month is in series with everything.
fn zones(lang: Lang) -> Block {
    let w: &Words = lang.numbers();
    let zone = |letter: char| {
        let site = Block::part(&format!("{} {letter}", w.b_site), 17_520.0, 4.0);
        let node = Block::part(&format!("{} {letter}", w.b_node), 1_000.0, 2.0);
        Block::series(&format!("{} {letter}", w.b_zone), vec![site, node])
    };
    let window = Block::part(w.b_window, 720.0, 0.25);
    Block::series("", vec![Block::parallel(w.b_zones, 2, ['A', 'B', 'C'].map(zone).to_vec()), window])
}

/// A pair of balancers, three application nodes of which two carry the load, a database with failover, and a network.
pub fn example(lang: Lang) -> Block {
    let w: &Words = lang.numbers();
    let alike = |name: &str, count: u32, mttf: f64, mttr: f64| -> Vec<Block> {
        (1..=count).map(|number| Block::part(&format!("{name} {number}"), mttf, mttr)).collect()
    };
    Block::series(
        "",
        vec![
            Block::parallel(w.b_balancers, 1, alike(w.b_balancer, 2, 4_000.0, 4.0)),
            Block::parallel(w.b_applications, 2, alike(w.b_application, 3, 1_000.0, 2.0)),
            Block::built(w.b_database, Inputs::of(Architecture::Failover)),
            Block::part(w.b_network, 8_760.0, 0.5),
        ],
    )
}
