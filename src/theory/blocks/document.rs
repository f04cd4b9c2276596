//! Block diagrams as JSON: read field by field like every model, and written so that they are read again.

use serde_json::{Map, Value as Json};

use super::super::explore::{Amount, Architecture, Inputs};
use super::super::fields::{Fields, HasFields};
use super::super::limits;
use super::super::models::Single;
use super::super::problem::{Range, Wrong};
use super::{ARCHITECTURES, Block, Kind, Known};

impl HasFields for Block {
    fn fields(&mut self, at: &mut Fields) {
        at.optional_text("name", &mut self.name, limits::NAME_CHARS);
        if at.is_reading() {
            self.kind = meant(at);
        }
        match &mut self.kind {
            Kind::Part(part) => part.fields(at),
            Kind::Known(known) => {
                at.availability("availability", &mut known.availability);
                at.hours("mttr_hours", &mut known.mttr_hours);
            }
            Kind::Built(inputs) => built(inputs, at),
            Kind::Series(blocks) => at.parts("series", blocks, limits::BLOCKS),
            Kind::Parallel { needed, blocks } => {
                at.parts("parallel", blocks, limits::BLOCKS);
                let most = if blocks.is_empty() { limits::BLOCKS } else { blocks.len() };
                at.count("needed", needed, (1, most as u32));
            }
        }
    }
}

/// What a block of the document is, by what is said of it.
fn meant(at: &Fields) -> Kind {
    if at.has("series") {
        Kind::Series(Vec::new())
    } else if at.has("parallel") {
        Kind::Parallel { needed: 1, blocks: Vec::new() }
    } else if at.has("architecture") {
        Kind::Built(Box::new(Inputs::of(Architecture::Pair)))
    } else if at.has("availability") {
        Kind::Known(Known::default())
    } else {
        Kind::Part(Single::default())
    }
}

/// Reads the inputs of an architecture, under the names and in the units of the models.
fn built(inputs: &mut Inputs, at: &mut Fields) {
    let words = ARCHITECTURES.map(|one| (one.name(), one));
    at.word("architecture", &mut inputs.architecture, true, &words);
    if !at.is_fine() {
        return at.give_up();
    }
    for &input in inputs.architecture.inputs() {
        let (name, unit, factor) = input.field();
        if input.amount() == Amount::Count {
            let mut count = inputs.get(input) as u32;
            at.count(name, &mut count, (1, limits::NODES));
            inputs.set(input, f64::from(count));
        } else {
            let range = input.range();
            let mut number = inputs.get(input) / factor;
            at.number(name, &mut number, Range { unit, from: range.from / factor, to: range.to / factor, ..range });
            inputs.set(input, number * factor);
        }
    }
    if !at.is_fine() {
        return;
    }
    for complaint in inputs.answer().err().unwrap_or_default() {
        match complaint.input {
            Some(input) => at.wrong(input.field().0, complaint.wrong),
            None => at.wrong_here(complaint.wrong),
        }
    }
}

/// Checks how many blocks there are and how they lie within each other.
pub(in crate::theory) fn check_size(block: &Block, at: &mut Fields) {
    let (found, most) = (block.count(), limits::BLOCKS);
    if found > most {
        at.wrong("block", Wrong::Items { found, most });
    }
    let (found, most) = (block.depth(), limits::BLOCK_DEPTH);
    if found > most {
        at.wrong("block", Wrong::Deep { found, most });
    }
}

/// A diagram as a question that `halab theory` answers.
pub fn written(block: &Block) -> String {
    let params = [("model".to_owned(), "blocks".into()), ("block".to_owned(), json(block))];
    let question =
        [("family".to_owned(), "composite".into()), ("params".to_owned(), Json::Object(params.into_iter().collect()))];
    let question = Json::Object(question.into_iter().collect());
    serde_json::to_string_pretty(&question).unwrap_or_default()
}

fn json(block: &Block) -> Json {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Json| fields.insert(name.to_owned(), value);
    if !block.name.is_empty() {
        put("name", block.name.as_str().into());
    }
    let list = |blocks: &[Block]| Json::Array(blocks.iter().map(json).collect());
    match &block.kind {
        Kind::Part(part) => {
            put("mttf_hours", part.mttf_hours.into());
            put("mttr_hours", part.mttr_hours.into());
        }
        Kind::Known(known) => {
            put("availability", known.availability.text().into());
            put("mttr_hours", known.mttr_hours.into());
        }
        Kind::Built(inputs) => {
            put("architecture", inputs.architecture.name().into());
            for &input in inputs.architecture.inputs() {
                let (name, _, factor) = input.field();
                let value = inputs.get(input) / factor;
                put(name, if input.amount() == Amount::Count { (value as u32).into() } else { value.into() });
            }
        }
        Kind::Series(blocks) => {
            put("series", list(blocks));
        }
        Kind::Parallel { needed, blocks } => {
            put("needed", (*needed).into());
            put("parallel", list(blocks));
        }
    }
    Json::Object(fields)
}
