//! What the page says about itself.

use super::Lang;

/// Acting in the past has moved later actions out of the way.
pub fn moved_to_redo(lang: Lang, actions: usize) -> String {
    match actions {
        1 => words!(
            lang,
            "Another course of events begins here. Your later action waits under redo.",
            "从这里开始另一条时间线。你之后的 1 个操作可用“重做”找回。"
        )
        .into(),
        n => say!(
            lang,
            "Another course of events begins here. Your {n} later actions wait under redo.",
            "从这里开始另一条时间线。你之后的 {n} 个操作可用“重做”找回。"
        ),
    }
}

/// What has been undone or redone.
pub fn undone(lang: Lang, action: &str) -> String {
    say!(lang, "Undone: {action}", "已撤销：{action}")
}

/// What has been done again.
pub fn redone(lang: Lang, action: &str) -> String {
    say!(lang, "Redone: {action}", "已重做：{action}")
}
