//! JSON in which no field stands twice. The usual reader keeps the last of the two, and nobody would know which one counts.

use std::fmt::{self, Write};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

/// Why a text could not be read.
pub(super) enum Unread {
    /// It is no JSON.
    Json(serde_json::Error),
    /// This field stands twice.
    Twice(String),
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Json, Unread> {
    let (mut path, mut twice) = (String::new(), false);
    let mut reader = serde_json::Deserializer::from_str(text);
    let json = Strict { path: &mut path, twice: &mut twice }.deserialize(&mut reader);
    match json.and_then(|json| reader.end().map(|()| json)) {
        Ok(json) => Ok(json),
        Err(_) if twice => Err(Unread::Twice(path)),
        Err(error) => Err(Unread::Json(error)),
    }
}

/// Reads one value. Where it stops, the path is that of the field that stands twice.
struct Strict<'a> {
    path: &'a mut String,
    twice: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let here = self.path.len();
        let mut items = Vec::new();
        loop {
            let _ = write!(self.path, "[{}]", items.len());
            match list.next_element_seed(Strict { path: &mut *self.path, twice: &mut *self.twice })? {
                Some(item) => items.push(item),
                None => break,
            }
            self.path.truncate(here);
        }
        self.path.truncate(here);
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let here = self.path.len();
        let mut fields = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            self.path.push_str(if here > 0 { "." } else { "" });
            self.path.push_str(&name);
            if fields.contains_key(&name) {
                *self.twice = true;
                return Err(A::Error::custom("stands twice"));
            }
            let value = object.next_value_seed(Strict { path: &mut *self.path, twice: &mut *self.twice })?;
            fields.insert(name, value);
            self.path.truncate(here);
        }
        Ok(Json::Object(fields))
    }
}
