//! The fields of the Numbers view: what was typed, in which unit, and what it means. Whatever is typed, the last good answer
//! stays; what is wrong is told of its field.

use super::blocks::Board;
use crate::i18n::Lang;
use crate::theory::Wrong;
use crate::theory::article::Row;
use crate::theory::explore::{
    Amount, Answer, Architecture, Basis, Budget, Complaint, Input, Inputs, TIMES, Time, read,
};

/// Steps of a slider.
pub const STEPS: u32 = 1_000;

/// What a field is about: an input of the architecture, or one of the tools beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// An input of the architecture.
    Input(Input),
    /// The availability of a part of a diagram.
    Availability,
    /// The availability that is promised, in percent.
    Objective,
    /// For how long.
    Window,
    /// What the article calls the master's MTBF.
    ArticleMaster,
    /// What it calls the standby's.
    ArticleStandby,
    /// The repair, which its formula does not ask for.
    ArticleRepair,
}

/// A field: its text, its unit if it is a time, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is about.
    pub field: Field,
    /// What stands in it.
    pub text: String,
    /// The unit of a time.
    pub unit: Time,
    /// The last good value, times in seconds.
    pub value: f64,
    /// What is wrong with the text.
    pub wrong: Option<Wrong>,
}

/// All that the view shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    /// The inputs as the fields have them.
    pub inputs: Inputs,
    /// The inputs of the last good answer.
    pub shown: Inputs,
    /// The last good answer.
    pub answer: Answer,
    /// The fields.
    pub entries: Vec<Entry>,
    /// Which input the chart moves.
    pub moved: Input,
    /// The article's pair.
    pub article: Row,
    /// The objective.
    pub budget: Budget,
    /// What is wrong with all inputs together.
    pub wrong: Option<Wrong>,
    /// The diagram of blocks, once it was asked for.
    board: Option<Box<Board>>,
    /// The diagram takes the place of the architectures.
    composing: bool,
}

impl Field {
    /// Its place on the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input(input) => input.name(),
            Self::Availability => "part-availability",
            Self::Objective => "objective",
            Self::Window => "window",
            Self::ArticleMaster => "article-master",
            Self::ArticleStandby => "article-standby",
            Self::ArticleRepair => "article-repair",
        }
    }

    /// What it is measured in.
    pub fn amount(self) -> Amount {
        match self {
            Self::Input(input) => input.amount(),
            Self::Availability | Self::Objective => Amount::Share,
            _ => Amount::Time,
        }
    }

    /// The input whose limits and slider it shares.
    fn like(self) -> Input {
        match self {
            Self::Input(input) => input,
            Self::Availability | Self::Objective => Input::Coverage,
            Self::ArticleRepair => Input::Mttr,
            _ => Input::Mttf,
        }
    }

    fn start(self) -> (f64, Time) {
        match self {
            Self::Input(input) => (input.start(), input.unit()),
            Self::Availability | Self::Objective => (0.999, Time::Hour),
            Self::Window => (30.0 * 86_400.0, Time::Day),
            Self::ArticleMaster | Self::ArticleStandby => (3_600_000.0, Time::Hour),
            Self::ArticleRepair => (3_600.0, Time::Hour),
        }
    }

    fn check(self, value: f64) -> Result<f64, Wrong> {
        if matches!(self, Self::Availability | Self::Objective) {
            // Nothing promised, or all of it, leaves no budget to speak of; and no part is always up.
            let expected = crate::theory::Range { unit: "", from: 0.0, to: 1.0, closed: false };
            return if expected.has(value) { Ok(value) } else { Err(Wrong::Range { found: value, expected }) };
        }
        self.like().check(value)
    }
}

impl Entry {
    fn new(field: Field) -> Self {
        let (value, unit) = field.start();
        Self::of(field, value, unit)
    }

    /// A field that holds this value.
    pub(super) fn of(field: Field, value: f64, unit: Time) -> Self {
        Self { field, text: show(field, value, unit), unit, value, wrong: None }
    }

    /// Where its slider stands, in steps.
    pub fn place(&self, nodes: u32) -> u32 {
        (self.field.like().span(nodes).place(self.value) * f64::from(STEPS)) as u32
    }

    /// The slider was moved: three digits, of what the field shows; of a share near 1, of what is missing.
    pub(super) fn slide(&mut self, step: u32, nodes: u32) {
        let value = self.field.like().span(nodes).at(f64::from(step) / f64::from(STEPS));
        let value = match self.field.amount() {
            Amount::Time => rounded(value / self.unit.seconds()) * self.unit.seconds(),
            Amount::Share if value > 0.5 && value < 1.0 => 1.0 - format!("{:.1e}", 1.0 - value).parse().unwrap_or(0.0),
            Amount::Share | Amount::Factor => format!("{value:.2}").parse().unwrap_or(value),
            Amount::Count => value,
        };
        self.text = show(self.field, value, self.unit);
    }

    /// Another unit: the value stays.
    pub(super) fn measure(&mut self, unit: usize) {
        let unit = TIMES[unit.min(TIMES.len() - 1)];
        if self.wrong.is_none() {
            self.text = show(self.field, self.value, unit);
        }
        self.unit = unit;
    }

    /// What its text means.
    pub(super) fn read(&self) -> Result<f64, Wrong> {
        let percent = self.field.amount() == Amount::Share;
        let number = read(&self.text, percent)?;
        let factor = if self.field.amount() == Amount::Time { self.unit.seconds() } else { 1.0 };
        self.field.check(number * factor)
    }
}

/// A value as a field shows it: without noughts at the end, and in percent if it is a share.
pub fn show(field: Field, value: f64, unit: Time) -> String {
    match field.amount() {
        Amount::Time => tidy(value / unit.seconds()),
        Amount::Share => {
            // The point is moved in the text, see `read`.
            let moved: f64 = format!("{value:e}").parse().unwrap_or(value);
            let (digits, exponent) =
                format!("{moved:e}").split_once('e').map_or((String::new(), 0), |(digits, exponent)| {
                    (digits.to_owned(), exponent.parse::<i32>().unwrap_or(0))
                });
            tidy(format!("{digits}e{}", exponent + 2).parse().unwrap_or(value * 100.0))
        }
        Amount::Count | Amount::Factor => tidy(value),
    }
}

/// At most twelve digits, which hides what the last bits of a division leave; very large and very small ones with a power.
fn tidy(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    if (1e-6..1e12).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

/// Three digits that matter: what a slider gives.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk {
    /// A pair whose failover works most of the time.
    pub fn new() -> Self {
        let inputs = Inputs::of(Architecture::Coverage);
        let mut fields: Vec<Field> = Vec::new();
        for architecture in Architecture::ALL {
            for input in architecture.inputs() {
                if !fields.contains(&Field::Input(*input)) {
                    fields.push(Field::Input(*input));
                }
            }
        }
        fields.extend([
            Field::Objective,
            Field::Window,
            Field::ArticleMaster,
            Field::ArticleStandby,
            Field::ArticleRepair,
        ]);
        let answer = inputs.answer().expect("what one starts from is good");
        let article = Row { mtbf_master_hours: 1_000.0, mtbf_slave_hours: 1_000.0, mttr_hours: 1.0 };
        let budget = Budget { objective: 0.999, window_s: 30.0 * 86_400.0 };
        let entries = fields.into_iter().map(Entry::new).collect();
        Self {
            shown: inputs.clone(),
            inputs,
            answer,
            entries,
            moved: Input::Failover,
            article,
            budget,
            wrong: None,
            board: None,
            composing: false,
        }
    }

    /// The field.
    pub fn entry(&self, field: Field) -> &Entry {
        let on_board = self.board().and_then(|board| board.entries.iter().find(|entry| entry.field == field));
        if let Some(entry) = on_board {
            return entry;
        }
        self.entries.iter().find(|entry| entry.field == field).unwrap_or(&self.entries[0])
    }

    fn entry_mut(&mut self, field: Field) -> &mut Entry {
        let place = self.entries.iter().position(|entry| entry.field == field).unwrap_or(0);
        &mut self.entries[place]
    }

    /// Another architecture, with the values that the fields have.
    pub fn choose(&mut self, architecture: Architecture) {
        self.composing = false;
        self.inputs.architecture = architecture;
        if !architecture.inputs().contains(&self.moved) {
            let telling = [Input::Failover, Input::Election, Input::Nodes, Input::Mttr];
            let best = telling.into_iter().find(|input| architecture.inputs().contains(input));
            self.moved = best.unwrap_or(Input::Mttr);
        }
        self.settle();
    }

    /// What up times are.
    pub fn count_from(&mut self, basis: Basis) {
        self.inputs.basis = basis;
        self.settle();
    }

    /// Something was typed.
    pub fn type_in(&mut self, field: Field, text: String) {
        if let Some(board) = self.board_of(field) {
            return board.type_in(field, text);
        }
        self.entry_mut(field).text = text;
        self.settle();
    }

    /// The slider was moved.
    pub fn slide(&mut self, field: Field, step: u32) {
        if let Some(board) = self.board_of(field) {
            return board.slide(field, step);
        }
        let nodes = self.inputs.nodes();
        self.entry_mut(field).slide(step, nodes);
        self.settle();
    }

    /// Another unit: the value stays.
    pub fn measure(&mut self, field: Field, unit: usize) {
        if let Some(board) = self.board_of(field) {
            return board.measure(field, unit);
        }
        self.entry_mut(field).measure(unit);
        self.settle();
    }

    /// The board, if it is shown.
    pub fn board(&self) -> Option<&Board> {
        self.board.as_deref().filter(|_| self.composing)
    }

    /// The board, if it is shown, to be changed.
    pub fn board_mut(&mut self) -> Option<&mut Board> {
        self.board.as_deref_mut().filter(|_| self.composing)
    }

    /// The board, if this field is one of its block's.
    fn board_of(&mut self, field: Field) -> Option<&mut Board> {
        self.board_mut().filter(|board| board.entries.iter().any(|entry| entry.field == field))
    }

    /// Whether a diagram was begun.
    pub fn has_board(&self) -> bool {
        self.board.is_some()
    }

    /// A diagram of blocks takes the place of the architectures.
    pub fn compose(&mut self, lang: Lang) {
        self.composing = true;
        self.board.get_or_insert_with(|| Box::new(Board::new(lang))).speak(lang);
    }

    /// The answer that is shown: the board's, or the architecture's.
    pub fn said(&self) -> &Answer {
        self.board().map_or(&self.answer, |board| &board.whole)
    }

    /// How many nodes a field is about.
    pub fn nodes(&self) -> u32 {
        self.board().map_or_else(|| self.inputs.nodes(), Board::nodes)
    }

    /// Reads all fields and answers, if nothing is wrong.
    fn settle(&mut self) {
        self.wrong = None;
        for index in 0..self.entries.len() {
            let entry = &mut self.entries[index];
            match entry.read() {
                Ok(value) => (entry.value, entry.wrong) = (value, None),
                Err(wrong) => entry.wrong = Some(wrong),
            }
            let (field, value) = (entry.field, entry.value);
            match field {
                Field::Input(input) => self.inputs.set(input, value),
                Field::Availability => {}
                Field::Objective => self.budget.objective = value,
                Field::Window => self.budget.window_s = value,
                Field::ArticleMaster => self.article.mtbf_master_hours = value / 3_600.0,
                Field::ArticleStandby => self.article.mtbf_slave_hours = value / 3_600.0,
                Field::ArticleRepair => self.article.mttr_hours = value / 3_600.0,
            }
        }
        let inputs = self.inputs.architecture.inputs();
        if inputs.iter().any(|input| self.entry(Field::Input(*input)).wrong.is_some()) {
            return;
        }
        match self.inputs.answer() {
            Ok(answer) => (self.answer, self.shown) = (answer, self.inputs.clone()),
            Err(complaints) => complaints.into_iter().for_each(|complaint| self.complain(complaint)),
        }
    }

    fn complain(&mut self, complaint: Complaint) {
        match complaint.input {
            Some(input) => self.entry_mut(Field::Input(input)).wrong = Some(complaint.wrong),
            None => self.wrong = Some(complaint.wrong),
        }
    }

    /// Whether the fields are what the answer answers.
    pub fn is_good(&self) -> bool {
        if let Some(board) = self.board() {
            return board.is_good();
        }
        self.shown == self.inputs
            && self.inputs.architecture.inputs().iter().all(|input| self.entry(Field::Input(*input)).wrong.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::Kind;

    #[test]
    fn what_is_wrong_is_told_and_the_last_good_answer_stays() {
        let mut desk = Desk::new();
        let before = desk.answer.clone();
        for wrong in ["0", "-5", "many", "", "1e999", "inf", "1e-30"] {
            desk.type_in(Field::Input(Input::Mttf), wrong.into());
            assert!(desk.entry(Field::Input(Input::Mttf)).wrong.is_some(), "'{wrong}'");
            assert_eq!(desk.answer, before, "'{wrong}'");
            assert!(!desk.is_good());
        }
        desk.type_in(Field::Input(Input::Mttf), "2000".into());
        assert!(desk.is_good() && desk.answer.availability.down < before.availability.down);
        desk.choose(Architecture::KOfN);
        desk.type_in(Field::Input(Input::Needed), "7".into());
        assert!(matches!(desk.entry(Field::Input(Input::Needed)).wrong, Some(Wrong::Range { .. })), "7 of 3");
        desk.type_in(Field::Input(Input::Needed), "1.5".into());
        let wrong = &desk.entry(Field::Input(Input::Needed)).wrong;
        assert!(matches!(wrong, Some(Wrong::Kind { expected: Kind::Whole, .. })), "{wrong:?}");
        desk.type_in(Field::Input(Input::Nodes), "102".into());
        assert!(desk.entry(Field::Input(Input::Nodes)).wrong.is_some(), "more nodes than allowed");
    }

    #[test]
    fn another_unit_is_the_same_time() {
        let mut desk = Desk::new();
        let before = desk.answer.clone();
        let mttf = Field::Input(Input::Mttf);
        for (unit, text) in [(3, "41.6666666667"), (2, "1000"), (0, "3600000"), (4, "0.114155251142")] {
            desk.measure(mttf, unit);
            assert_eq!(desk.entry(mttf).text, text);
            assert!((desk.answer.availability.down / before.availability.down - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn sliders_give_round_numbers_that_are_allowed() {
        for architecture in Architecture::ALL {
            let mut desk = Desk::new();
            desk.choose(architecture);
            for input in architecture.inputs() {
                let before = desk.entry(Field::Input(*input)).text.clone();
                for step in [0, 1, 333, 500, 999, 1_000] {
                    desk.slide(Field::Input(*input), step);
                    let entry = desk.entry(Field::Input(*input));
                    assert!(entry.text.len() <= 12, "{input:?} at {step}: '{}'", entry.text);
                    let only_together = matches!(input, Input::Nodes | Input::Mttf | Input::Mttr);
                    assert!(entry.wrong.is_none() || only_together, "{input:?} at {step}: {:?}", entry.wrong);
                }
                desk.type_in(Field::Input(*input), before);
            }
        }
    }

    #[test]
    fn shares_keep_their_digits() {
        let mut desk = Desk::new();
        let coverage = Field::Input(Input::Coverage);
        desk.type_in(coverage, "99.9999".into());
        assert_eq!(desk.inputs.get(Input::Coverage).to_string(), "0.999999");
        assert_eq!(show(coverage, 0.999_999, Time::Hour), "99.9999");
        assert_eq!(show(coverage, 0.07, Time::Hour), "7");
    }
}
