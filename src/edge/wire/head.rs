//! The header of an answer of ours.

use http::StatusCode;
use http::header::{HeaderName, HeaderValue};

/// A status and fields in their order.
///
/// A list, not a map: an answer has some ten fields, and all that is ever done with them is to write them out.
#[derive(Debug)]
pub(in crate::edge) struct Head {
    pub(in crate::edge) status: StatusCode,
    fields: Vec<(HeaderName, HeaderValue)>,
}

impl Head {
    /// Without fields, and with room for so many.
    pub(in crate::edge) fn new(status: StatusCode, fields: usize) -> Self {
        Self { status, fields: Vec::with_capacity(fields) }
    }

    /// With these fields.
    pub(in crate::edge) fn with_fields(status: StatusCode, fields: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { status, fields }
    }

    /// Sets a field: in the place of what it was before, if there was one.
    pub(in crate::edge) fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        match self.fields.iter().position(|(known, _)| *known == name) {
            None => self.fields.push((name, value)),
            Some(first) => {
                let mut index = 0;
                self.fields.retain(|(known, _)| {
                    index += 1;
                    index <= first + 1 || *known != name
                });
                self.fields[first].1 = value;
            }
        }
    }

    /// Takes a field away.
    pub(in crate::edge) fn remove(&mut self, name: &HeaderName) {
        self.fields.retain(|(known, _)| known != name);
    }

    /// The first field of a name.
    pub(in crate::edge) fn get(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// All fields of a name.
    pub(in crate::edge) fn get_all(&self, name: &HeaderName) -> impl Iterator<Item = &HeaderValue> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value)
    }

    pub(in crate::edge) fn contains(&self, name: &HeaderName) -> bool {
        self.get(name).is_some()
    }

    /// The fields, in the order in which they are sent.
    pub(in crate::edge) fn fields(&self) -> &[(HeaderName, HeaderValue)] {
        &self.fields
    }

    pub(in crate::edge) fn into_fields(self) -> Vec<(HeaderName, HeaderValue)> {
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{ETAG, SET_COOKIE, VARY};

    #[test]
    fn a_field_is_set_once_wherever_it_was() {
        let cookie = |text| (SET_COOKIE, HeaderValue::from_static(text));
        let tag = (ETAG, HeaderValue::from_static("\"1\""));
        let mut head = Head::with_fields(StatusCode::OK, vec![cookie("a=1"), tag, cookie("b=2")]);
        assert_eq!(head.get_all(&SET_COOKIE).count(), 2);
        head.insert(SET_COOKIE, HeaderValue::from_static("c=3"));
        head.insert(ETAG, HeaderValue::from_static("\"2\""));
        let written: Vec<_> = head.fields().iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
        assert_eq!(written, ["set-cookie: c=3", "etag: \"2\""]);
        head.remove(&ETAG);
        assert!(!head.contains(&ETAG) && !head.contains(&VARY));
    }
}
