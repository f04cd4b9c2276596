//! The result, and the cards below it.

use yew::{Event, Html, html};

use super::super::app::{Ask, Msg};
use super::super::lab::Lab;
use super::super::panel::chosen;
use super::super::parts::{class_list, colon};
use super::charts::{BAR_ROW, Curve, Frame, Lines, bar_chart, table};
use super::{Wish, fields};
use crate::i18n::Label;
use crate::i18n::numbers as say;
use crate::theory::explore::{Amount, Period, Scale as Steps, curves};
use crate::theory::{Share, article::Row};
use crate::view::chart::{Kind, Scale, bars};
use crate::view::desk::{Desk, Field};

/// The availability with its sign.
pub fn percent(lab: &Lab, share: Share) -> String {
    format!("{}{}", say::percent(share), lab.lang.texts().percent_sign)
}

/// What a screen reader is told when the result changes.
pub fn spoken(lab: &Lab, desk: &Desk) -> String {
    let w = lab.lang.numbers();
    if let Some(told) = desk.board().and_then(|board| board.says(lab.lang)) {
        return told;
    }
    if !desk.is_good() {
        return w.last_good.into();
    }
    format!("{}{}{}", w.availability, colon(lab.lang), percent(lab, desk.said().availability))
}

/// The main result.
#[inline(never)]
pub fn result(lab: &Lab, desk: &Desk) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let answer = desk.said();
    let tile = |name: String, value: String, test: &'static str| {
        html! { <div><dt>{ name }</dt><dd data-testid={test}>{ value }</dd></div> }
    };
    let number = say::percent(answer.availability);
    let size = match number.chars().count() {
        0..=9 => "n-big",
        10..=14 => "n-big long",
        _ => "n-big longer",
    };
    let downtime = |period| {
        tile(
            say::downtime_in(lang, period).into(),
            say::time(lang, answer.downtime_s(period)),
            match period {
                Period::Year => "n-downtime",
                Period::Month => "n-month",
                Period::Week => "n-week",
                Period::Day => "n-day",
            },
        )
    };
    html! {
        <section class="n-result" id="n-result" tabindex="-1" aria-label={w.availability}>
            <h2>{ w.availability }<span class="n-note">{ w.exact }</span></h2>
            <div class="n-head">
                <p class={size} data-testid="n-availability">{ number }<small>{ lang.texts().percent_sign }</small></p>
                <p class="n-nines" data-testid="n-nines">{ say::nines(lang, answer.availability) }</p>
                if let Some(share) = answer.in_full {
                    <p class="n-also">{ w.in_full }{ " " }<b data-testid="n-in-full">{ percent(lab, share) }</b></p>
                }
            </div>
            if !desk.is_good() {
                <p class="wrong n-stays" data-testid="n-stays">
                    { w.last_good }
                    if let Some(wrong) = &desk.wrong { { " " }{ say::wrong(lang, wrong, Amount::Factor) } }
                </p>
            }
            <dl class="n-tiles">
                { for Period::ALL.into_iter().map(downtime) }
                { tile(w.outages.into(), say::digits(answer.outages_per_year, 3), "n-outages") }
                { tile(w.mean_outage.into(), say::time(lang, answer.outage_s()), "n-outage") }
                { tile(w.mean_up.into(), say::time(lang, answer.up_s()), "n-up") }
            </dl>
        </section>
    }
}

/// What each cause contributes.
#[inline(never)]
pub fn causes(lab: &Lab, desk: &Desk) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let frame = Frame::of(lab);
    let downs: Vec<_> = desk.answer.causes.iter().map(|(_, down)| *down).collect();
    let bars = bars(&downs, frame.width, BAR_ROW);
    let a_year = |down: f64| say::time(lang, down * Period::Year.seconds());
    let share = |bar: f64| say::share(lang, bar, 3);
    let texts: Vec<_> = desk
        .answer
        .causes
        .iter()
        .zip(&bars)
        .map(|((cause, down), bar)| {
            (say::cause(lang, *cause).to_owned(), format!("{} · {}", a_year(*down), share(bar.share)))
        })
        .collect();
    let heads = [w.cause, w.unavailability, say::downtime_in(lang, Period::Year), w.share].map(str::to_owned);
    let rows: Vec<_> = desk
        .answer
        .causes
        .iter()
        .zip(&bars)
        .map(|((cause, down), bar)| {
            vec![say::cause(lang, *cause).to_owned(), down.to_string(), a_year(*down), share(bar.share)]
        })
        .collect();
    html! {
        <section class="n-card" data-testid="n-causes">
            <h2>{ w.causes }</h2>
            <p class="fine">{ w.causes_explain }</p>
            { bar_chart(w.causes.into(), frame.width, &bars, &texts) }
            { table(lab, "causes", &heads, &rows) }
        </section>
    }
}

/// How the availability moves with one input.
#[inline(never)]
pub fn sweep(lab: &Lab, desk: &Desk, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let inputs = desk.shown.architecture.inputs();
    let moved = if inputs.contains(&desk.moved) { desk.moved } else { inputs[0] };
    let basis = desk.shown.basis;
    let entry = desk.entry(Field::Input(moved));
    let unit = if moved.amount() == Amount::Time { entry.unit.seconds() } else { 1.0 };
    let steps = moved.span(desk.shown.nodes()).scale;
    // Shares near 1 go by what is missing.
    let place = |value: f64| if steps == Steps::Nines { 1.0 - value } else { value / unit };
    let kind = match steps {
        Steps::Linear => Kind::Linear,
        Steps::Whole => Kind::Whole,
        Steps::Log | Steps::Nines => Kind::Log,
    };
    let frame = Frame::of(lab);
    let points = curves::sweep(&desk.shown, moved);
    let missing: Vec<_> = points.iter().map(|(value, share)| (place(*value), share.down)).collect();
    let (left, right) = frame.across();
    let across = if steps == Steps::Nines { (right, left) } else { (left, right) };
    let x = Scale::around(kind, missing.iter().map(|point| point.0), across);
    let y = Scale::around(Kind::Log, missing.iter().map(|point| point.1), frame.down());
    let label = say::input(lang, moved, basis);
    let measure = match moved.amount() {
        Amount::Time => format!(" ({})", say::unit(lang, entry.unit)),
        Amount::Share if steps != Steps::Nines => " (%)".into(),
        _ => String::new(),
    };
    let x_label = move |value: f64| match (steps, moved.amount()) {
        (Steps::Nines, _) => say::axis_percent(lang, value),
        (_, Amount::Share) => say::digits(value * 100.0, 3),
        _ => say::axis_number(value),
    };
    let now = (place(desk.shown.get(moved)), desk.answer.availability.down);
    let heads = [
        format!("{}{measure}", label.name),
        w.availability.into(),
        w.unavailability.into(),
        say::downtime_in(lang, Period::Year).into(),
    ];
    let rows: Vec<_> = points
        .iter()
        .map(|(value, share)| {
            let text = crate::view::desk::show(Field::Input(moved), *value, entry.unit);
            vec![
                text,
                percent(lab, *share),
                share.down.to_string(),
                say::time(lang, share.down * Period::Year.seconds()),
            ]
        })
        .collect();
    let ask = ask.clone();
    let onchange = move |event: Event| {
        ask.emit(Msg::Numbers(Wish::Move(inputs[chosen(&event).min(inputs.len() - 1)])));
    };
    let here = inputs.iter().position(|one| *one == moved).unwrap_or(0);
    let lines = Lines {
        title: format!("{}{}{}", w.sweep, colon(lang), label.name),
        x_name: format!("{}{measure}", label.name),
        curves: vec![Curve { points: missing, class: "c0", name: String::new(), dots: kind == Kind::Whole }],
        marks: vec![now],
        x_label: &x_label,
        y_label: &|down| say::axis_percent(lang, down),
        frame,
        x,
        y,
    };
    html! {
        <section class="n-card" data-testid="n-sweep">
            <div class="n-title">
                <h2>{ w.sweep }</h2>
                <select data-testid="n-moved" aria-label={w.sweep_of} data-index={here.to_string()} {onchange}>
                    { for inputs.iter().map(|one| html! {
                        <option selected={*one == moved}>{ say::input(lang, *one, basis).name }</option>
                    }) }
                </select>
            </div>
            { lines.html() }
            { table(lab, "sweep", &heads, &rows) }
        </section>
    }
}

/// Nines against the number of nodes.
#[inline(never)]
pub fn nodes(lab: &Lab, desk: &Desk) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let found = curves::over_nodes(&desk.shown);
    if found.is_empty() {
        return html! {};
    }
    let frame = Frame::of(lab);
    let all: Vec<_> = found.iter().flat_map(|curve| &curve.points).copied().collect();
    let x = Scale::around(Kind::Whole, all.iter().map(|point| point.0), frame.across());
    let y = Scale::around(Kind::Log, all.iter().map(|point| point.1.down), frame.down());
    let classes = ["c0", "c1"];
    let curves = found.iter().zip(classes).map(|(curve, class)| Curve {
        points: curve.points.iter().map(|(nodes, share)| (*nodes, share.down)).collect(),
        class,
        name: say::rule(lang, curve.rule),
        dots: true,
    });
    let heads = [w.nodes, w.number_of_nodes, w.availability, w.unavailability].map(str::to_owned);
    let rows: Vec<_> = found
        .iter()
        .flat_map(|curve| {
            curve.points.iter().map(move |(nodes, share)| {
                vec![say::rule(lang, curve.rule), nodes.to_string(), percent(lab, *share), share.down.to_string()]
            })
        })
        .collect();
    let lines = Lines {
        title: w.nodes.into(),
        x_name: w.number_of_nodes.into(),
        curves: curves.collect(),
        marks: vec![(f64::from(desk.shown.nodes()), desk.answer.availability.down)],
        x_label: &say::axis_number,
        y_label: &|down| say::axis_percent(lang, down),
        frame,
        x,
        y,
    };
    html! {
        <section class="n-card" data-testid="n-nodes-card">
            <h2>{ w.nodes }</h2>
            <p class="fine">{ w.nodes_explain }</p>
            { lines.html() }
            { table(lab, "nodes", &heads, &rows) }
        </section>
    }
}

/// What an objective allows.
#[inline(never)]
pub fn budget(lab: &Lab, desk: &Desk, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let (budget, availability) = (&desk.budget, desk.said().availability);
    let burn = budget.burn(availability);
    let label = |name: &'static str| Label { name, explain: w.budget_explain };
    let used = format!("--fill:{}%", crate::view::whole((burn * 100.0).min(100.0)));
    let tile = |name: &'static str, value: String, test: &'static str| {
        html! { <div><dt>{ name }</dt><dd data-testid={test}>{ value }</dd></div> }
    };
    html! {
        <section data-testid="n-budget"
            class={class_list(&[("n-card", true), ("wide", desk.board().is_none() && !desk.shown.architecture.has_nodes())])}>
            <h2>{ w.budget }</h2>
            <p class="fine">{ w.budget_explain }</p>
            <div class="n-pair">
                { fields::row(lab, desk, Field::Objective, label(w.objective), false, ask) }
                { fields::row(lab, desk, Field::Window, label(w.window), false, ask) }
            </div>
            <dl class="n-tiles four">
                { tile(w.allowed, say::time(lang, budget.allowed_s()), "n-allowed") }
                { tile(w.expected, say::time(lang, budget.expected_s(availability)), "n-expected") }
                { tile(w.burn, format!("{} ×", say::digits(burn, 3)), "n-burn") }
                { tile(w.failovers_in_budget, say::digits(budget.allowed_s() / desk.said().outage_s(), 3), "n-fit") }
            </dl>
            <div class={if burn > 1.0 { "n-burn over" } else { "n-burn" }} style={used} aria-hidden="true"><i></i></div>
            <p class="fine"><b>{ if burn > 1.0 { w.missed } else { w.kept } }</b></p>
        </section>
    }
}

/// The article's formula beside the truth.
#[inline(never)]
pub fn article(lab: &Lab, desk: &Desk, ask: &Ask) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let row: &Row = &desk.article;
    let (wrong, real) = curves::article(row);
    let frame = Frame::of(lab);
    let unit = desk.entry(Field::ArticleStandby).unit;
    let hours = unit.seconds() / 3_600.0;
    let points = |curve: &[curves::Point]| curve.iter().map(|(at, share)| (at / hours, share.down)).collect::<Vec<_>>();
    let (wrong_points, real_points) = (points(&wrong), points(&real));
    let x = Scale::around(Kind::Log, real_points.iter().map(|point| point.0), frame.across());
    let y = Scale::around(Kind::Log, wrong_points.iter().chain(&real_points).map(|point| point.1), frame.down());
    let here = row.mtbf_slave_hours / hours;
    let said = curves::article_share(row);
    let label = |name: &'static str| Label { name, explain: w.article_reads };
    let fact = |name: &'static str, note: &'static str, share: Share, class: &'static str, test: &'static str| {
        html! {
            <div class={class}>
                <dt>{ name }if !note.is_empty() { <small>{ note }</small> }</dt><dd data-testid={test}>{ percent(lab, share) }</dd>
            </div>
        }
    };
    let measure = format!("{} ({})", w.article_standby, say::unit(lang, unit));
    let heads = [measure.clone(), w.article_says.into(), w.article_real.into()];
    let rows: Vec<_> = wrong
        .iter()
        .zip(&real)
        .map(|((at, wrong), (_, real))| vec![say::digits(at / hours, 6), percent(lab, *wrong), percent(lab, *real)])
        .collect();
    let lines = Lines {
        title: w.article.into(),
        x_name: measure,
        curves: vec![
            Curve { points: wrong_points, class: "c2", name: w.article_says.into(), dots: false },
            Curve { points: real_points, class: "c0", name: w.article_real.into(), dots: false },
        ],
        marks: vec![(here, said.down), (here, row.pair().down)],
        x_label: &say::axis_number,
        y_label: &|down| say::axis_percent(lang, down),
        frame,
        x,
        y,
    };
    html! {
        <section class="n-card n-article" data-testid="n-article">
            <h2>{ w.article }</h2>
            <p class="fine">{ w.article_explain }</p>
            <div class="n-beside">
                <div>
                    { fields::row(lab, desk, Field::ArticleStandby, label(w.article_standby), true, ask) }
                    { fields::row(lab, desk, Field::ArticleMaster, label(w.article_master), true, ask) }
                    { fields::row(lab, desk, Field::ArticleRepair, label(w.article_repair), true, ask) }
                    <dl class="n-facts">
                        { fact(w.article_says, "", said, "bad", "n-article-says") }
                        { fact(w.article_alone, "", row.master_alone(), "", "n-article-alone") }
                        { fact(w.article_real, w.article_real_note, row.pair(), "good", "n-article-real") }
                    </dl>
                    <p class="n-verdict" data-testid="n-verdict">{ say::verdict(lang, said) }</p>
                    <p class="fine">{ w.article_reads }</p>
                </div>
                <div>
                    { lines.html() }
                    { table(lab, "article", &heads, &rows) }
                </div>
            </div>
        </section>
    }
}
