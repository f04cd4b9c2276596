//! From our types to JSON.
//!
//! One plain serializer that makes the text of a file, as `serde_json` would: its own is copied into the code of
//! every type, once for texts and once more for values, and the page has to fetch all that. Values are read from
//! the text.

use std::fmt::{self, Write};

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    Serializer,
};
use serde_json::Value;

type Name = &'static str;
type Done = Result<(), fmt::Error>;

/// As the text of a file.
pub fn to_text(contents: &impl Serialize) -> String {
    let mut writer = Writer::default();
    contents.serialize(&mut writer).expect("what a scenario holds can be written as JSON");
    writer.text
}

/// As a JSON value.
pub fn to_value(contents: &impl Serialize) -> Value {
    serde_json::from_str(&to_text(contents)).expect("what was written as JSON is JSON")
}

#[derive(Default)]
struct Writer {
    text: String,
    depth: usize,
    /// Nothing stands in the innermost brackets yet.
    empty: bool,
}

impl Writer {
    #[inline(never)]
    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.depth += 1;
        self.empty = true;
    }

    #[inline(never)]
    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if !self.empty {
            self.line();
        }
        self.text.push(bracket);
        self.empty = false;
    }

    #[inline(never)]
    fn item(&mut self) {
        if !self.empty {
            self.text.push(',');
        }
        self.empty = false;
        self.line();
    }

    fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    #[inline(never)]
    fn name(&mut self, name: &str) -> Done {
        self.item();
        self.quoted(name)?;
        self.text.push_str(": ");
        Ok(())
    }

    #[inline(never)]
    fn number(&mut self, number: impl fmt::Display) -> Done {
        write!(self.text, "{number}")
    }

    #[inline(never)]
    fn quoted(&mut self, text: &str) -> Done {
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.text.extend(['\\', letter]),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\0'..' ' => write!(self.text, "\\u{:04x}", u32::from(letter))?,
                _ => self.text.push(letter),
            }
        }
        self.text.push('"');
        Ok(())
    }
}

/// What no scenario holds.
macro_rules! never {
    ($($name:ident $kind:ty),*) => {
        $(fn $name(self, _: $kind) -> Done {
            Err(fmt::Error)
        })*
    };
}

impl Serializer for &mut Writer {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    never! { serialize_f32 f32, serialize_char char, serialize_bytes &[u8], serialize_unit_struct Name }

    fn serialize_bool(self, value: bool) -> Done {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, number: i8) -> Done {
        self.number(i64::from(number))
    }

    fn serialize_i16(self, number: i16) -> Done {
        self.number(i64::from(number))
    }

    fn serialize_i32(self, number: i32) -> Done {
        self.number(i64::from(number))
    }

    fn serialize_i64(self, number: i64) -> Done {
        self.number(number)
    }

    fn serialize_u8(self, number: u8) -> Done {
        self.number(u64::from(number))
    }

    fn serialize_u16(self, number: u16) -> Done {
        self.number(u64::from(number))
    }

    fn serialize_u32(self, number: u32) -> Done {
        self.number(u64::from(number))
    }

    fn serialize_u64(self, number: u64) -> Done {
        self.number(number)
    }

    /// A draft may hold one, and is told that it must not.
    fn serialize_f64(self, number: f64) -> Done {
        write!(self.text, "{number:?}")
    }

    fn serialize_str(self, text: &str) -> Done {
        self.quoted(text)
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_variant(self, _: Name, _: u32, variant: Name) -> Done {
        self.quoted(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: Name, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: Name, _: u32, variant: Name, value: &T) -> Done {
        self.open('{');
        self.name(variant)?;
        value.serialize(&mut *self)?;
        self.close('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, fmt::Error> {
        self.open('[');
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, fmt::Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: Name, _: usize) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_variant(
        self,
        _: Name,
        _: u32,
        _: Name,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Err(fmt::Error)
    }

    /// Only drafts have maps: JSON values that are edited before they are read as a scenario.
    fn serialize_map(self, _: Option<usize>) -> Result<Self, fmt::Error> {
        self.open('{');
        Ok(self)
    }

    fn serialize_struct(self, _: Name, _: usize) -> Result<Self, fmt::Error> {
        self.open('{');
        Ok(self)
    }

    fn serialize_struct_variant(self, _: Name, _: u32, variant: Name, _: usize) -> Result<Self, fmt::Error> {
        self.open('{');
        self.name(variant)?;
        self.open('{');
        Ok(self)
    }
}

impl SerializeMap for &mut Writer {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.item();
        key.serialize(&mut **self)?;
        self.text.push_str(": ");
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(&mut **self)
    }

    fn end(self) -> Done {
        self.close('}');
        Ok(())
    }
}

impl SerializeSeq for &mut Writer {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item();
        value.serialize(&mut **self)
    }

    fn end(self) -> Done {
        self.close(']');
        Ok(())
    }
}

impl SerializeTuple for &mut Writer {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Done {
        self.close(']');
        Ok(())
    }
}

impl SerializeStruct for &mut Writer {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: Name, value: &T) -> Done {
        self.name(name)?;
        value.serialize(&mut **self)
    }

    fn end(self) -> Done {
        self.close('}');
        Ok(())
    }
}

impl SerializeStructVariant for &mut Writer {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: Name, value: &T) -> Done {
        SerializeStruct::serialize_field(self, name, value)
    }

    fn end(self) -> Done {
        self.close('}');
        self.close('}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, presets};
    use super::*;

    #[test]
    fn a_draft_is_written_whatever_stands_in_it() {
        let draft = serde_json::json!({
            "version": 1, "seed": -2, "title": { "en": "a \"b\"\n", "zh": "…" }, "none": null, "half": 0.5, "huge": 1e300,
            "list": [true, {}, [], { "x": [1, 2] }],
        });
        assert_eq!(to_value(&draft), draft);
    }

    #[test]
    fn a_scenario_is_written_as_serde_json_writes_it() {
        let everything = include_str!("../../tests/data/everything.json");
        let cluster = include_str!("../../tests/data/cluster.json");
        let pool = include_str!("../../tests/data/pool.json");
        for text in presets().iter().map(|preset| preset.json).chain([everything, cluster, pool]) {
            let mut scenario = parse(text).expect("a valid scenario");
            scenario.title.en.push_str("\"\\/\u{0}\u{1f}\n\r\t\u{8}\u{c}\u{7f}é😀");
            assert_eq!(to_text(&scenario), serde_json::to_string_pretty(&scenario).unwrap());
            assert_eq!(to_value(&scenario), serde_json::to_value(&scenario).unwrap());
        }
    }
}
