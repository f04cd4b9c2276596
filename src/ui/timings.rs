//! The defaults of real systems, each with its sources and with what the lab leaves out of it.

use serde_json::Value;
use yew::{Html, html};

use super::app::{Ask, Msg, on};
use super::lab::Lab;
use super::parts::text;
use crate::scenario::timings::{Sourced, Status, timings};

/// All of them; the one that the draft already follows is marked.
#[inline(never)]
pub fn view(lab: &Lab, draft: &Value, ask: &Ask) -> Html {
    let t = lab.lang.texts();
    let cards = timings().iter().enumerate().map(|(index, timing)| {
        let in_use = timing.over(draft) == *draft;
        html! {
            <section class="timing" key={timing.name.clone()} data-testid={format!("timing-{}", timing.name)}>
                <div class="timing-head">
                    <h3>{ timing.of.clone() }</h3>
                    <span class="cause">{ if timing.complete { t.timing_complete } else { t.timing_partial } }</span>
                    <button type="button" class="end" aria-pressed={in_use.to_string()} onclick={on(ask, Msg::Timing(index))}>
                        { t.timing_use }
                    </button>
                </div>
                <table class="table"><tbody>{ for timing.values.iter().map(|one| row(lab, one)) }</tbody></table>
                <p class="fine"><b>{ t.timing_leaves_out }</b>{ " " }{ text(lab.lang, &timing.leaves_out).to_owned() }</p>
            </section>
        }
    });
    html! { <><p class="explain">{ t.timings_explain }</p>{ for cards }</> }
}

fn row(lab: &Lab, one: &Sourced) -> Html {
    let t = lab.lang.texts();
    let (mark, class) = match one.status {
        Status::Verified => (t.timing_verified, "fine"),
        Status::Secondary => (t.timing_secondary, "fine wrong"),
        Status::Unverified => (t.timing_unverified, "fine wrong"),
    };
    html! {
        <tr>
            <td>{ one.what.clone() }</td>
            <td>{ one.value.clone() }</td>
            <td class={class} title={format!("{}: {}", t.timing_source, mark)}>
                { one.source.clone() }
                if one.status != Status::Verified { <b>{ " · " }{ mark }</b> }
            </td>
        </tr>
    }
}
