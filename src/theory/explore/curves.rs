//! The same question for many values of one input: how the availability moves.

use super::super::article::Row;
use super::super::share::Share;
use super::architecture::{Architecture, Inputs};
use super::input::{Input, Scale};

/// A point of a curve: the value of the input, and the availability there.
pub type Point = (f64, Share);

/// Most points of a curve.
const POINTS: u32 = 81;
/// Points of a curve whose chains are large: two hundred states take a moment each.
const FEW_POINTS: u32 = 25;
/// From so many nodes on chains are large.
const MANY_NODES: u32 = 24;
/// Fewest nodes to which a curve over the nodes goes.
const NODES_SHOWN: u32 = 9;

/// How the availability moves when one input goes from one end of its slider to the other, and to where it stands now.
/// Values that make no sense together with the others, such as more nodes needed than there are, are left out.
pub fn sweep(inputs: &Inputs, input: Input) -> Vec<Point> {
    let span = input.span(inputs.nodes());
    let points = if inputs.nodes() > MANY_NODES { FEW_POINTS } else { POINTS };
    let mut values: Vec<_> = match span.scale {
        Scale::Whole => (span.from as u32..=span.to as u32).map(f64::from).collect(),
        _ => (0..points).map(|point| span.at(f64::from(point) / f64::from(points - 1))).collect(),
    };
    values.push(inputs.get(input));
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.into_iter().filter_map(|value| at(inputs, input, value)).collect()
}

fn at(inputs: &Inputs, input: Input, value: f64) -> Option<Point> {
    let mut there = inputs.clone();
    there.set(input, value);
    there.answer().ok().map(|answer| (value, answer.availability))
}

/// A curve over the number of nodes, and what is meant by it.
#[derive(Clone, Debug, PartialEq)]
pub struct OverNodes {
    /// What it assumes.
    pub rule: Rule,
    /// Its points.
    pub points: Vec<Point>,
}

/// How many nodes must be up when there are more or fewer of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As many as the inputs say.
    Same(u32),
    /// A majority.
    Majority,
    /// One is enough.
    One,
    /// As many as the whole load needs.
    Load,
}

/// The availability for one node and more, by each rule that makes sense for the architecture. Crews grow with the nodes
/// where each node has its own.
pub fn over_nodes(inputs: &Inputs) -> Vec<OverNodes> {
    let rules = match inputs.architecture {
        Architecture::KOfN => vec![Rule::Same(inputs.get(Input::Needed) as u32), Rule::Majority],
        Architecture::Quorum => vec![Rule::Majority],
        Architecture::Pool => vec![Rule::One, Rule::Load],
        _ => return Vec::new(),
    };
    let now = inputs.nodes();
    let most = now.max(NODES_SHOWN);
    let step = most.div_ceil(MANY_NODES);
    let own_crews = inputs.crews() == now;
    let at = |rule: Rule, nodes: u32| {
        let mut there = inputs.clone();
        there.set(Input::Nodes, f64::from(nodes));
        if own_crews {
            there.set(Input::Crews, f64::from(nodes));
        }
        if rule == Rule::Majority {
            there.set(Input::Needed, f64::from(nodes / 2 + 1));
        }
        let answer = there.answer().ok()?;
        let share = if rule == Rule::Load { answer.in_full? } else { answer.availability };
        // A load that all nodes together cannot carry is never served in full.
        (share.up > 0.0).then_some((f64::from(nodes), share))
    };
    let numbers: Vec<_> = (1..=most).filter(|nodes| (nodes - 1).is_multiple_of(step) || *nodes == now).collect();
    let curves = rules
        .into_iter()
        .map(|rule| OverNodes { rule, points: numbers.iter().filter_map(|nodes| at(rule, *nodes)).collect() });
    curves.collect()
}

/// The article's figure and the pair's true one, for standbys from poor to excellent.
pub fn article(row: &Row) -> (Vec<Point>, Vec<Point>) {
    let span = Input::Mttf.span(2);
    let standbys = (0..POINTS).map(|point| span.at(f64::from(point) / f64::from(POINTS - 1)) / 3_600.0);
    let rows: Vec<_> = standbys.map(|mtbf_slave_hours| Row { mtbf_slave_hours, ..row.clone() }).collect();
    let points = |share: fn(&Row) -> Share| rows.iter().map(|row| (row.mtbf_slave_hours, share(row))).collect();
    (points(article_share), points(Row::pair))
}

/// The article's figure with its rest.
pub fn article_share(row: &Row) -> Share {
    Share::of_times(row.mtbf_master_hours, row.mtbf_slave_hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_through_where_one_stands() {
        for architecture in Architecture::ALL {
            let inputs = Inputs::of(architecture);
            let here = inputs.answer().expect("good").availability;
            for input in architecture.inputs() {
                let curve = sweep(&inputs, *input);
                assert!(curve.contains(&(inputs.get(*input), here)), "{architecture:?} over {input:?}");
                assert!(curve.windows(2).all(|two| two[0].0 < two[1].0), "in order");
            }
        }
    }

    #[test]
    fn four_nodes_are_worse_than_three() {
        let mut inputs = Inputs::of(Architecture::KOfN);
        inputs.set(Input::Crews, 3.0);
        let curves = over_nodes(&inputs);
        let majority = curves.iter().find(|curve| curve.rule == Rule::Majority).expect("is drawn");
        let at = |nodes: usize| majority.points[nodes - 1].1.down;
        assert!(at(4) > at(3) && at(5) < at(3));
    }

    #[test]
    fn a_better_standby_makes_the_articles_figure_worse_and_the_pair_better() {
        let row = Row { mtbf_master_hours: 1_000.0, mtbf_slave_hours: 1_000.0, mttr_hours: 1.0 };
        let (article, real) = article(&row);
        assert!(article.windows(2).all(|two| two[1].1.up < two[0].1.up));
        assert!(real.windows(2).all(|two| two[1].1.down < two[0].1.down));
    }
}
