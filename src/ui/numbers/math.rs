//! The formula as `MathML`: with symbols, with the present numbers, and what each symbol means.

use yew::{Html, html};

use super::super::lab::Lab;
use crate::i18n::Lang;
use crate::i18n::numbers::{digits, share, symbol};
use crate::theory::explore::Symbol;
use crate::view::blocks::{self, Board, fit};
use crate::view::desk::Desk;
use crate::view::formula::{Line, Math, formula, name, symbols};

/// The card.
#[inline(never)]
pub fn card(lab: &Lab, desk: &Desk) -> Html {
    let (lang, w) = (lab.lang, lab.lang.numbers());
    let lines = formula(&desk.shown, &desk.answer);
    let off = desk.answer.parts.approximation().map(|near| near / desk.answer.availability.down - 1.0);
    let space = if lang == Lang::En { " " } else { "" };
    let sign = if off.is_some_and(|off| off < 0.0) { "−" } else { "+" };
    html! {
        <section class="n-card n-formula" data-testid="n-formula">
            <h2>{ w.formula }</h2>
            <p class="fine">{ w.formula_explain }</p>
            <div class="n-lines" tabindex="0" role="region" aria-label={w.formula}>
                { for lines.iter().map(show) }
            </div>
            if let Some(off) = off {
                <p class="fine">
                    { w.formula_near }{ space }{ w.formula_off }{ " " }
                    <b data-testid="n-formula-off">{ format!("{sign}{}", share(lang, off.abs(), 2)) }</b>
                    { lang.full_stop() }
                </p>
            }
            <table class="table n-symbols">
                <thead><tr>
                    <th scope="col">{ w.symbol }</th><th scope="col">{ w.meaning }</th>
                    <th scope="col">{ w.unit }</th><th scope="col">{ w.now }</th>
                </tr></thead>
                <tbody>
                    { for symbols(&lines).into_iter().map(|one| html! {
                        <tr>
                            <td>{ math(&letters(one), false) }</td>
                            <td>{ symbol(lang, one) }</td>
                            <td>{ if is_time(one) { w.hours } else { w.no_unit } }</td>
                            <td>{ one.value(&desk.shown, &desk.answer).map_or_else(|| w.runs.into(), |value| digits(value, 4)) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}

/// The formula of a diagram.
#[inline(never)]
pub fn of_diagram(lab: &Lab, board: &Board) -> Html {
    let w = lab.lang.numbers();
    html! {
        <section class="n-card n-formula" data-testid="n-formula">
            <h2>{ w.formula }</h2>
            <p class="fine">{ w.b_formula_explain }</p>
            <div class="n-lines" tabindex="0" role="region" aria-label={w.formula}>
                { for blocks::formula(&board.shown, &board.answer).iter().map(show) }
            </div>
        </section>
    }
}

fn is_time(symbol: Symbol) -> bool {
    use Symbol as S;
    matches!(symbol, S::Mttf | S::MttfOwn | S::Mttr | S::Tf | S::Tm | S::Tt | S::Tb | S::Te)
}

/// A line with its equals signs.
fn show(line: &Line) -> Html {
    let equals = if line.near { "≈" } else { "=" };
    let result = line.result.map(|result| html! { <><mo>{ equals }</mo><mn>{ digits(result, 4) }</mn></> });
    let body = html! {
        <mrow>
            { draw(&line.left) }<mo>{ equals }</mo>{ draw(&line.symbols) }
            if let Some(numbers) = &line.numbers { <mo>{ equals }</mo>{ draw(numbers) } }
            { result }
        </mrow>
    };
    math(&body, true)
}

fn math(body: &Html, block: bool) -> Html {
    html! { <math display={if block { "block" } else { "inline" }}>{ body.clone() }</math> }
}

fn letters(symbol: Symbol) -> Html {
    let [letters, below] = name(symbol);
    let letters = html! { <mi>{ letters }</mi> };
    if below.is_empty() {
        letters
    } else {
        html! { <msub>{ letters }<mi>{ below }</mi></msub> }
    }
}

/// A piece of a formula as `MathML`.
fn draw(piece: &Math) -> Html {
    match piece {
        Math::Symbol(symbol) => letters(*symbol),
        Math::Numbered(symbol, index) => html! { <msub><mi>{ name(*symbol)[0] }</mi><mi>{ *index }</mi></msub> },
        Math::Of(symbol, of) => html! { <msub><mi>{ name(*symbol)[0] }</mi><mtext>{ fit(of, 24) }</mtext></msub> },
        Math::Number(text) => html! { <mn>{ text.clone() }</mn> },
        Math::Op(op) => html! { <mo>{ *op }</mo> },
        Math::Row(parts) => html! { <mrow>{ for parts.iter().map(draw) }</mrow> },
        Math::Over(two) => html! { <mfrac>{ one(&two[0]) }{ one(&two[1]) }</mfrac> },
        Math::Power(two) => html! { <msup>{ one(&two[0]) }{ one(&two[1]) }</msup> },
        Math::Big(op, ends) => html! { <munderover><mo>{ *op }</mo>{ one(&ends[0]) }{ one(&ends[1]) }</munderover> },
        Math::Choose(two) => html! {
            <mrow><mo>{ "(" }</mo><mfrac linethickness="0">{ one(&two[0]) }{ one(&two[1]) }</mfrac><mo>{ ")" }</mo></mrow>
        },
    }
}

/// A piece as exactly one element, as fractions and powers want it.
fn one(piece: &Math) -> Html {
    html! { <mrow>{ draw(piece) }</mrow> }
}
