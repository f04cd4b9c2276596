//! What is said of a diagram of blocks.

use super::labels::architecture;
use crate::i18n::Lang;
use crate::theory::blocks::{Block, Kind};

/// How many of how many are needed.
pub fn needed(lang: Lang, needed: usize, of: usize) -> String {
    say!(lang, "{needed} of {of} needed", "{of} 取 {needed}")
}

/// What a block is called: its name, or what it is.
pub fn block(lang: Lang, block: &Block) -> String {
    if !block.name.is_empty() {
        return block.name.clone();
    }
    match &block.kind {
        Kind::Series(blocks) => {
            let count = blocks.len();
            say!(lang, "Series of {count}", "{count} 个串联")
        }
        Kind::Parallel { blocks, .. } => {
            let count = blocks.len();
            say!(lang, "{count} in parallel", "{count} 个并联")
        }
        Kind::Built(inputs) => architecture(lang, inputs.architecture).name.into(),
        Kind::Part(_) | Kind::Known(_) => words!(lang, "Part", "部件").into(),
    }
}

/// Which block is the weakest, and what it costs.
pub fn weakest_is(lang: Lang, name: &str, share: &str, downtime: &str) -> String {
    say!(
        lang,
        "{name} is the weakest block: without its failures {share} of the downtime would vanish, {downtime} a year.",
        "{name}是最弱的方块：若它从不故障，停机会减少 {share}，即每年 {downtime}。"
    )
}

/// What is wrong with a block.
pub fn refused(lang: Lang, name: &str, wrong: &str) -> String {
    say!(lang, "{name}: {wrong}", "{name}：{wrong}")
}

/// A field of a block that is not looked at has something wrong in it.
pub fn unused(lang: Lang, name: &str) -> String {
    say!(
        lang,
        "{name} has a field that cannot be used. Until it is put right, its last good value counts.",
        "{name}有一项输入无效；改正之前，仍按最近一次有效值计算。"
    )
}
