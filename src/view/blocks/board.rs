//! The board on which a diagram is edited: the block that is looked at with its fields, undo, and the last good answer.
//!
//! A value that makes no sense stays in its field, with what is wrong, and out of the diagram, where the last good one counts.
//! It is still there when its block is looked at again, wherever that has moved meanwhile, until it is put right or undone.

use super::act::{self, Act, Is};
use super::drafts::{Drafts, has_wrong};
use super::example::{Example, example};
use super::picture::{Picture, Towards};
use crate::i18n::{Lang, numbers};
use crate::theory::blocks::{ARCHITECTURES, Answer, Block, Kind, Known, Refusal, Spot, written};
use crate::theory::explore::{self, Amount, Input, Parts, Time};
use crate::theory::models::Model;
use crate::theory::{Problem, Range, Request, Share, Wrong, limits};
use crate::view::desk::{Entry, Field};

/// Seconds of an hour.
const HOUR_S: f64 = 3_600.0;
/// So many acts can be taken back.
const UNDO: usize = 100;

/// Why an act was not done, or what stands in the way of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// There is nothing to answer for.
    Empty,
    /// As many blocks as there may be.
    TooMany,
    /// As many blocks within each other as there may be.
    TooDeep,
    /// The figures of this block, or of the whole, leave the range of numbers.
    Refused(Refusal),
}

/// A diagram on the board.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// The diagram; the outermost block is a series.
    pub root: Block,
    /// The block that is looked at; the outermost: none.
    pub spot: Spot,
    /// Its fields.
    pub entries: Vec<Entry>,
    /// The diagram of the last good answer.
    pub shown: Block,
    /// The last good answer.
    pub answer: Answer,
    /// What the whole would come to if the weakest block were down a tenth of the time that it is.
    pub better: Option<Share>,
    /// The same as the other architectures have it.
    pub whole: explore::Answer,
    /// What stands in the way.
    pub told: Option<Told>,
    /// What is wrong with the file that was opened last; empty: it could not be read.
    pub file: Option<Vec<Problem>>,
    /// The fields of other blocks in which something is wrong.
    drafts: Drafts,
    past: Vec<Moment>,
    future: Vec<Moment>,
    /// What is being typed into: going on with it is no new act.
    typing: Option<&'static str>,
    /// Which example it is, and in which language, until something else was made of it.
    untouched: Option<(Example, Lang)>,
}

/// What undo goes back to.
#[derive(Clone, Debug, PartialEq)]
struct Moment {
    root: Block,
    spot: Spot,
    drafts: Drafts,
}

fn whole(answer: &Answer) -> explore::Answer {
    explore::Answer {
        availability: answer.availability,
        outages_per_year: answer.per_year(),
        causes: Vec::new(),
        in_full: None,
        parts: Parts::default(),
    }
}

fn one_nine_better(root: &Block, answer: &Answer) -> Option<Share> {
    let weakest = &answer.blocks[answer.weakest];
    root.with(&weakest.spot, Share::but(weakest.availability.down / 10.0))
}

impl Board {
    /// What one starts from.
    pub fn new(lang: Lang) -> Self {
        let root = example(lang);
        let answer = root.answer().expect("the example is good");
        let mut board = Self {
            shown: root.clone(),
            whole: whole(&answer),
            better: one_nine_better(&root, &answer),
            answer,
            root,
            spot: Vec::new(),
            entries: Vec::new(),
            told: None,
            file: None,
            drafts: Drafts::default(),
            past: Vec::new(),
            future: Vec::new(),
            typing: None,
            untouched: Some((Example::Shop, lang)),
        };
        board.look(board.answer.blocks[board.answer.weakest].spot.clone());
        board
    }

    /// The example speaks the language of the page, as long as it is the example.
    pub fn speak(&mut self, lang: Lang) {
        let Some((which, _)) = self.untouched.filter(|(_, spoken)| *spoken != lang) else { return };
        self.drafts = self.all_drafts();
        self.entries.clear();
        (self.root, self.untouched) = (which.block(lang), Some((which, lang)));
        (self.past, self.future) = (Vec::new(), Vec::new());
        self.settle();
        self.look(self.spot.clone());
    }

    /// The block that is looked at.
    pub fn here(&self) -> Option<&Block> {
        if self.spot.is_empty() { None } else { self.root.at(&self.spot) }
    }

    /// What stands in the way, in words.
    pub fn says(&self, lang: Lang) -> Option<String> {
        let w = lang.numbers();
        let Some(told) = &self.told else {
            let unused = self.root.at(self.drafts.first()?)?;
            return Some(numbers::unused(lang, &numbers::block(lang, unused)));
        };
        Some(match told {
            Told::Empty => w.b_empty.into(),
            Told::TooMany => w.b_too_many.into(),
            Told::TooDeep => w.b_too_deep.into(),
            Told::Refused(Refusal { spot, wrong }) => {
                let wrong = numbers::wrong(lang, wrong, Amount::Factor);
                match self.root.at(spot).filter(|_| !spot.is_empty()) {
                    Some(block) => numbers::refused(lang, &numbers::block(lang, block), &wrong),
                    None => wrong,
                }
            }
        })
    }

    /// Whether this is what the answer answers.
    pub fn is_good(&self) -> bool {
        self.shown == self.root && self.drafts.first().is_none() && !has_wrong(&self.entries)
    }

    /// Whether something is wrong in the fields of this block.
    pub fn is_wrong_at(&self, spot: &[usize]) -> bool {
        if spot == self.spot { has_wrong(&self.entries) } else { self.drafts.has(spot) }
    }

    /// Looks at another block.
    pub fn look(&mut self, spot: Spot) {
        self.drafts = self.all_drafts();
        self.spot = if self.root.at(&spot).is_some() { spot } else { Vec::new() };
        self.typing = None;
        self.file = None;
        self.fill();
    }

    /// The drafts, with that of the block that is looked at.
    fn all_drafts(&self) -> Drafts {
        let mut drafts = self.drafts.clone();
        drafts.put(&self.spot, &self.entries);
        drafts
    }

    /// Looks at the next block in a direction.
    pub fn walk(&mut self, way: Towards) {
        if let Some(spot) = Picture::of(&self.root).towards(&self.spot, way) {
            self.look(spot);
        }
    }

    /// Whether an act would do something now.
    pub fn can(&self, act: &Act) -> bool {
        act::done(&self.root, &self.spot, act).is_some()
    }

    /// Does something with the block that is looked at.
    pub fn act(&mut self, act: &Act) {
        let Some((root, spot)) = act::done(&self.root, &self.spot, act) else { return };
        self.told = None;
        if root.count() > limits::BLOCKS {
            self.told = Some(Told::TooMany);
        } else if root.depth() > limits::BLOCK_DEPTH {
            self.told = Some(Told::TooDeep);
        } else if root != self.root {
            self.note(matches!(act, Act::Rename(_)).then_some("name"));
            if matches!(act, Act::Rename(_)) {
                self.root = root;
            } else {
                self.drafts = self.all_drafts().after(&self.root, &self.spot, act);
                (self.root, self.spot) = (root, spot);
                self.fill();
            }
            self.settle();
        }
        self.recognize();
    }

    /// What is no example any more does not speak the page's language, and is kept for the next visit.
    fn recognize(&mut self) {
        self.untouched = self.untouched.filter(|(which, lang)| self.root == which.block(*lang));
    }

    /// A new name for a new block, which no other has.
    pub fn fresh_name(&self, stem: &str) -> String {
        fn has(block: &Block, name: &str) -> bool {
            block.name == name || block.blocks().iter().any(|block| has(block, name))
        }
        let names = (1..=limits::BLOCKS + 1).map(|number| format!("{stem} {number}"));
        names.into_iter().find(|name| !has(&self.root, name)).unwrap_or_default()
    }

    /// Takes the last act back.
    pub fn undo(&mut self) {
        if let Some(before) = self.past.pop() {
            let now = self.exchange(before);
            self.future.push(now);
        }
    }

    /// Does it again.
    pub fn redo(&mut self) {
        if let Some(after) = self.future.pop() {
            let now = self.exchange(after);
            self.past.push(now);
        }
    }

    /// Whether something can be taken back, and done again.
    pub fn can_undo(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }

    /// Another diagram instead of this one.
    pub fn replace(&mut self, root: Block) {
        let row = matches!(root.kind, Kind::Series(_));
        let root = if row { root } else { Block::series("", vec![root]) };
        self.note(None);
        (self.root, self.untouched) = (root, None);
        self.drafts = Drafts::default();
        self.entries.clear();
        self.settle();
        self.look(self.answer.blocks[self.answer.weakest].spot.clone());
    }

    /// Back to an example.
    pub fn begin_again(&mut self, which: Example, lang: Lang) {
        self.replace(which.block(lang));
        self.untouched = Some((which, lang));
    }

    /// Opens a file; what is wrong with it is told, and nothing changes.
    pub fn open(&mut self, text: Option<&str>) {
        let read = text.ok_or_else(Vec::new).and_then(diagram);
        match read {
            Ok(root) => self.replace(root),
            Err(problems) => self.file = Some(problems),
        }
    }

    /// Goes on with what was kept from an earlier visit; if it cannot be used any more, with what is there.
    pub fn resume(&mut self, kept: &str) {
        if let Ok(root) = diagram(kept) {
            self.replace(root);
            self.past.clear();
        }
    }

    /// Whether it is this example, as nobody has touched it.
    pub fn is_example(&self, which: Example) -> bool {
        self.untouched.is_some_and(|(it, _)| it == which)
    }

    /// As a file, which `halab theory` answers too.
    pub fn written(&self) -> String {
        written(&self.root)
    }

    /// Something was typed.
    pub fn type_in(&mut self, field: Field, text: String) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.field == field) {
            entry.text = text;
            self.take(field);
        }
    }

    /// The slider was moved.
    pub fn slide(&mut self, field: Field, step: u32) {
        let nodes = self.nodes();
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.field == field) {
            entry.slide(step, nodes);
            self.take(field);
        }
    }

    /// Another unit: the value stays.
    pub fn measure(&mut self, field: Field, unit: usize) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.field == field) {
            entry.measure(unit);
            self.take(field);
        }
    }

    /// How many nodes the fields are about.
    pub fn nodes(&self) -> u32 {
        match self.here().map(|here| &here.kind) {
            Some(Kind::Built(inputs)) => inputs.nodes(),
            Some(Kind::Parallel { blocks, .. }) => blocks.len() as u32,
            _ => 1,
        }
    }

    /// What kind of part is looked at; none: a group, or nothing.
    pub fn is(&self) -> Option<Is> {
        match &self.here()?.kind {
            Kind::Part(_) => Some(Is::Part),
            Kind::Known(_) => Some(Is::Known),
            Kind::Built(inputs) => Some(Is::Built(inputs.architecture)),
            Kind::Series(_) | Kind::Parallel { .. } => None,
        }
    }

    /// All kinds of parts, in the order in which they are offered.
    pub fn kinds() -> Vec<Is> {
        [Is::Part, Is::Known].into_iter().chain(ARCHITECTURES.map(Is::Built)).collect()
    }

    fn exchange(&mut self, Moment { root, spot, drafts }: Moment) -> Moment {
        let drafts_now = self.all_drafts();
        let root = std::mem::replace(&mut self.root, root);
        let before = Moment { root, spot: self.spot.clone(), drafts: drafts_now };
        self.drafts = drafts;
        self.entries.clear();
        self.settle();
        self.look(spot);
        self.recognize();
        before
    }

    /// Keeps the diagram for undo; typing on in one field is one act.
    fn note(&mut self, typing: Option<&'static str>) {
        self.future.clear();
        if typing.is_some() && typing == self.typing {
            return;
        }
        self.typing = typing;
        let (root, spot) = (self.root.clone(), self.spot.clone());
        self.past.push(Moment { root, spot, drafts: self.all_drafts() });
        if self.past.len() > UNDO {
            self.past.remove(0);
        }
    }

    /// Fills the fields from the block, or with what was left in them.
    fn fill(&mut self) {
        if let Some(entries) = self.drafts.take(&self.spot) {
            self.entries = entries;
            // It may make sense by now: four of a group that has grown.
            if let Some(field) = self.entries.iter().find(|entry| entry.wrong.is_some()).map(|entry| entry.field) {
                self.take(field);
            }
            return;
        }
        let time = |input: Input, hours: f64| Entry::of(Field::Input(input), hours * HOUR_S, Time::Hour);
        let Some(here) = self.here() else {
            self.entries.clear();
            return;
        };
        self.entries = match &here.kind {
            Kind::Part(part) => vec![time(Input::Mttf, part.mttf_hours), time(Input::Mttr, part.mttr_hours)],
            Kind::Known(known) => {
                let availability = Entry::of(Field::Availability, known.availability.up, Time::Hour);
                vec![availability, time(Input::Mttr, known.mttr_hours)]
            }
            Kind::Built(inputs) => {
                let all = inputs.architecture.inputs().iter();
                all.map(|input| Entry::of(Field::Input(*input), inputs.get(*input), input.unit())).collect()
            }
            Kind::Parallel { needed, .. } => {
                vec![Entry::of(Field::Input(Input::Needed), f64::from(*needed), Time::Hour)]
            }
            Kind::Series(_) => Vec::new(),
        };
    }

    /// Takes what the fields say into the diagram, if it makes sense.
    fn take(&mut self, field: Field) {
        self.told = None;
        if let Some(kind) = self.read() {
            if self.here().is_some_and(|here| here.kind == kind) {
                return self.settle();
            }
            self.note(Some(field.name()));
            self.untouched = None;
            if let Some(here) = self.root.at_mut(&self.spot) {
                here.kind = kind;
            }
            self.settle();
        }
    }

    /// What the fields say the block is; none, and what is wrong at its field, if that makes no sense.
    fn read(&mut self) -> Option<Kind> {
        for entry in &mut self.entries {
            match entry.read() {
                Ok(value) => (entry.value, entry.wrong) = (value, None),
                Err(wrong) => entry.wrong = Some(wrong),
            }
        }
        let mut kind = self.here()?.kind.clone();
        for entry in self.entries.iter_mut().filter(|entry| entry.wrong.is_none()) {
            put(&mut kind, entry);
        }
        if has_wrong(&self.entries) {
            return None;
        }
        if let Kind::Built(inputs) = &kind
            && let Err(complaints) = inputs.answer()
        {
            for complaint in complaints {
                let about = |entry: &&mut Entry| complaint.input.is_none_or(|input| entry.field == Field::Input(input));
                if let Some(entry) = self.entries.iter_mut().find(about) {
                    entry.wrong = Some(complaint.wrong);
                }
            }
            return None;
        }
        Some(kind)
    }

    /// Answers, if there is something to answer for.
    fn settle(&mut self) {
        if self.root.blocks().is_empty() {
            self.told = Some(Told::Empty);
            return;
        }
        match self.root.answer() {
            Ok(answer) => {
                (self.whole, self.better) = (whole(&answer), one_nine_better(&self.root, &answer));
                (self.answer, self.shown, self.told) = (answer, self.root.clone(), None);
            }
            Err(refusal) => self.told = Some(Told::Refused(refusal)),
        }
    }
}

/// Puts a field's value into a block.
fn put(kind: &mut Kind, entry: &mut Entry) {
    let (field, value) = (entry.field, entry.value);
    let hours = value / HOUR_S;
    match (kind, field) {
        (Kind::Part(part), Field::Input(Input::Mttf)) => part.mttf_hours = hours,
        (Kind::Part(part), Field::Input(Input::Mttr)) => part.mttr_hours = hours,
        (Kind::Known(known), Field::Input(Input::Mttr)) => known.mttr_hours = hours,
        // What was not typed anew keeps digits that a number next to 1 has no room for.
        (Kind::Known(Known { availability, .. }), Field::Availability) if (availability.up - value).abs() > 0.0 => {
            let down = crate::theory::complement(value);
            *availability = Share { up: value, down };
        }
        (Kind::Built(inputs), Field::Input(input)) => inputs.set(input, value),
        (Kind::Parallel { needed, blocks }, Field::Input(Input::Needed)) => {
            let expected = Range::closed("", (1.0, blocks.len() as f64));
            if expected.has(value) {
                *needed = value as u32;
            } else {
                entry.wrong = Some(Wrong::Range { found: value, expected });
            }
        }
        _ => {}
    }
}

/// The diagram of a file.
fn diagram(text: &str) -> Result<Block, Vec<Problem>> {
    match Request::parse(text)?.model {
        Model::Composite(composite) => Ok(composite.block),
        other => {
            let wrong = Wrong::Family { found: format!("\"{}\"", other.family()), right: vec!["composite"] };
            Err(vec![Problem { field: "family".into(), wrong }])
        }
    }
}

#[cfg(test)]
mod tests;
