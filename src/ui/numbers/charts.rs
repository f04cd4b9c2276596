//! Charts as SVG, with a table and a file behind each.

use yew::{Html, html};

use super::super::browser;
use super::super::lab::Lab;
use crate::view::chart::{Bar, Scale, csv, line};
use crate::view::tenths;

/// Where the axes are, in the view box.
pub struct Frame {
    /// Width of the view box.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// Room for the labels of the vertical axis.
const LEFT: f64 = 74.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 38.0;

impl Frame {
    /// For the present page: letters keep their size on a phone.
    pub fn of(lab: &Lab) -> Self {
        Self { width: if lab.narrow { 330.0 } else { 420.0 }, height: 232.0 }
    }

    /// Where a horizontal axis lies.
    pub fn across(&self) -> (f64, f64) {
        (LEFT, self.width - RIGHT)
    }

    /// Where a vertical axis lies, the smallest value on top.
    pub fn down(&self) -> (f64, f64) {
        (TOP, self.height - BOTTOM)
    }
}

/// A line of a chart.
pub struct Curve {
    /// Where it goes, in values.
    pub points: Vec<(f64, f64)>,
    /// Its colour: the class of the style sheet.
    pub class: &'static str,
    /// Its name, if there are several.
    pub name: String,
    /// A mark at each point.
    pub dots: bool,
}

/// A chart of lines.
pub struct Lines<'a> {
    /// What it shows, for who cannot see it.
    pub title: String,
    /// Where its axes are.
    pub frame: Frame,
    /// Horizontal.
    pub x: Scale,
    /// Vertical.
    pub y: Scale,
    /// Labels of the horizontal ticks.
    pub x_label: &'a dyn Fn(f64) -> String,
    /// Labels of the vertical ticks.
    pub y_label: &'a dyn Fn(f64) -> String,
    /// What the horizontal axis is.
    pub x_name: String,
    /// The lines.
    pub curves: Vec<Curve>,
    /// The present points.
    pub marks: Vec<(f64, f64)>,
}

impl Lines<'_> {
    /// Draws it.
    #[inline(never)]
    pub fn html(&self) -> Html {
        let Frame { width, height } = self.frame;
        let (left, right) = self.frame.across();
        let (top, bottom) = self.frame.down();
        let at = |point: &(f64, f64)| (self.x.at(point.0), self.y.at(point.1));
        let across = self.x.ticks(if width < 400.0 { 5 } else { 7 });
        html! {
            <>
            if self.curves.len() > 1 {
                <ul class="n-legend">
                    { for self.curves.iter().map(|curve| html! { <li class={curve.class}>{ curve.name.clone() }</li> }) }
                </ul>
            }
            <svg class="n-chart" viewBox={format!("0 0 {width} {height}")} role="img" aria-label={self.title.clone()}>
                { for self.y.ticks(6).into_iter().map(|tick| {
                    let y = tenths(self.y.at(tick)).to_string();
                    html! {
                        <>
                            <line class="grid" x1={left.to_string()} x2={right.to_string()} y1={y.clone()} y2={y.clone()} />
                            <text class="tick end" x={(left - 8.0).to_string()} y={y} dy="3.5">{ (self.y_label)(tick) }</text>
                        </>
                    }
                }) }
                { for across.into_iter().map(|tick| {
                    let x = tenths(self.x.at(tick)).to_string();
                    html! {
                        <>
                            <line class="grid faint" y1={top.to_string()} y2={bottom.to_string()} x1={x.clone()} x2={x.clone()} />
                            <text class="tick middle" x={x} y={(bottom + 14.0).to_string()}>{ (self.x_label)(tick) }</text>
                        </>
                    }
                }) }
                <line class="axis" x1={left.to_string()} x2={right.to_string()} y1={bottom.to_string()} y2={bottom.to_string()} />
                <text class="axis-name" x={right.to_string()} y={(height - 6.0).to_string()}>{ self.x_name.clone() }</text>
                { for self.curves.iter().map(|curve| html! {
                    <g class={curve.class}>
                        <path class="curve" d={line(curve.points.iter().map(at))} />
                        if curve.dots {
                            { for curve.points.iter().map(|point| circle(at(point), 3.0, "dot")) }
                        }
                    </g>
                }) }
                { for self.marks.iter().map(|mark| circle(at(mark), 5.5, "present")) }
            </svg>
            </>
        }
    }
}

fn circle((x, y): (f64, f64), r: f64, class: &'static str) -> Html {
    html! { <circle {class} cx={tenths(x).to_string()} cy={tenths(y).to_string()} r={r.to_string()} /> }
}

/// Height of a bar with its text above.
pub const BAR_ROW: f64 = 40.0;

/// Horizontal bars: each with its name and what it comes to.
#[inline(never)]
pub fn bar_chart(title: String, width: f64, bars: &[Bar], texts: &[(String, String)]) -> Html {
    let height = BAR_ROW * bars.len() as f64;
    html! {
        <svg class="n-chart" viewBox={format!("0 0 {width} {height}")} role="img" aria-label={title}>
            { for bars.iter().zip(texts).map(|(bar, (name, value))| html! {
                <g>
                    <text class="bar-name" x="0" y={(bar.y + 14.0).to_string()}>{ name.clone() }</text>
                    <text class="bar-value" x={width.to_string()} y={(bar.y + 14.0).to_string()}>{ value.clone() }</text>
                    <rect class="bar-room" x="0" y={(bar.y + 20.0).to_string()} width={width.to_string()} height="11" rx="3" />
                    <rect class="bar" x="0" y={(bar.y + 20.0).to_string()} width={tenths(bar.length).to_string()} height="11" rx="3" />
                </g>
            }) }
        </svg>
    }
}

/// Rows of a table that are shown; the file has them all.
const ROWS: usize = 24;

/// The table behind a chart, and the file.
#[inline(never)]
pub fn table(lab: &Lab, name: &str, heads: &[String], rows: &[Vec<String>]) -> Html {
    let w = lab.lang.numbers();
    let every = rows.len().div_ceil(ROWS).max(1);
    html! {
        <div class="n-behind">
            <details data-testid={format!("n-{name}-table")}>
                <summary>{ w.table }</summary>
                <div class="n-table" tabindex="0" role="region" aria-label={format!("{} ({name})", w.table)}>
                    <table class="table">
                        <thead><tr>{ for heads.iter().map(|head| html! { <th scope="col">{ head.clone() }</th> }) }</tr></thead>
                        <tbody>{ for rows.iter().step_by(every).map(|row| html! {
                            <tr>{ for row.iter().map(|cell| html! { <td>{ cell.clone() }</td> }) }</tr>
                        }) }</tbody>
                    </table>
                </div>
            </details>
            <a class="n-csv" download={format!("ha-lab-{name}.csv")} data-testid={format!("n-{name}-csv")}
                aria-label={format!("{} ({name})", w.csv_explain)}
                href={browser::data_url("text/csv", &csv(heads, rows))}>{ w.csv }</a>
        </div>
    }
}
