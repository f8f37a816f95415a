//! Walking JSON so that every complaint names its place.
//!
//! Deserialising by derive would say what is wrong, but rarely where, and it would take unknown fields or lose the hint
//! for them. Here each object is opened with the list of the fields it may have; both spellings of a field are the
//! same field (reference, trap 5), but only one of them may be there.

use crate::error::{Code, Error, Result};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// How alike a wrong name must be to a right one to be hinted at, from 0 to 1.
const SIMILARITY_MIN: f64 = 0.7;

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node<'v> {
    /// A dotted path, such as `routes.replace[0].pattern`.
    pub at: String,
    /// The value.
    pub value: &'v Value,
}

impl<'v> Node<'v> {
    /// The value at the top.
    pub fn root(value: &'v Value) -> Self {
        Self { at: String::new(), value }
    }

    /// `INVALID_SPEC` here.
    pub fn invalid(&self, message: impl Into<String>) -> Error {
        Error::spec(Code::InvalidSpec, &self.at, message)
    }

    /// `null` means nothing was said.
    pub fn non_null(self) -> Option<Self> {
        (!self.value.is_null()).then_some(self)
    }

    /// A string.
    pub fn string(&self) -> Result<&'v str> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// A string with something in it.
    pub fn non_empty_string(&self) -> Result<&'v str> {
        match self.string()? {
            "" => Err(self.invalid(format!("`{}` is empty.", self.name()))),
            text => Ok(text),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("true or false"))
    }

    /// A whole number from 1 to `max`.
    pub fn positive(&self, max: u64, unit: &str) -> Result<u64> {
        let number = self.value.as_u64().filter(|number| *number > 0);
        let number = number.ok_or_else(|| self.wrong_type("a whole number above zero"))?;
        if number > max {
            return Err(self.invalid(format!("`{}` is more than {max} {unit}.", self.name())).detail("max", max));
        }
        Ok(number)
    }

    /// The elements of a list.
    pub fn list(&self) -> Result<Vec<Node<'v>>> {
        let elements = self.value.as_array().ok_or_else(|| self.wrong_type("a list"))?;
        Ok(elements.iter().enumerate().map(|(i, value)| Node { at: format!("{}[{i}]", self.at), value }).collect())
    }

    /// A list of strings, each once.
    pub fn distinct_strings(&self) -> Result<Vec<String>> {
        let mut known = HashSet::new();
        let mut strings: Vec<String> = Vec::new();
        for element in self.list()? {
            let text = element.non_empty_string()?;
            if !known.insert(text) {
                return Err(element.invalid(format!("`{text}` is listed twice.")));
            }
            strings.push(text.to_owned());
        }
        Ok(strings)
    }

    /// The members of an object whose keys the author chose.
    pub fn entries(&self) -> Result<Vec<(&'v str, Node<'v>)>> {
        let members = self.map()?;
        Ok(members.iter().map(|(key, value)| (key.as_str(), Node { at: join(&self.at, key), value })).collect())
    }

    /// An object whose fields are `known`, in snake_case.
    pub fn object(&self, known: &[&'static str]) -> Result<Object<'v>> {
        self.object_with_hints(known, &[])
    }

    /// An object whose fields are `known`. `hints` say what is right instead of a name that is often written.
    pub fn object_with_hints(&self, known: &[&'static str], hints: &[(&str, &str)]) -> Result<Object<'v>> {
        let map = self.map()?;
        for key in map.keys() {
            let snake = to_snake(key);
            if !known.contains(&snake.as_str()) {
                return Err(self.unknown(key, known, hints));
            }
            if snake != *key && map.contains_key(&snake) {
                let error = Error::spec(
                    Code::InvalidSpec,
                    join(&self.at, key),
                    format!("`{key}` and `{snake}` are the same field."),
                );
                return Err(error.with_fix(json!({ "action": "remove_field", "path": join(&self.at, key) })));
            }
        }
        Ok(Object { at: self.at.clone(), map })
    }

    /// The last part of the place.
    pub fn name(&self) -> &str {
        self.at.rsplit('.').next().filter(|name| !name.is_empty()).unwrap_or("spec")
    }

    fn map(&self) -> Result<&'v Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.wrong_type("an object"))
    }

    fn wrong_type(&self, wanted: &str) -> Error {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "another number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.invalid(format!("`{}` must be {wanted}, but is {found}.", self.name())).detail("expected", wanted)
    }

    fn unknown(&self, key: &str, known: &[&'static str], hints: &[(&str, &str)]) -> Error {
        let at = join(&self.at, key);
        let mut error = Error::spec(Code::InvalidSpec, &at, format!("There is no field `{key}` here."));
        let right = hints
            .iter()
            .find(|(wrong, _)| *wrong == key)
            .map(|(_, right)| *right)
            .or_else(|| nearest(key, known.iter().copied()));
        error.fix = Some(Box::new(match right {
            Some(right) => {
                error.message = format!("There is no field `{key}` here; did you mean `{right}`?");
                error = error.detail("did_you_mean", right);
                json!({ "action": "rename_field", "path": at, "to": right })
            }
            None => json!({ "action": "remove_field", "path": at }),
        }));
        error.detail("known_fields", known.to_vec())
    }
}

/// An object whose fields are all known.
#[derive(Debug)]
pub struct Object<'v> {
    at: String,
    map: &'v Map<String, Value>,
}

impl<'v> Object<'v> {
    /// A field by its snake_case name, in either spelling; `null` is a value.
    pub fn field(&self, snake: &str) -> Option<Node<'v>> {
        let spelled = |name: &str| self.map.get_key_value(name);
        let (key, value) = spelled(snake).or_else(|| spelled(&to_camel(snake)))?;
        Some(Node { at: join(&self.at, key), value })
    }

    /// A field that is there and not `null`.
    pub fn some(&self, snake: &str) -> Option<Node<'v>> {
        self.field(snake).and_then(Node::non_null)
    }

    /// A field that must be there.
    pub fn required(&self, snake: &str) -> Result<Node<'v>> {
        self.some(snake)
            .ok_or_else(|| Error::spec(Code::InvalidSpec, join(&self.at, snake), format!("`{snake}` is missing.")))
    }
}

/// A place below another one. Keys that a dotted path would tear apart are quoted.
pub fn join(at: &str, key: &str) -> String {
    match (at.is_empty(), key.contains(['.', '[', ']', '"']) || key.is_empty()) {
        (true, false) => key.to_owned(),
        (false, false) => format!("{at}.{key}"),
        (_, true) => format!("{at}[{}]", Value::from(key)),
    }
}

/// The known name most like `name`, if one is alike.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&to_snake(name), candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `timeoutSeconds` is `timeout_seconds`.
fn to_snake(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn to_camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        camel.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        camel.push_str(chars.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open<'v>(value: &'v Value, known: &[&'static str]) -> Result<Object<'v>> {
        Node::root(value).object(known)
    }

    #[test]
    fn both_spellings_are_one_field() {
        for value in [json!({ "timeout_seconds": 1 }), json!({ "timeoutSeconds": 1 })] {
            let object = open(&value, &["timeout_seconds"]).unwrap();
            assert_eq!(object.field("timeout_seconds").unwrap().value, &json!(1));
        }
        let both = json!({ "timeout_seconds": 1, "timeoutSeconds": 1 });
        let error = open(&both, &["timeout_seconds"]).unwrap_err();
        assert_eq!((error.code, error.path()), (Code::InvalidSpec, Some("timeoutSeconds")));
    }

    #[test]
    fn an_unknown_field_is_named_with_its_nearest() {
        let value = json!({ "replcae": {} });
        let error = Node { at: "site".into(), value: &value }.object(&["replace", "patch"]).unwrap_err();
        assert_eq!(error.path(), Some("site.replcae"));
        assert_eq!(error.details["did_you_mean"], "replace");
        assert_eq!(error.fix.unwrap()["to"], "replace");
        let value = json!({ "zzz": {} });
        assert!(open(&value, &["replace"]).unwrap_err().details.get("did_you_mean").is_none());
    }

    #[test]
    fn a_key_with_a_dot_is_quoted() {
        assert_eq!(join("site.replace", "index.html"), r#"site.replace["index.html"]"#);
        assert_eq!(join("site.replace", r#"a"b"#), r#"site.replace["a\"b"]"#);
        assert_eq!(join("site", "replace"), "site.replace");
        assert_eq!(join("", "site"), "site");
        assert_eq!(join("", ""), r#"[""]"#);
    }

    #[test]
    fn whole_numbers_are_whole_positive_and_bounded() {
        let check = |value: Value| Node { at: "n".into(), value: &value }.positive(10, "seconds").ok();
        assert_eq!([check(json!(1)), check(json!(10))], [Some(1), Some(10)]);
        for wrong in [json!(0), json!(-1), json!(1.5), json!(11), json!("1"), json!(1e99), json!(null)] {
            assert_eq!(check(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn lists_of_names_have_each_once() {
        let twice = json!(["a", "b", "a"]);
        let error = Node { at: "l".into(), value: &twice }.distinct_strings().unwrap_err();
        assert_eq!(error.path(), Some("l[2]"));
        let empty = json!([""]);
        assert_eq!(Node { at: "l".into(), value: &empty }.distinct_strings().unwrap_err().path(), Some("l[0]"));
    }
}
