//! On which blocks the downtime of a diagram hung, as the years show it and as theory says.

use yew::{Html, html};

use super::super::lab::Lab;
use super::super::numbers::charts::{BAR_ROW, Frame, bar_chart, table};
use super::{Drawn, Figures};
use crate::i18n::numbers as figure;
use crate::i18n::years as say;
use crate::study::years::{Diagram, DiagramReport};
use crate::theory::blocks::{Answer, Block};
use crate::theory::explore::Cause;
use crate::view::chart::bars;

/// Most blocks of the chart; the table has all.
const MOST: usize = 8;

/// A block: its name, what was seen of it, and what theory says.
type Row = (String, f64, f64);

/// The chart, and the table behind it.
#[inline(never)]
pub fn blame(lab: &Lab, drawn: &Drawn, figures: &Figures) -> Html {
    let (lang, t) = (lab.lang, lab.lang.years());
    let Figures::Diagram(report) = figures else { return html! {} };
    let rows = match drawn {
        Drawn::Common(nodes, common) => vec![
            (t.nodes_alone.to_owned(), report.of_downtime(1), *nodes),
            (figure::cause(lang, Cause::Common).to_owned(), report.of_downtime(2), *common),
        ],
        Drawn::Board(block, answer) => {
            let mut rows = Vec::new();
            of_blocks(lab, block, report.study.diagram, answer, report, &mut (0, 0), &mut rows);
            // The outermost is the whole.
            rows.split_off(1)
        }
    };
    if report.tally.whole.outages == 0 {
        return html! {};
    }
    let mut first: Vec<&Row> = rows.iter().collect();
    first.sort_by(|one, other| other.1.total_cmp(&one.1));
    first.truncate(MOST);
    // What was observed is not known to more than two figures.
    let seen_as = |share: f64| figure::share(lang, share, 2);
    let percent = |share: f64| figure::share(lang, share, 3);
    let frame = Frame::of(lab);
    let shares: Vec<_> = first.iter().map(|row| row.1).collect();
    let drawn = bars(&shares, frame.width, BAR_ROW);
    let beside = |(name, seen, exact): &&Row| (name.clone(), say::beside(lang, &seen_as(*seen), &percent(*exact)));
    let texts: Vec<_> = first.iter().map(beside).collect();
    let heads = [lang.numbers().b_block, t.seen, t.exact].map(str::to_owned);
    let all: Vec<_> =
        rows.iter().map(|(name, seen, exact)| vec![name.clone(), seen_as(*seen), percent(*exact)]).collect();
    html! {
        <div data-testid="y-blame">
            <h3>{ t.blame }</h3>
            <p class="fine">{ t.blame_explain }</p>
            { bar_chart(t.blame.into(), frame.width, &drawn, &texts) }
            { table(lab, "year-blocks", &heads, &all) }
        </div>
    }
}

/// The rows of a block and of those in it. The places are theory's and the diagram's: what an architecture has in common
/// makes several blocks of the diagram out of one.
fn of_blocks(
    lab: &Lab,
    block: &Block,
    diagram: &Diagram,
    answer: &Answer,
    report: &DiagramReport,
    places: &mut (usize, usize),
    rows: &mut Vec<Row>,
) {
    let exact = answer.blocks.get(places.0).map_or(0.0, |ranked| ranked.of_downtime);
    rows.push((figure::block(lab.lang, block), report.of_downtime(places.1), exact));
    places.0 += 1;
    if block.blocks().is_empty() {
        places.1 += diagram.count();
        return;
    }
    places.1 += 1;
    for (block, diagram) in block.blocks().iter().zip(diagram.blocks()) {
        of_blocks(lab, block, diagram, answer, report, places, rows);
    }
}
