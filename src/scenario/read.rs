//! From a JSON value to one of our types, knowing at every step where in the document that is.
//!
//! A deserializer for this one purpose, without type parameters: the code of every type is made once. General ones
//! that can be stacked made it several times over, which was a quarter of the page.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

use super::path::{Path, Step};

type Names = &'static [&'static str];

/// Reads a document; at the first thing that is wrong it gives up.
pub(super) fn read<T: DeserializeOwned>(document: &Value) -> Result<T, Error> {
    T::deserialize(Here { value: document, trail: &Trail::Start })
}

/// Why a document cannot be read. In a box, because every function on the way back hands it on.
#[derive(Debug)]
pub(super) struct Error(Box<Detail>);

#[derive(Debug)]
struct Detail {
    what: Wrong,
    place: Option<Place>,
}

/// Where something is wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) path: Path,
    /// How many of the last steps are names of variants, not of fields.
    pub(super) variants: usize,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum Wrong {
    /// This field is missing.
    Missing(&'static str),
    /// There is no such field, only these.
    Field(Names),
    /// There is no such variant, only these.
    Variant(Names),
    /// The variant has no options.
    Alone,
    /// The variant has options.
    WithOptions,
    /// Not so many items as this.
    Length(String),
    /// Something else than this.
    Type(String),
}

impl Error {
    fn new(what: Wrong) -> Self {
        Self(Box::new(Detail { what, place: None }))
    }

    /// Notes the place, unless one further inside is known.
    #[inline(never)]
    fn at(mut self, trail: &Trail<'_>) -> Self {
        self.0.place.get_or_insert_with(|| trail.place());
        self
    }

    pub(super) fn split(self) -> (Wrong, Place) {
        (self.0.what, self.0.place.unwrap_or_default())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(said: T) -> Self {
        Self::new(Wrong::Type(said.to_string()))
    }

    #[inline(never)]
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Wrong::Type(expected.to_string()))
    }

    #[inline(never)]
    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Wrong::Type(expected.to_string()))
    }

    #[inline(never)]
    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(Wrong::Length(expected.to_string()))
    }

    #[inline(never)]
    fn unknown_variant(_: &str, known: Names) -> Self {
        Self::new(Wrong::Variant(known))
    }

    #[inline(never)]
    fn unknown_field(_: &str, known: Names) -> Self {
        Self::new(Wrong::Field(known))
    }

    #[inline(never)]
    fn missing_field(field: &'static str) -> Self {
        Self::new(Wrong::Missing(field))
    }

    /// Cannot happen: a [`Value`] has each field once.
    #[inline(never)]
    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Wrong::Missing(field))
    }
}

/// The way from the start of the document; its steps live on the stack.
enum Trail<'a> {
    Start,
    Key(&'a Trail<'a>, &'a str),
    Index(&'a Trail<'a>, usize),
    Variant(&'a Trail<'a>, &'a str),
}

impl Trail<'_> {
    fn place(&self) -> Place {
        let (mut steps, mut trail, mut variants) = (Vec::new(), self, 0);
        loop {
            let (before, step) = match *trail {
                Trail::Start => break,
                Trail::Key(before, key) => (before, Step::Key(key.to_owned())),
                Trail::Index(before, index) => (before, Step::Index(index)),
                Trail::Variant(before, name) => {
                    variants += usize::from(variants == steps.len());
                    (before, Step::Key(name.to_owned()))
                }
            };
            steps.push(step);
            trail = before;
        }
        steps.reverse();
        Place { path: Path(steps), variants }
    }
}

/// A value and where it stands.
#[derive(Clone, Copy)]
struct Here<'a> {
    value: &'a Value,
    trail: &'a Trail<'a>,
}

impl Here<'_> {
    #[inline(never)]
    fn wrong(self, what: Wrong) -> Error {
        Error::new(what).at(self.trail)
    }

    #[inline(never)]
    fn expected(self, expected: &dyn Expected) -> Error {
        self.wrong(Wrong::Type(expected.to_string()))
    }

    fn unsigned<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_u64() {
            Some(number) => visitor.visit_u64(number).map_err(|error: Error| error.at(self.trail)),
            None => Err(self.expected(&visitor)),
        }
    }

    fn items<'de, V: Visitor<'de>>(self, items: &[Value], visitor: V) -> Result<V::Value, Error> {
        let items = Items { rest: items.iter(), index: 0, trail: self.trail };
        visitor.visit_seq(items).map_err(|error: Error| error.at(self.trail))
    }

    fn fields<'de, V: Visitor<'de>>(self, fields: &Map<String, Value>, visitor: V) -> Result<V::Value, Error> {
        let fields = Fields { rest: fields.iter(), now: None, trail: self.trail };
        visitor.visit_map(fields).map_err(|error: Error| error.at(self.trail))
    }
}

impl<'de> Deserializer<'de> for Here<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => self.deserialize_unit(visitor),
            Value::Bool(_) => self.deserialize_bool(visitor),
            Value::Number(number) if number.is_u64() => self.deserialize_u64(visitor),
            Value::Number(number) if number.is_i64() => self.deserialize_i64(visitor),
            Value::Number(number) => {
                visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)).map_err(|error: Error| error.at(self.trail))
            }
            Value::String(_) => self.deserialize_str(visitor),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_unit() } else { Err(self.expected(&visitor)) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.unsigned(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.unsigned(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.unsigned(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.unsigned(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_i64() {
            Some(number) => visitor.visit_i64(number).map_err(|error: Error| error.at(self.trail)),
            None => self.unsigned(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_str() {
            Some(text) => visitor.visit_str(text).map_err(|error: Error| error.at(self.trail)),
            None => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_array() {
            Some(items) => self.items(items, visitor),
            None => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_array() {
            Some(items) if items.len() == len => self.items(items, visitor),
            Some(_) => Err(self.wrong(Wrong::Length(visitor_says(&visitor)))),
            None => Err(self.expected(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.as_object() {
            Some(fields) => self.fields(fields, visitor),
            None => Err(self.expected(&visitor)),
        }
    }

    /// Always from an object: fields without their names would be read, but not checked.
    fn deserialize_struct<V: Visitor<'de>>(self, _: &str, _: Names, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &str, variants: Names, visitor: V) -> Result<V::Value, Error> {
        let (name, options) = match self.value {
            Value::String(name) => (name, None),
            Value::Object(fields) if fields.len() == 1 => match fields.iter().next() {
                Some((name, options)) => (name, Some(options)),
                None => return Err(self.wrong(Wrong::Variant(variants))),
            },
            _ => return Err(self.wrong(Wrong::Variant(variants))),
        };
        visitor.visit_enum(Variant { name, options, trail: self.trail })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 f32 f64 char bytes byte_buf unit_struct newtype_struct tuple_struct identifier ignored_any
    }
}

/// What a visitor would like to see.
#[inline(never)]
fn visitor_says(visitor: &dyn Expected) -> String {
    visitor.to_string()
}

struct Items<'a> {
    rest: std::slice::Iter<'a, Value>,
    index: usize,
    trail: &'a Trail<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Here { value, trail: &Trail::Index(self.trail, index) }).map(Some)
    }
}

struct Fields<'a> {
    rest: map::Iter<'a>,
    now: Option<(&'a str, &'a Value)>,
    trail: &'a Trail<'a>,
}

impl Fields<'_> {
    #[inline(never)]
    fn step(&mut self) -> Option<&str> {
        self.now = self.rest.next().map(|(name, value)| (name.as_str(), value));
        self.now.map(|(name, _)| name)
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let trail = self.trail;
        let Some(name) = self.step() else { return Ok(None) };
        match seed.deserialize(StrDeserializer::new(name)) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(Error::at(error, &Trail::Key(trail, name))),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let (name, value) = self.now.unwrap_or(("", &Value::Null));
        seed.deserialize(Here { value, trail: &Trail::Key(self.trail, name) })
    }
}

/// A name, alone or with its options: `"heal"`, `{"thaw": {"on": "master"}}`.
#[derive(Clone, Copy)]
struct Variant<'a> {
    name: &'a str,
    options: Option<&'a Value>,
    trail: &'a Trail<'a>,
}

impl Variant<'_> {
    #[inline(never)]
    fn wrong(self, what: Wrong) -> Error {
        Error::new(what).at(&Trail::Variant(self.trail, self.name))
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        match seed.deserialize(StrDeserializer::new(self.name)) {
            Ok(variant) => Ok((variant, self)),
            Err(error) => Err(Error::at(error, self.trail)),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.options.is_none_or(Value::is_null) { Ok(()) } else { Err(self.wrong(Wrong::Alone)) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let Some(value) = self.options else { return Err(self.wrong(Wrong::WithOptions)) };
        seed.deserialize(Here { value, trail: &Trail::Variant(self.trail, self.name) })
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let Some(value) = self.options else { return Err(self.wrong(Wrong::WithOptions)) };
        Here { value, trail: &Trail::Variant(self.trail, self.name) }.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: Names, visitor: V) -> Result<V::Value, Error> {
        match self.options {
            Some(Value::Object(fields)) => {
                let trail = &Trail::Variant(self.trail, self.name);
                Here { value: &Value::Null, trail }.fields(fields, visitor)
            }
            _ => Err(self.wrong(Wrong::WithOptions)),
        }
    }
}
