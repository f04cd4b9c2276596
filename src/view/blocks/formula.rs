//! The formula of a diagram: one line for each group, from the inside to the whole.

use super::super::formula::{Line, Math};
use crate::i18n::numbers::digits;
use crate::theory::blocks::{Answer, Block, Kind};
use crate::theory::explore::Symbol;

/// Factors that are written out; of more, the first and the last.
const FACTORS: usize = 5;

fn row(parts: impl IntoIterator<Item = Math>) -> Math {
    Math::Row(parts.into_iter().collect())
}

/// The lines: what a part's unavailability is, then each group, and at the end the whole.
pub fn formula(root: &Block, answer: &Answer) -> Vec<Line> {
    let times = |symbol| Math::Symbol(symbol);
    let cycle = row([times(Symbol::Mttf), Math::Op("+"), times(Symbol::Mttr)]);
    let part = Math::Over(Box::new([times(Symbol::Mttr), cycle]));
    let left = Math::Numbered(Symbol::U, "i");
    let mut lines = vec![Line { left, near: false, symbols: part, numbers: None, result: None }];
    groups(root, answer, &mut Vec::new(), &mut lines);
    lines
}

fn groups(block: &Block, answer: &Answer, spot: &mut Vec<usize>, lines: &mut Vec<Line>) {
    for (place, one) in block.blocks().iter().enumerate() {
        spot.push(place);
        groups(one, answer, spot, lines);
        spot.pop();
    }
    let Some(own) = answer.place(spot).filter(|_| block.is_group()) else { return };
    let left = if spot.is_empty() { Math::Symbol(Symbol::U) } else { Math::Of(Symbol::U, name(block, spot)) };
    let inside: Vec<(Math, Math)> = block
        .blocks()
        .iter()
        .enumerate()
        .filter_map(|(place, one)| {
            let at: Vec<usize> = spot.iter().copied().chain([place]).collect();
            let down = answer.blocks[answer.place(&at)?].availability.down;
            Some((Math::Of(Symbol::U, name(one, &at)), Math::Number(digits(down, 4))))
        })
        .collect();
    let (symbols, numbers): (Vec<_>, Vec<_>) = inside.into_iter().unzip();
    let (needed, n) = (block.needed(), block.blocks().len());
    let alike = block.blocks().windows(2).all(|two| two[0].kind == two[1].kind);
    let (symbols, numbers) = match &block.kind {
        _ if needed == n => (all(symbols), Some(all(numbers))),
        Kind::Parallel { .. } if needed == 1 => (product(symbols), Some(product(numbers))),
        _ if alike => {
            let down = numbers.into_iter().next().unwrap_or(Math::Op(""));
            let name = symbols.into_iter().next().unwrap_or(Math::Op(""));
            (binomial(&name, needed, n), Some(binomial(&down, needed, n)))
        }
        _ => (chance(needed, n), None),
    };
    let result = Some(answer.blocks[own].availability.down);
    lines.push(Line { left, near: false, symbols, numbers, result });
}

/// What stands below a U: the block's name, or where it is.
fn name(block: &Block, spot: &[usize]) -> String {
    if block.name.is_empty() {
        spot.iter().map(|place| (place + 1).to_string()).collect::<Vec<_>>().join(".")
    } else {
        block.name.clone()
    }
}

/// Some factors with dots between them; in the middle of many, more dots.
fn product(mut factors: Vec<Math>) -> Math {
    if factors.len() > FACTORS {
        let last = factors.pop();
        factors.truncate(FACTORS - 2);
        factors.push(Math::Op("…"));
        factors.extend(last);
    }
    let mut parts = Vec::new();
    for factor in factors {
        if !parts.is_empty() {
            parts.push(Math::Op("·"));
        }
        parts.push(factor);
    }
    row(parts)
}

/// One minus the product of what is up.
fn all(downs: Vec<Math>) -> Math {
    if let [one] = downs.as_slice() {
        return one.clone();
    }
    let one = || Math::Number("1".into());
    let up = |down: Math| row([Math::Op("("), one(), Math::Op("−"), down, Math::Op(")")]);
    row([one(), Math::Op("−"), product(downs.into_iter().map(up).collect())])
}

/// Of n alike, more than n − k are down.
fn binomial(down: &Math, needed: usize, n: usize) -> Math {
    let number = |value: usize| Math::Number(value.to_string());
    let j = || Math::Symbol(Symbol::J);
    let from = row([j(), Math::Op("="), number(n - needed + 1)]);
    let choose = Math::Choose(Box::new([number(n), j()]));
    let up = row([Math::Op("("), number(1), Math::Op("−"), down.clone(), Math::Op(")")]);
    let rest = row([number(n), Math::Op("−"), j()]);
    row([
        Math::Big("∑", Box::new([from, number(n)])),
        choose,
        Math::Power(Box::new([down.clone(), j()])),
        Math::Power(Box::new([up, rest])),
    ])
}

/// Fewer than k of n unlike blocks are up.
fn chance(needed: usize, n: usize) -> Math {
    let number = |value: usize| Math::Number(value.to_string());
    let event =
        row([Math::Symbol(Symbol::N), Math::Op("−"), Math::Symbol(Symbol::J), Math::Op("<"), Math::Symbol(Symbol::K)]);
    row([
        Math::Op("P"),
        Math::Op("("),
        event,
        Math::Op(")"),
        Math::Op(","),
        Math::Symbol(Symbol::K),
        Math::Op("="),
        number(needed),
        Math::Op(","),
        Math::Symbol(Symbol::N),
        Math::Op("="),
        number(n),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::view::blocks::example;

    #[test]
    fn the_formula_goes_from_the_inside_to_the_whole() {
        let root = example(Lang::En);
        let lines = formula(&root, &root.answer().expect("good"));
        let said: Vec<_> = lines.iter().map(|line| format!("{} = {}", line.left.text(), line.symbols.text())).collect();
        assert_eq!(said[1], "U[Load balancers] = U[Load balancer 1] · U[Load balancer 2]");
        assert!(said[2].starts_with("U[Application] = ∑(j = 2…3) C(3, j)"), "{}", said[2]);
        assert!(said[3].starts_with("U = 1 − (1 − U[Load balancers]) · (1 − U[Application])"), "{}", said[3]);
        assert_eq!(lines[3].result, Some(root.answer().expect("good").availability.down));
        let many = Block::series("", vec![Block::part("", 10.0, 1.0); 9]);
        let lines = formula(&many, &many.answer().expect("good"));
        assert_eq!(lines[1].symbols.text(), "1 − (1 − U[1]) · (1 − U[2]) · (1 − U[3]) ·  …  · (1 − U[9])");
    }
}
