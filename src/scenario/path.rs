//! Paths into a JSON document, and walking along them.

use std::fmt;

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Where something stands in a document. Written `faults.scheduled[2].do`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    #[must_use]
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    #[must_use]
    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    #[must_use]
    pub(super) fn parent(&self) -> Self {
        Self(self.0.split_last().map_or(Vec::new(), |(_, parent)| parent.to_vec()))
    }

    /// The path of `a.b[0].c`; for paths that are written in the code.
    pub(super) fn of(text: &str) -> Self {
        let mut steps = Vec::new();
        for part in text.split('.').filter(|part| !part.is_empty()) {
            let (name, indexes) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
            if !name.is_empty() {
                steps.push(Step::Key(name.to_owned()));
            }
            let indexes = indexes.split(['[', ']']).filter_map(|index| index.parse().ok());
            steps.extend(indexes.map(Step::Index));
        }
        Self(steps)
    }

    /// Whether one of the two leads to the other.
    pub(super) fn touches(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }

    pub(super) fn look<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    pub(super) fn look_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Index(index) => value.get_mut(index),
        })
    }

    /// Takes what stands there out of the document; false if nothing does.
    pub(super) fn remove(&self, value: &mut Value) -> bool {
        let Some((last, parent)) = self.0.split_last() else { return false };
        match (Self(parent.to_vec()).look_mut(value), last) {
            (Some(Value::Object(fields)), Step::Key(key)) => fields.remove(key).is_some(),
            (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
                items.remove(*index);
                true
            }
            _ => false,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => write!(f, "{}{key}", if place == 0 { "" } else { "." })?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Calls `found` for every value that a pattern such as `faults.scheduled[].at_us` meets; `[]` is every item.
pub(super) fn visit(value: &Value, pattern: &str, found: &mut impl FnMut(&Path, &Value)) {
    fn go(value: &Value, pattern: &str, at: &Path, found: &mut impl FnMut(&Path, &Value)) {
        let pattern = pattern.strip_prefix('.').unwrap_or(pattern);
        if pattern.is_empty() {
            found(at, value);
        } else if let Some(rest) = pattern.strip_prefix("[]") {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                go(item, rest, &at.index(index), found);
            }
        } else {
            let end = pattern.find(['.', '[']).unwrap_or(pattern.len());
            let (key, rest) = pattern.split_at(end);
            if let Some(field) = value.get(key) {
                go(field, rest, &at.key(key), found);
            }
        }
    }
    go(value, pattern, &Path::default(), found);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pattern_meets_every_item() {
        let document = json!({"a": [{"b": [1, 2]}, {"c": 0}, {"b": [3]}]});
        let mut met = Vec::new();
        visit(&document, "a[].b[]", &mut |path, value| met.push(format!("{path}={value}")));
        assert_eq!(met, ["a[0].b[0]=1", "a[0].b[1]=2", "a[2].b[0]=3"]);
    }

    #[test]
    fn a_path_reads_as_it_is_written() {
        let path = Path::of("faults.scheduled[2].do");
        assert_eq!(path.to_string(), "faults.scheduled[2].do");
        assert!(path.touches(&Path::of("faults")) && !path.touches(&Path::of("faults.random")));
    }
}
