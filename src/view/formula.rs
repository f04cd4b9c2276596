//! The formulas of the architectures as trees, with symbols and with the present numbers put in; the page makes
//! `MathML` of them.
//!
//! ```
//! use ha_lab::theory::explore::{Architecture, Inputs};
//! use ha_lab::view::formula::{formula, symbols};
//!
//! let inputs = Inputs::of(Architecture::Single);
//! let lines = formula(&inputs, &inputs.answer().unwrap());
//! assert_eq!(lines[0].symbols.text(), "MTTF/(MTTF + MTTR)");
//! assert_eq!(lines[0].numbers.as_ref().unwrap().text(), "1000/(1000 + 10)");
//! assert_eq!(symbols(&lines).len(), 3, "A, MTTF and MTTR are explained");
//! ```

use crate::i18n::numbers::digits;
use crate::theory::explore::{Answer, Architecture, Input, Inputs, Symbol};

/// A piece of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Math {
    /// A symbol.
    Symbol(Symbol),
    /// A symbol of which there are several, with its number.
    Numbered(Symbol, &'static str),
    /// A symbol of something that has a name.
    Of(Symbol, String),
    /// A number.
    Number(String),
    /// An operator or a bracket.
    Op(&'static str),
    /// One after the other.
    Row(Vec<Math>),
    /// A fraction.
    Over(Box<[Math; 2]>),
    /// A power.
    Power(Box<[Math; 2]>),
    /// A sum or product: operator, lower and upper end.
    Big(&'static str, Box<[Math; 2]>),
    /// A binomial coefficient.
    Choose(Box<[Math; 2]>),
}

/// A line: left = symbols = numbers = result.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it says something about.
    pub left: Math,
    /// Whether it is near rather than exact.
    pub near: bool,
    /// With symbols.
    pub symbols: Math,
    /// With numbers, where that says more than the result.
    pub numbers: Option<Math>,
    /// What comes out; none: it is a rule.
    pub result: Option<f64>,
}

/// What stands in the place of a symbol: itself, or its number.
type Leaf<'a> = dyn Fn(Symbol) -> Math + 'a;
/// Writes a formula, whatever stands in the place of its symbols.
type Build<'a> = dyn Fn(&Leaf) -> Math + 'a;

fn over(a: Math, b: Math) -> Math {
    Math::Over(Box::new([a, b]))
}

fn power(a: Math, b: Math) -> Math {
    Math::Power(Box::new([a, b]))
}

fn row(parts: impl IntoIterator<Item = Math>) -> Math {
    Math::Row(parts.into_iter().collect())
}

fn plus(a: Math, b: Math) -> Math {
    row([a, Math::Op("+"), b])
}

fn times(a: Math, b: Math) -> Math {
    row([a, Math::Op("·"), b])
}

fn brackets(a: Math) -> Math {
    row([Math::Op("("), a, Math::Op(")")])
}

fn number(text: &str) -> Math {
    Math::Number(text.to_owned())
}

fn minus(a: Math, b: Math) -> Math {
    row([a, Math::Op("−"), b])
}

impl Math {
    /// As plain text, for tests and for who cannot see formulas.
    pub fn text(&self) -> String {
        match self {
            Self::Symbol(symbol) => name(*symbol).concat(),
            Self::Numbered(symbol, index) => format!("{}{index}", name(*symbol).concat()),
            Self::Of(symbol, of) => format!("{}[{of}]", name(*symbol).concat()),
            Self::Number(text) => text.clone(),
            Self::Op(op) if matches!(*op, "(" | ")") => (*op).to_owned(),
            Self::Op(op) => format!(" {op} "),
            Self::Row(parts) => parts.iter().map(Self::text).collect(),
            Self::Over(two) => format!("{}/{}", two[0].grouped(), two[1].grouped()),
            Self::Power(two) => format!("{}^{}", two[0].grouped(), two[1].grouped()),
            Self::Big(op, ends) => format!("{op}({}…{}) ", ends[0].text(), ends[1].text()),
            Self::Choose(two) => format!("C({}, {})", two[0].text(), two[1].text()),
        }
    }

    fn grouped(&self) -> String {
        if matches!(self, Self::Row(_)) { format!("({})", self.text()) } else { self.text() }
    }

    fn collect(&self, found: &mut Vec<Symbol>) {
        match self {
            Self::Symbol(symbol) | Self::Numbered(symbol, _) if !found.contains(symbol) => found.push(*symbol),
            Self::Row(parts) => parts.iter().for_each(|part| part.collect(found)),
            Self::Over(two) | Self::Power(two) | Self::Big(_, two) | Self::Choose(two) => {
                two.iter().for_each(|part| part.collect(found));
            }
            _ => {}
        }
    }
}

/// How a symbol is written: the letters, and what stands below them.
pub fn name(symbol: Symbol) -> [&'static str; 2] {
    match symbol {
        Symbol::A => ["A", ""],
        Symbol::U => ["U", ""],
        Symbol::UPair => ["U", "2"],
        Symbol::UMajority => ["U", "k"],
        Symbol::UOwn => ["U", "0"],
        Symbol::Mttf => ["MTTF", ""],
        Symbol::MttfOwn => ["MTTF", "0"],
        Symbol::Mttr => ["MTTR", ""],
        Symbol::R => ["r", ""],
        Symbol::Alpha => ["α", ""],
        Symbol::M => ["m", ""],
        Symbol::Tf => ["T", "f"],
        Symbol::Tm => ["T", "h"],
        Symbol::Tt => ["T", "t"],
        Symbol::Tb => ["T", "b"],
        Symbol::Te => ["T", "e"],
        Symbol::C => ["c", ""],
        Symbol::N => ["n", ""],
        Symbol::K => ["k", ""],
        Symbol::P => ["p", "j"],
        Symbol::J => ["j", ""],
        Symbol::Gamma => ["γ", ""],
        Symbol::Beta => ["β", ""],
    }
}

/// The symbols of some lines, each once, in the order in which they appear.
pub fn symbols(lines: &[Line]) -> Vec<Symbol> {
    let mut found = Vec::new();
    for line in lines {
        line.left.collect(&mut found);
        line.symbols.collect(&mut found);
    }
    found
}

/// The formula of an architecture, line by line.
pub fn formula(inputs: &Inputs, answer: &Answer) -> Vec<Line> {
    use Symbol as S;
    let beta = inputs.common_cause() > 0.0;
    let (up, u) = if beta { (S::MttfOwn, S::UOwn) } else { (S::Mttf, S::U) };
    let value = |symbol: S| symbol.value(inputs, answer);
    let put = |symbol: S| value(symbol).map_or(Math::Symbol(symbol), |value| Math::Number(digits(value, 4)));
    let line = |left: S, near: bool, build: &Build, result: Option<f64>| {
        let (symbols, numbers) = (build(&Math::Symbol), build(&put));
        let numbers = (symbols != numbers && result.is_some()).then_some(numbers);
        Line { left: Math::Symbol(left), near, symbols, numbers, result }
    };
    let one = |of: &Leaf| over(of(S::Mttf), plus(of(S::Mttf), of(S::Mttr)));
    let parts = &answer.parts;
    let mut lines = Vec::new();
    if beta {
        let own = |of: &Leaf| over(of(S::Mttf), minus(number("1"), of(S::Beta)));
        lines.push(line(S::MttfOwn, false, &own, Some(parts.own_up_hours)));
    }
    let ratio = line(S::R, false, &|of| over(of(S::Mttr), of(up)), Some(parts.ratio));
    let cycle = |of: &Leaf| plus(of(up), of(S::Mttr));
    // π₂ of the chain by the number of nodes down; its states weigh 1, (1 + α)·r and (1 + α)·r²/m, here all times m.
    let pair = |of: &Leaf| {
        let failing = || brackets(plus(number("1"), of(S::Alpha)));
        let two = times(failing(), power(of(S::R), number("2")));
        let others = plus(number("1"), times(failing(), of(S::R)));
        over(two.clone(), plus(times(of(S::M), brackets(others)), two))
    };
    let both = line(S::UPair, false, &pair, parts.both);
    let near = |lines: &mut Vec<Line>, build: &Build| {
        lines.push(line(u, true, build, parts.classroom));
    };
    match inputs.architecture {
        Architecture::Single => lines.push(line(S::A, false, &one, Some(answer.availability.up))),
        Architecture::Series => lines.push(in_a_row(inputs, answer)),
        Architecture::Pair => lines.extend([ratio, line(u, false, &pair, Some(parts.own))]),
        Architecture::Failover => {
            lines.extend([ratio, both]);
            near(&mut lines, &|of| plus(over(of(S::Tf), cycle(of)), of(S::UPair)));
        }
        Architecture::Coverage => {
            lines.extend([ratio, both]);
            near(&mut lines, &|of| {
                let rest = brackets(minus(number("1"), of(S::C)));
                plus(over(plus(times(of(S::C), of(S::Tf)), times(rest, of(S::Tm))), cycle(of)), of(S::UPair))
            });
        }
        Architecture::Latent => {
            lines.extend([ratio, both]);
            near(&mut lines, &|of| {
                let unseen = over(of(S::Tt), plus(of(up), times(number("2"), of(S::Tt))));
                let sum = plus(over(of(S::Tf), cycle(of)), of(S::UPair));
                plus(sum, times(unseen, over(of(S::R), of(S::M))))
            });
        }
        Architecture::Failback => {
            lines.extend([ratio, both]);
            near(&mut lines, &|of| plus(over(plus(of(S::Tf), of(S::Tb)), cycle(of)), of(S::UPair)));
        }
        Architecture::KOfN if inputs.crews() == inputs.nodes() => {
            lines.extend([ratio, binomial(u, answer, put(S::K), put(S::N))]);
        }
        Architecture::KOfN => lines.extend([ratio, births(None), tail(u, put, Some(parts.own))]),
        Architecture::Quorum => {
            lines.extend([ratio, births(None), tail(S::UMajority, put, parts.majority)]);
            near(&mut lines, &|of| plus(over(of(S::Te), of(up)), of(S::UMajority)));
        }
        Architecture::Pool => {
            let last = Math::Numbered(S::P, "n");
            lines.extend([ratio, births(Some(S::Gamma))]);
            let left = Math::Symbol(u);
            lines.push(Line { left, near: false, symbols: last, numbers: None, result: Some(parts.own) });
        }
    }
    if beta {
        let total = |of: &Leaf| {
            let common = times(of(S::Beta), of(S::Mttr));
            let common = over(common.clone(), plus(of(S::Mttf), common));
            plus(of(S::UOwn), times(brackets(minus(number("1"), of(S::UOwn))), common))
        };
        let result = parts.approximation().unwrap_or(answer.availability.down);
        lines.push(line(S::U, parts.classroom.is_some(), &total, Some(result)));
    }
    lines
}

/// The product over the parts of a row.
fn in_a_row(inputs: &Inputs, answer: &Answer) -> Line {
    let part = |up: Math, down: Math| over(up.clone(), plus(up, down));
    let of = [(Input::Mttf, Input::Mttr), (Input::Mttf2, Input::Mttr2), (Input::Mttf3, Input::Mttr3)];
    let mut numbers = Vec::new();
    for (up, down) in of {
        if !numbers.is_empty() {
            numbers.push(Math::Op("·"));
        }
        let [up, down] = [inputs.up_hours(up), inputs.hours(down)].map(|hours| Math::Number(digits(hours, 4)));
        numbers.push(part(up, down));
    }
    let ends = Box::new([row([Math::Op("i"), Math::Op("="), number("1")]), number("3")]);
    let [up, down] = [Symbol::Mttf, Symbol::Mttr].map(|symbol| Math::Numbered(symbol, "i"));
    Line {
        left: Math::Symbol(Symbol::A),
        near: false,
        symbols: row([Math::Big("∏", ends), part(up, down)]),
        numbers: Some(row(numbers)),
        result: Some(answer.availability.up),
    }
}

/// How much less likely it is that one node more is down.
fn births(gamma: Option<Symbol>) -> Line {
    use Symbol as S;
    let up = || plus(minus(Math::Symbol(S::N), Math::Symbol(S::J)), number("1"));
    let stress = gamma.map(|gamma| power(brackets(over(Math::Symbol(S::N), up())), Math::Symbol(gamma)));
    let rate = times(brackets(up()), Math::Symbol(S::R));
    let rate = stress.into_iter().fold(rate, times);
    let crews = row([Math::Op("min"), brackets(row([Math::Symbol(S::J), Math::Op(","), Math::Symbol(S::M)]))]);
    let left = over(Math::Symbol(S::P), Math::Numbered(S::P, "j−1"));
    Line { left, near: false, symbols: over(rate, crews), numbers: None, result: None }
}

/// The chance that too few are up.
fn tail(left: Symbol, put: impl Fn(Symbol) -> Math, result: Option<f64>) -> Line {
    use Symbol as S;
    let sum = |of: &Leaf| {
        let from =
            row([Math::Symbol(S::J), Math::Op("="), of(S::N), Math::Op("−"), of(S::K), Math::Op("+"), number("1")]);
        row([Math::Big("∑", Box::new([from, of(S::N)])), Math::Symbol(S::P)])
    };
    Line { left: Math::Symbol(left), near: false, symbols: sum(&Math::Symbol), numbers: Some(sum(&put)), result }
}

/// The chance that so many of independent nodes are down: u = r/(1 + r).
fn binomial(left: Symbol, answer: &Answer, k: Math, n: Math) -> Line {
    use Symbol as S;
    let sum = |n: Math, k: Math, r: Math| {
        let from = row([Math::Symbol(S::J), Math::Op("="), n.clone(), Math::Op("−"), k, Math::Op("+"), number("1")]);
        let choose = Math::Choose(Box::new([n.clone(), Math::Symbol(S::J)]));
        let each = over(power(r.clone(), Math::Symbol(S::J)), power(brackets(plus(number("1"), r)), n.clone()));
        row([Math::Big("∑", Box::new([from, n])), choose, each])
    };
    let r = Math::Number(digits(answer.parts.ratio, 4));
    Line {
        left: Math::Symbol(left),
        near: false,
        symbols: sum(Math::Symbol(S::N), Math::Symbol(S::K), Math::Symbol(S::R)),
        numbers: Some(sum(n, k, r)),
        result: Some(answer.parts.own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architecture_has_a_formula_with_numbers() {
        for architecture in Architecture::ALL {
            for (beta, crews) in [(0.0, 1.0), (0.1, 2.0), (0.0, 3.0)] {
                let mut inputs = Inputs::of(architecture);
                inputs.set(Input::CommonCause, beta);
                inputs.set(Input::Crews, crews);
                let answer = inputs.answer().expect("good");
                let lines = formula(&inputs, &answer);
                let last = lines.last().expect("a line");
                let is_total = matches!(last.left, Math::Symbol(Symbol::A | Symbol::U));
                assert!(is_total, "{architecture:?}: {}", last.left.text());
                let (result, a) = (last.result.expect("a result"), answer.availability);
                let exact = if last.left == Math::Symbol(Symbol::A) { a.up } else { a.down };
                assert!(
                    (result / exact - 1.0).abs() < if last.near { 0.05 } else { 1e-9 },
                    "{architecture:?}: {result}"
                );
                for symbol in symbols(&lines) {
                    let runs = matches!(symbol, Symbol::P | Symbol::J);
                    assert!(runs || symbol.value(&inputs, &answer).is_some(), "{architecture:?}: {symbol:?}");
                }
            }
        }
    }

    #[test]
    fn a_formula_can_be_read_aloud() {
        let inputs = Inputs::of(Architecture::Failover);
        let lines = formula(&inputs, &inputs.answer().expect("good"));
        assert_eq!(lines[0].symbols.text(), "MTTR/MTTF");
        assert_eq!(lines[2].symbols.text(), "Tf/(MTTF + MTTR) + U2");
    }
}
