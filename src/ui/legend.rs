//! The legend below the stage.

use yew::{Html, html};

use super::lab::Lab;

/// What the moving marks mean, and how time is shown.
#[inline(never)]
pub fn view(lab: &Lab) -> Html {
    let t = lab.lang.texts();
    let item = |shape: Html, name: &'static str| {
        html! { <li><svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">{ shape }</svg>{ name }</li> }
    };
    let scenario = lab.player.scenario();
    let times = if scenario.view.eye_times { t.eye_times_short } else { t.real_times };
    let layout = &lab.player.world().config().layout;
    let several = layout.data.len() > 1 && !layout.is_pool();
    let managed = !layout.members.is_empty();
    let w = lab.lang.cluster_texts();
    html! {
        <>
            { item(html! { <circle r="5" fill="var(--req)" /> }, t.legend_request) }
            { item(html! { <circle r="4.2" fill="none" stroke="var(--req)" stroke-width="2" /> }, t.legend_answer) }
            if several {
                { item(html! { <rect x="-5" y="-5" width="10" height="10" fill="var(--repl)" /> }, t.legend_replication) }
                { item(html! { <path d="M0-6.500L6.500 0 0 6.500-6.500 0z" fill="var(--vote)" /> }, t.legend_vote) }
                { item(html! { <circle r="3.2" fill="var(--heartbeat)" /> }, t.legend_heartbeat) }
            }
            if managed {
                { item(html! { <circle r="3.4" fill="none" stroke="var(--vote)" stroke-width="1.6" /> }, w.legend_keep_alive) }
                { item(html! { <rect x="-5" y="-5" width="10" height="10" fill="var(--accent)" /> }, w.legend_registry) }
            }
            { item(html! { <path d="M-4-4l8 8M4-4l-8 8" stroke="var(--down-line)" stroke-width="2.2" /> }, t.legend_lost) }
            <li class="eye">{ times }</li>
        </>
    }
}
