//! What one starts from.

use crate::i18n::Lang;
use crate::i18n::numbers::Words;
use crate::theory::blocks::Block;
use crate::theory::explore::{Architecture, Inputs};

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
