//! A reader of JSON values for serde that knows where it is when something is wrong.
//!
//! The crate `serde_path_to_error` does the same for every reader; wrapped around everything that a scenario is
//! made of, it was a third of the whole page. This one is for [`Value`] alone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

use super::path::{Path, Step};

/// One step on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// A field.
    Key(String),
    /// An item of a list.
    Index(usize),
    /// The options of a variant.
    Variant(String),
}

/// What is wrong, and the way to it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) said: String,
    pub(super) trail: Vec<Segment>,
}

impl Wrong {
    /// The way as a path into the document.
    pub(super) fn path(&self) -> Path {
        let step = |segment: &Segment| match segment {
            Segment::Key(name) | Segment::Variant(name) => Step::Key(name.clone()),
            Segment::Index(index) => Step::Index(*index),
        };
        Path(self.trail.iter().map(step).collect())
    }
}

/// Steps are taken back only when all went well, so that after an error the way to it is left.
type Trail = RefCell<Vec<Segment>>;

/// Reads something from a value.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Wrong> {
    let trail = Trail::default();
    T::deserialize(At { value, trail: &trail })
        .map_err(|error| Wrong { said: error.to_string(), trail: trail.into_inner() })
}

/// A value, and the way to it.
#[derive(Clone, Copy)]
struct At<'a> {
    value: &'a Value,
    trail: &'a Trail,
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(is) => Unexpected::Bool(*is),
        Value::Number(_) => Unexpected::Other("number"),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

impl<'a> At<'a> {
    fn list<V: Visitor<'a>>(self, items: &'a [Value], visitor: V) -> Result<V::Value, Error> {
        let mut list = List { items, next: 0, trail: self.trail };
        let value = visitor.visit_seq(&mut list)?;
        if list.next == items.len() {
            Ok(value)
        } else {
            Err(Error::invalid_length(items.len(), &"fewer elements in array"))
        }
    }

    fn object<V: Visitor<'a>>(self, fields: &'a serde_json::Map<String, Value>, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Object { fields: fields.iter(), value: None, trail: self.trail })
    }
}

impl<'de> Deserializer<'de> for At<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(*is),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (_, Some(number)) => visitor.visit_i64(number),
                _ => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => self.list(items, visitor),
            Value::Object(fields) => self.object(fields, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (name, contents) = match self.value {
            Value::String(name) => (name, None),
            Value::Object(fields) => match (fields.iter().next(), fields.len()) {
                (Some((name, contents)), 1) => (name, Some(contents)),
                _ => return Err(Error::invalid_value(Unexpected::Map, &"map with a single key")),
            },
            other => return Err(Error::invalid_type(unexpected(other), &"string or map")),
        };
        visitor.visit_enum(Variant { name, contents, trail: self.trail })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct List<'a> {
    items: &'a [Value],
    next: usize,
    trail: &'a Trail,
}

impl<'a> SeqAccess<'a> for &mut List<'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(value) = self.items.get(self.next) else { return Ok(None) };
        self.trail.borrow_mut().push(Segment::Index(self.next));
        self.next += 1;
        let item = seed.deserialize(At { value, trail: self.trail })?;
        self.trail.borrow_mut().pop();
        Ok(Some(item))
    }
}

struct Object<'a> {
    fields: serde_json::map::Iter<'a>,
    value: Option<&'a Value>,
    trail: &'a Trail,
}

impl<'a> MapAccess<'a> for Object<'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.fields.next() else { return Ok(None) };
        self.trail.borrow_mut().push(Segment::Key(key.clone()));
        self.value = Some(value);
        seed.deserialize(StrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let value = self.value.take().expect("a key comes before its value");
        let value = seed.deserialize(At { value, trail: self.trail })?;
        self.trail.borrow_mut().pop();
        Ok(value)
    }
}

struct Variant<'a> {
    name: &'a str,
    contents: Option<&'a Value>,
    trail: &'a Trail,
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let variant = seed.deserialize(StrDeserializer::<Error>::new(self.name))?;
        self.trail.borrow_mut().push(Segment::Variant(self.name.to_owned()));
        Ok((variant, self))
    }
}

impl<'a> Variant<'a> {
    fn at(&self) -> Option<At<'a>> {
        self.contents.map(|value| At { value, trail: self.trail })
    }

    /// The variant has been read: its step is taken back.
    fn done<T>(trail: &Trail, value: T) -> T {
        trail.borrow_mut().pop();
        value
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.contents {
            Some(value) if !value.is_null() => Err(Error::invalid_type(unexpected(value), &"unit")),
            _ => {
                self.trail.borrow_mut().pop();
                Ok(())
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Error> {
        let at = self.at().ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &"newtype variant"))?;
        seed.deserialize(at).map(|value| Self::done(self.trail, value))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        let at = self.at().ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &"tuple variant"))?;
        at.deserialize_any(visitor).map(|value| Self::done(self.trail, value))
    }

    fn struct_variant<V: Visitor<'a>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        let value = match (self.at(), self.contents) {
            (Some(at), Some(Value::Object(fields))) => at.object(fields, visitor)?,
            (_, Some(other)) => return Err(Error::invalid_type(unexpected(other), &"struct variant")),
            _ => return Err(Error::invalid_type(Unexpected::UnitVariant, &"struct variant")),
        };
        Ok(Self::done(self.trail, value))
    }
}

/// Looks for a field that stands twice in one object; gives its path.
pub(super) fn twice(text: &str) -> Option<Path> {
    let trail = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = Once { trail: &trail }.deserialize(&mut reader);
    found.err().map(|_| Path(trail.into_inner()))
}

/// Reads anything, and fails at the second of two fields with one name.
#[derive(Clone, Copy)]
struct Once<'a> {
    trail: &'a RefCell<Vec<Step>>,
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0.. {
            self.trail.borrow_mut().push(Step::Index(index));
            let more = items.next_element_seed(self)?;
            self.trail.borrow_mut().pop();
            if more.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            self.trail.borrow_mut().push(Step::Key(key.clone()));
            if !seen.insert(key) {
                return Err(A::Error::custom("twice"));
            }
            fields.next_value_seed(self)?;
            self.trail.borrow_mut().pop();
        }
        Ok(())
    }
}
