//! What each block of a diagram contributes, as a table that also stands for the drawing; and what would help most.

use yew::{Html, html};

use super::super::browser;
use super::super::lab::Lab;
use super::super::parts::{class_list, colon};
use super::cards::percent;
use crate::i18n::numbers as say;
use crate::theory::Share;
use crate::theory::blocks::Ranked;
use crate::theory::explore::Period;
use crate::view::blocks::Board;
use crate::view::chart::csv;

fn of_hundred(lab: &Lab, share: f64) -> String {
    say::share(lab.lang, share, 3)
}

fn a_year(lab: &Lab, down: f64) -> String {
    say::time(lab.lang, down * Period::Year.seconds())
}

/// The availability of the whole, which is all of the time where nothing else can fail.
fn whole(lab: &Lab, share: Share) -> String {
    if share.down > 0.0 { percent(lab, share) } else { format!("100{}", lab.lang.texts().percent_sign) }
}

fn name(lab: &Lab, board: &Board, one: &Ranked) -> String {
    board.shown.at(&one.spot).map_or_else(String::new, |block| say::block(lab.lang, block))
}

/// The weakest block, and what it would bring to improve it.
#[inline(never)]
pub fn help(lab: &Lab, board: &Board) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let weakest = &board.answer.blocks[board.answer.weakest];
    let down = board.answer.availability.down;
    let cost = a_year(lab, weakest.of_downtime * down);
    let row = |name: &'static str, note: &'static str, share: Share, test: &'static str| {
        html! {
            <div class={class_list(&[("good", test != "b-now")])}>
                <dt>{ name }if !note.is_empty() { <small>{ note }</small> }</dt>
                <dd data-testid={test}>
                    { whole(lab, share) }
                    <small>{ say::downtime_in(lang, Period::Year) }{ colon(lang) }{ a_year(lab, share.down) }</small>
                </dd>
            </div>
        }
    };
    html! {
        <section class="n-card" data-testid="b-help">
            <h2>{ w.b_help }</h2>
            <p class="fine">{ w.b_help_explain }</p>
            <p class="b-verdict" data-testid="b-verdict">
                { say::weakest_is(lang, &name(lab, board, weakest), &of_hundred(lab, weakest.of_downtime), &cost) }
            </p>
            <dl class="n-facts">
                { row(w.b_now, "", board.answer.availability, "b-now") }
                if let Some(better) = board.better { { row(w.b_better, w.b_better_note, better, "b-better") } }
                { row(w.b_never, "", weakest.without, "b-never") }
            </dl>
        </section>
    }
}

/// The table of all blocks.
#[inline(never)]
pub fn card(lab: &Lab, board: &Board) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let heads =
        [w.b_block, w.availability_short, w.outages, w.b_of_downtime, w.b_of_outages, w.b_importance, w.b_without];
    let blocks = board.answer.blocks.iter().enumerate().skip(1);
    let cells = |one: &Ranked| {
        [
            percent(lab, one.availability),
            say::digits(one.per_hour * crate::theory::YEAR_HOURS, 3),
            of_hundred(lab, one.of_downtime),
            of_hundred(lab, one.of_outages),
            say::digits(one.importance, 3),
            whole(lab, one.without),
        ]
    };
    let file: Vec<_> = blocks
        .clone()
        .map(|(_, one)| {
            let path = (1..=one.spot.len()).filter_map(|end| board.shown.at(&one.spot[..end]));
            let path: Vec<_> = path.map(|block| say::block(lang, block)).collect();
            let numbers = [
                one.availability.text(),
                (one.per_hour * crate::theory::YEAR_HOURS).to_string(),
                one.of_downtime.to_string(),
                one.of_outages.to_string(),
                one.importance.to_string(),
                one.without.text(),
            ];
            [path.join(" / ")].into_iter().chain(numbers).collect()
        })
        .collect();
    let names = heads.map(str::to_owned);
    html! {
        <section class="n-card wide" data-testid="b-table">
            <h2>{ w.b_table }</h2>
            <p class="fine">{ w.b_table_explain }</p>
            <div class="b-table" tabindex="0" role="region" aria-label={w.b_table}>
                <table class="table">
                    <thead><tr>{ for heads.iter().map(|head| html! { <th scope="col">{ *head }</th> }) }</tr></thead>
                    <tbody>{ for blocks.map(|(place, one)| {
                        let fill = format!("--fill:{}%", crate::view::whole((one.of_downtime * 100.0).min(100.0)));
                        let indent = format!("--deep:{}", one.spot.len() - 1);
                        let is_weakest = place == board.answer.weakest;
                        html! {
                            <tr class={class_list(&[("weak", is_weakest)])}>
                                <th scope="row" style={indent}>
                                    { name(lab, board, one) }
                                    if is_weakest { <span class="b-tag">{ w.b_weakest }</span> }
                                </th>
                                { for cells(one).into_iter().enumerate().map(|(column, cell)| html! {
                                    <td class={class_list(&[("b-share", column == 2)])}
                                        style={(column == 2).then(|| fill.clone())}>{ cell }</td>
                                }) }
                            </tr>
                        }
                    }) }</tbody>
                </table>
            </div>
            <div class="n-behind">
                <a class="n-csv" download="ha-lab-blocks.csv" data-testid="b-csv" aria-label={format!("{} (blocks)", w.csv_explain)}
                    href={browser::data_url("text/csv", &csv(&names, &file))}>{ w.csv }</a>
            </div>
        </section>
    }
}
