//! What a study of years has come to: figures beside the exact ones, causes, the downtime of a year, and the interval as it
//! narrows. The same in the Numbers view and in the lab.

use yew::{Html, html};

use super::super::browser;
use super::super::lab::Lab;
use super::super::numbers::charts::{BAR_ROW, Frame, bar_chart, table};
use super::super::parts::colon;
use super::blame::blame;
use super::{Figures, Known, Shown, Subject, year_s};
use crate::i18n::numbers as figure;
use crate::i18n::{count, years as say};
use crate::study::upscale::NEVER;
use crate::study::years::{Cause, Serving};
use crate::view::chart::{Column, Kind, Scale, band, bars, columns, line};
use crate::view::tenths;

/// Most columns of the histogram.
const COLUMNS: usize = 44;
/// Room for the years without downtime, left of the others.
const WITHOUT: f64 = 44.0;

/// The whole.
#[inline(never)]
pub fn view(lab: &Lab, shown: &Shown, runs: bool) -> Html {
    let Some(found) = shown.figures() else { return html! {} };
    // Where blocks stand beside the distribution, the interval goes beneath it.
    let course = (shown.course.len() > 1).then(|| narrowing(lab, shown, &found));
    let (beneath, beside) = match &shown.subject {
        Subject::Diagram(..) => (course, None),
        Subject::Plant(_) => (None, course),
    };
    html! {
        <>
            { figures(lab, shown, &found) }
            <div class="y-charts">
                <div>
                    { distribution(lab, shown, &found) }
                    if let Some(course) = beneath { { course } }
                </div>
                <div>
                    if let Subject::Diagram(_, _, drawn) = &shown.subject { { blame(lab, drawn, &found) } }
                    if let Some(course) = beside { { course } }
                    { causes(lab, shown, &found) }
                </div>
            </div>
            if !runs { { file(lab, &found) } }
        </>
    }
}

/// A time of so many seconds; nothing is nothing.
fn time(lab: &Lab, seconds: f64) -> String {
    if seconds > 0.0 { figure::time(lab.lang, seconds) } else { lab.lang.years().none.into() }
}

#[inline(never)]
fn figures(lab: &Lab, shown: &Shown, found: &Figures) -> Html {
    let (lang, t) = (lab.lang, lab.lang.years());
    let sign = lang.texts().percent_sign;
    let (estimate, tally) = (found.estimate(), &shown.tally);
    let error = estimate.standard_error.unwrap_or_default();
    let percent = |down: f64| format!("{}{sign}", say::percent(down, error));
    let interval = found.interval();
    let tile = |name: &'static str, value: String, test: &'static str| {
        html! { <div><dt>{ name }</dt><dd data-testid={test}>{ value }</dd></div> }
    };
    let us = |us: u64| time(lab, us as f64 / 1e6);
    let quantile = |permille| tally.year_quantile_us(permille).unwrap_or_default();
    let longest = tally.longest.map_or(0, |longest| longest.length_us);
    let exact = found.exact().map(|down| {
        let verdict = interval.map(|(low, high)| if (low..=high).contains(&down) { t.inside } else { t.outside });
        (percent(down), verdict)
    });
    html! {
        <>
            <div class="y-beside">
                <div>
                    <h3>{ t.observed }</h3>
                    <p class="y-big" data-testid="y-availability">{ percent(estimate.unavailability) }</p>
                    <p class="fine" data-testid="y-interval">
                        { match interval {
                            Some((low, high)) => html! {
                                <>{ t.interval }{ colon(lang) }<b>{ percent(high) }{ " – " }{ percent(low) }</b></>
                            },
                            None => html! { <b>{ t.too_few }</b> },
                        } }
                    </p>
                </div>
                <div>
                    <h3>{ t.exactly }</h3>
                    { match exact {
                        Some((exact, verdict)) => html! {
                            <>
                                <p class="y-big" data-testid="y-exact">{ exact }</p>
                                if let Some(verdict) = verdict { <p class="fine" data-testid="y-verdict">{ verdict }</p> }
                            </>
                        },
                        None => html! { <p class="fine" data-testid="y-no-model">{ t.no_model }</p> },
                    } }
                </div>
            </div>
            if found.is_rare() { <p class="fine" data-testid="y-rare">{ t.rare }</p> }
            <dl class="n-tiles">
                { tile(t.outages, figure::digits(estimate.outages_per_year, 3), "y-outages") }
                { tile(t.mean_year, time(lab, found.mean_s()), "y-mean") }
                { tile(t.median_year, us(quantile(500)), "y-median") }
                { tile(t.bad_year, us(quantile(990)), "y-bad") }
                { tile(t.worst_year, us(tally.worst_year_us), "y-worst") }
                { tile(t.longest, us(longest), "y-longest") }
            </dl>
        </>
    }
}

/// How many of the years had how much downtime.
#[inline(never)]
fn distribution(lab: &Lab, shown: &Shown, found: &Figures) -> Html {
    let (lang, t) = (lab.lang, lab.lang.years());
    let tally = &shown.tally;
    let all = tally.years.max(1) as f64;
    let without = tally.years_without_downtime() as f64 / all;
    let classes = [8, 4, 2, 1].map(|of_a_doubling| from_where_it_matters(&tally.years_by_downtime(of_a_doubling)));
    let classes = classes.iter().find(|classes| classes.len() <= COLUMNS).unwrap_or(&classes[3]);
    let shares: Vec<_> =
        classes.iter().map(|(from, to, years)| (*from as f64 / 1e6, *to as f64 / 1e6, *years as f64 / all)).collect();
    let frame = Frame::of(lab);
    let (width, height) = (frame.width, frame.height);
    let ((left, right), (top, bottom)) = (frame.across(), frame.down());
    let most = shares.iter().map(|class| class.2).fold(without, f64::max);
    let y = Scale::new(Kind::Linear, 0.0, most * 1.08, (bottom, top));
    let from = if without > 0.0 { left + WITHOUT } else { left };
    let (first, last) = (shares.first().map_or(1.0, |class| class.0), shares.last().map_or(10.0, |class| class.1));
    let x = Scale::new(Kind::Log, first, last, (from, right));
    let drawn = columns(&shares, &x, &y);
    let none = Column { x: left + 6.0, width: WITHOUT - 18.0, y: y.at(without), height: bottom - y.at(without) };
    let mean_s = found.mean_s();
    let percent = |share: f64| figure::share(lang, share, 3);
    let heads = [t.from, t.to, t.years, t.years_share].map(str::to_owned);
    let nothing = vec![t.without.into(), t.without.into(), count(tally.years_without_downtime()), percent(without)];
    let rows: Vec<_> = std::iter::once(nothing)
        .chain(classes.iter().map(|(from, to, years)| {
            let [from, to] = [from, to].map(|us| figure::time(lang, *us as f64 / 1e6));
            vec![from, to, count(*years), percent(*years as f64 / all)]
        }))
        .collect();
    let column = |column: &Column, class: &'static str| {
        html! {
            <rect {class} x={tenths(column.x).to_string()} y={tenths(column.y).to_string()}
                width={tenths(column.width).to_string()} height={tenths(column.height).to_string()} />
        }
    };
    let middle = f64::midpoint(none.x, none.x + none.width);
    html! {
        <>
            <h3>{ t.distribution }</h3>
            <p class="fine">{ t.distribution_explain }</p>
            <svg class="n-chart" viewBox={format!("0 0 {width} {height}")} role="img" aria-label={t.distribution}>
                { for y.ticks(5).into_iter().map(|tick| {
                    let at = tenths(y.at(tick)).to_string();
                    html! {
                        <>
                            <line class="grid" x1={left.to_string()} x2={right.to_string()} y1={at.clone()} y2={at.clone()} />
                            <text class="tick end" x={(left - 8.0).to_string()} y={at} dy="3.5">{ percent(tick) }</text>
                        </>
                    }
                }) }
                { for round_times(first, last, if lab.narrow { 4 } else { 5 }).into_iter().map(|tick| {
                    let at = tenths(x.at(tick)).to_string();
                    html! {
                        <>
                            <line class="grid faint" y1={top.to_string()} y2={bottom.to_string()} x1={at.clone()} x2={at.clone()} />
                            <text class="tick middle" x={at} y={(bottom + 14.0).to_string()}>{ figure::time(lang, tick) }</text>
                        </>
                    }
                }) }
                if without > 0.0 {
                    { column(&none, "column y-none") }
                    <text class="tick middle" x={middle.to_string()} y={(bottom + 14.0).to_string()}>{ t.without }</text>
                }
                { for drawn.iter().map(|one| column(one, "column")) }
                if mean_s > first && mean_s < last {
                    <line class="y-mean" x1={tenths(x.at(mean_s)).to_string()} x2={tenths(x.at(mean_s)).to_string()}
                        y1={top.to_string()} y2={bottom.to_string()} />
                    <text class={if x.at(mean_s) > right - 90.0 { "y-mean-name end" } else { "y-mean-name" }}
                        x={tenths(x.at(mean_s) + if x.at(mean_s) > right - 90.0 { -5.0 } else { 5.0 }).to_string()}
                        y={(top + 9.0).to_string()}>{ format!("{} {}", t.mean, time(lab, mean_s)) }</text>
                }
                <line class="axis" x1={left.to_string()} x2={right.to_string()} y1={bottom.to_string()} y2={bottom.to_string()} />
                <text class="axis-name" x={right.to_string()} y={(height - 6.0).to_string()}>{ t.downtime }</text>
            </svg>
            { table(lab, "years", &heads, &rows) }
        </>
    }
}

/// The best years are few, and far from all others on the axis: one in a thousand goes to the class above.
fn from_where_it_matters(classes: &[(u64, u64, u64)]) -> Vec<(u64, u64, u64)> {
    let all: u64 = classes.iter().map(|(_, _, years)| years).sum();
    let mut before = 0;
    let first = classes.iter().position(|(_, _, years)| {
        before += years;
        before * 1_000 > all
    });
    let Some(first) = first else { return classes.to_vec() };
    let mut rest = classes[first..].to_vec();
    rest[0].2 = before;
    rest
}

/// Times at which people put a mark, in seconds, within a stretch; no more than so many.
fn round_times(from: f64, to: f64, most: usize) -> Vec<f64> {
    let marks = [
        0.001,
        0.01,
        0.1,
        1.0,
        3.0,
        10.0,
        30.0,
        60.0,
        180.0,
        600.0,
        1_800.0,
        3_600.0,
        10_800.0,
        36_000.0,
        86_400.0,
        259_200.0,
        864_000.0,
        2_592_000.0,
        8_640_000.0,
        31_536_000.0,
    ];
    let fits: Vec<_> = marks.into_iter().filter(|mark| (from..=to).contains(mark)).collect();
    if fits.is_empty() {
        return vec![from, to];
    }
    let every = fits.len().div_ceil(most.max(1));
    fits.into_iter().step_by(every).collect()
}

/// The interval, as more and more years are counted.
#[inline(never)]
fn narrowing(lab: &Lab, shown: &Shown, found: &Figures) -> Html {
    let course = &shown.course;
    let t = lab.lang.years();
    let frame = Frame::of(lab);
    let (width, height) = (frame.width, frame.height - 34.0);
    let ((left, right), (top, bottom)) = (frame.across(), (frame.down().0, frame.down().1 - 34.0));
    let exact = found.exact();
    let whole = shown.years as f64;
    let x = Scale::new(Kind::Linear, 0.0, whole, (left, right));
    let ends = course.iter().flat_map(|known| [known.interval.0, known.interval.1]).chain(exact);
    let (low, high) = ends.fold((f64::INFINITY, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
    let room = (high - low) * 0.06;
    let y = Scale::new(Kind::Linear, low - room, high + room, (bottom, top));
    let at = |of: fn(&Known) -> f64| -> Vec<(f64, f64)> {
        course.iter().map(|known| (x.at(known.years as f64), y.at(of(known)))).collect()
    };
    let heads = [t.simulated_years, t.seen, t.lower, t.upper].map(str::to_owned);
    let rows: Vec<_> = course
        .iter()
        .map(|known| {
            let numbers = [known.seen, known.interval.0, known.interval.1].map(|share| format!("{share:.4e}"));
            std::iter::once(known.years.to_string()).chain(numbers).collect()
        })
        .collect();
    html! {
        <>
            <h3>{ t.narrowing }</h3>
            <p class="fine">{ t.narrowing_explain }</p>
            <svg class="n-chart" viewBox={format!("0 0 {width} {height}")} role="img" aria-label={t.narrowing} data-testid="y-narrowing">
                { for y.ticks(4).into_iter().map(|tick| {
                    let at = tenths(y.at(tick)).to_string();
                    html! {
                        <>
                            <line class="grid" x1={left.to_string()} x2={right.to_string()} y1={at.clone()} y2={at.clone()} />
                            <text class="tick end" x={(left - 8.0).to_string()} y={at} dy="3.5">{ figure::digits(tick, 3) }</text>
                        </>
                    }
                }) }
                { for x.ticks(if lab.narrow { 3 } else { 5 }).into_iter().filter(|tick| *tick > 0.0).map(|tick| html! {
                    <text class="tick middle" x={tenths(x.at(tick)).to_string()} y={(bottom + 14.0).to_string()}>
                        { figure::axis_number(tick) }
                    </text>
                }) }
                <path class="y-band" d={band(&at(|known| known.interval.0), &at(|known| known.interval.1))} />
                <g class="c0"><path class="curve" d={line(at(|known| known.seen).into_iter())} /></g>
                if let Some(exact) = exact {
                    <line class="y-exact" x1={left.to_string()} x2={right.to_string()}
                        y1={tenths(y.at(exact)).to_string()} y2={tenths(y.at(exact)).to_string()} />
                    <text class="y-mean-name end" x={right.to_string()} y={tenths(y.at(exact) - 5.0).to_string()}>{ t.exact }</text>
                }
                <line class="axis" x1={left.to_string()} x2={right.to_string()} y1={bottom.to_string()} y2={bottom.to_string()} />
                <text class="axis-name" x={right.to_string()} y={(height - 6.0).to_string()}>{ t.simulated_years }</text>
            </svg>
            { table(lab, "interval", &heads, &rows) }
        </>
    }
}

/// What each cause has cost.
#[inline(never)]
fn causes(lab: &Lab, shown: &Shown, figures: &Figures) -> Html {
    let (lang, t) = (lab.lang, lab.lang.years());
    let found = figures.causes();
    // What a single cause costs, a diagram's blocks tell.
    if found.len() <= usize::from(matches!(shown.subject, Subject::Diagram(..))) {
        return html! {};
    }
    // Where measured failovers that nobody took over wait for the repair, nobody does it by hand.
    let waits = match &shown.subject {
        Subject::Plant(plant) => matches!(&plant.serving, Serving::Leader(takeover) if takeover.by_hand == NEVER),
        Subject::Diagram(..) => false,
    };
    let name = |cause: Cause| match cause {
        Cause::Automatic => t.automatic,
        Cause::ByHand if waits => t.by_repair,
        Cause::ByHand => t.by_hand,
        Cause::InVain => t.in_vain,
        Cause::Restart => t.restart,
        Cause::TooFew => t.too_few_nodes,
        Cause::Failback => t.failback,
        Cause::Maintenance => t.maintenance,
        Cause::Zone => t.zone,
        Cause::Router => t.router,
        Cause::Storage => t.storage,
        Cause::Manager => t.manager,
    };
    let frame = Frame::of(lab);
    let downs: Vec<_> = found.iter().map(|(_, share)| *share).collect();
    let drawn = bars(&downs, frame.width, BAR_ROW);
    let a_year = |share: f64| figure::time(lang, share * figures.estimate().unavailability * year_s());
    let percent = |share: f64| figure::share(lang, share, 3);
    let texts: Vec<_> = found
        .iter()
        .map(|(cause, share)| (name(*cause).to_owned(), format!("{} · {}", a_year(*share), percent(*share))))
        .collect();
    let heads = [t.cause, t.mean_year, t.share].map(str::to_owned);
    let rows: Vec<_> =
        found.iter().map(|(cause, share)| vec![name(*cause).to_owned(), a_year(*share), percent(*share)]).collect();
    html! {
        <>
            <h3>{ t.causes }</h3>
            { bar_chart(t.causes.into(), frame.width, &drawn, &texts) }
            { table(lab, "year-causes", &heads, &rows) }
        </>
    }
}

/// The figures as the command line writes them.
fn file(lab: &Lab, found: &Figures) -> Html {
    let t = lab.lang.years();
    // The command line has no diagrams.
    let explain = matches!(found, Figures::Plant(_)).then_some(t.figures_file_explain);
    let json = serde_json::to_string_pretty(&found.to_json()).unwrap_or_default() + "\n";
    html! {
        <p class="y-file">
            <a class="n-csv" download="ha-lab-years.json" data-testid="y-json" title={explain}
                href={browser::data_url("application/json", &json)}>{ t.figures_file }</a>
        </p>
    }
}
