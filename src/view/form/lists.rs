//! Lists: how they change, and at which field a problem is shown.

use serde_json::Value;

use super::{Control, Field, pointer};

/// A list with one more item, or without the item of this field: where it stands, and what it is then.
pub fn change_list(document: &Value, field: &Field) -> Option<(String, Value)> {
    let (at, index) = match field.control {
        Control::List(_) => (field.pointer.as_str(), None),
        Control::Item(_) => field.pointer.rsplit_once('/').map(|(list, index)| (list, index.parse().ok()))?,
        _ => return None,
    };
    let mut items = document.pointer(at)?.as_array()?.clone();
    match (&field.control, index) {
        (Control::List(Some(item)), _) => items.push(item.clone()),
        (_, Some(index)) if index < items.len() => _ = items.remove(index),
        _ => return None,
    }
    Some((at.to_owned(), Value::Array(items)))
}

/// A set with one machine more or fewer: where what changes stands, and what it is then. Who comes in leaves the other
/// sets in which it may not be at the same time.
pub fn toggled(document: &Value, field: &Field, place: usize) -> Option<(String, Value)> {
    let Control::Set(choices, among) = &field.control else { return None };
    let who = &choices.get(place)?.contents;
    let mut changed = document.clone();
    let set = changed.pointer_mut(&field.pointer)?.as_array_mut()?;
    let had = set.len();
    set.retain(|one| one != who);
    if set.len() == had {
        let others = among.as_ref().and_then(|among| changed.pointer_mut(among)).and_then(Value::as_array_mut);
        for other in others.into_iter().flatten().filter_map(Value::as_array_mut) {
            other.retain(|one| one != who);
        }
        changed.pointer_mut(&field.pointer)?.as_array_mut()?.push(who.clone());
    }
    let at = among.clone().unwrap_or_else(|| field.pointer.clone());
    let value = changed.pointer(&at)?.clone();
    Some((at, value))
}

/// Which field of a page a problem is about: the one at its path; or the first of those that it encloses, or the choice or
/// set in which it stands.
pub fn field_of(fields: &[Field], path: &str) -> Option<usize> {
    let at = pointer(path);
    let encloses = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/') && rest.matches('/').count() == 1)
    };
    let holds_more =
        |field: &Field| matches!(field.control, Control::Choice(_) | Control::Present(_) | Control::Set(..));
    let is_value = |field: &Field| !matches!(field.control, Control::Item(_));
    let find = |is_it: &dyn Fn(&Field) -> bool| fields.iter().position(|field| is_value(field) && is_it(field));
    // A switch may stand above the number that it switches on.
    find(&|field| field.pointer == at && matches!(field.control, Control::Number(_)))
        .or_else(|| find(&|field| field.pointer == at))
        .or_else(|| find(&|field| encloses(&at, &field.pointer)))
        .or_else(|| find(&|field| holds_more(field) && encloses(&field.pointer, &at)))
}
