//! What a rule asks of a query: `application/x-www-form-urlencoded`, as browsers write it.

use super::QueryParam;
use std::borrow::Cow;

/// The values that `wanted` gives names to, if the query has all of it; of a parameter that is there twice, the first
/// counts. A value that is no text matches nothing.
pub(super) fn matched<'w>(wanted: &'w [QueryParam], query: Option<&str>) -> Option<Vec<(&'w str, String)>> {
    let mut found = Vec::new();
    for param in wanted {
        let value = value(query.unwrap_or_default(), &param.name)?;
        match param.capture() {
            Some(_) if value.is_empty() || value.chars().any(char::is_control) => return None,
            Some(name) => found.push((name, value.into_owned())),
            None if value != param.value => return None,
            None => {}
        }
    }
    Some(found)
}

/// What is left of a query when a rule has taken what it asked for: that is in the target now, or has been dealt with.
pub(super) fn without<'q>(wanted: &[QueryParam], query: &'q str) -> Cow<'q, str> {
    if wanted.is_empty() {
        return Cow::Borrowed(query);
    }
    let is_taken = |pair: &&str| {
        let name = decoded(pair.split_once('=').map_or(*pair, |(name, _)| name));
        name.is_some_and(|name| wanted.iter().any(|param| param.name == name))
    };
    Cow::Owned(query.split('&').filter(|pair| !is_taken(pair)).collect::<Vec<_>>().join("&"))
}

/// The first value of that name.
fn value<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.into_iter().find(|(key, _)| decoded(key).is_some_and(|key| key == name)).and_then(|(_, value)| decoded(value))
}

/// A name or value of a query, if it is UTF-8.
pub fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                None => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(wanted: &[(&str, &str)], query: &str) -> Option<Vec<(String, String)>> {
        let wanted: Vec<QueryParam> = wanted
            .iter()
            .map(|(name, value)| QueryParam { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect();
        let found = matched(&wanted, Some(query))?;
        Some(found.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn a_query_has_what_is_wanted_or_it_does_not() {
        for (wanted, query, matches) in [
            (&[("id", ":id")][..], "id=5", true),
            (&[("id", ":id")], "x=1&id=5&y=2", true),
            (&[("id", ":id")], "ID=5", false),
            (&[("id", ":id")], "id=", false),
            (&[("id", ":id")], "id", false),
            (&[("id", ":id")], "id=%0d%0aSet-Cookie:x", false),
            (&[("id", ":id")], "id=%ff", false),
            (&[("id", ":id")], "", false),
            (&[("ref", "old")], "ref=old", true),
            (&[("ref", "old")], "ref=new&ref=old", false),
            (&[("ref", "a b")], "ref=a+b", true),
            (&[("ref", "a b")], "r%65f=a%20b", true),
            (&[("ref", "old"), ("id", ":id")], "ref=old", false),
            (&[("ref", "old"), ("id", ":id")], "id=1&ref=old", true),
        ] {
            assert_eq!(ask(wanted, query).is_some(), matches, "{wanted:?} {query}");
        }
        assert_eq!(ask(&[("id", ":n")], "id=a%2Fb%25").unwrap(), [("n".to_owned(), "a/b%".to_owned())]);
        assert_eq!(matched(&[], None), Some(Vec::new()));
    }

    #[test]
    fn what_a_rule_asked_for_is_used_up() {
        let wanted = [QueryParam { name: "id".to_owned(), value: ":id".to_owned() }];
        for (query, rest) in
            [("id=5", ""), ("x=1&id=5&y=%202", "x=1&y=%202"), ("i%64=5&x", "x"), ("ids=5", "ids=5"), ("", "")]
        {
            assert_eq!(without(&wanted, query), rest, "{query}");
        }
        assert_eq!(without(&[], "id=5"), "id=5");
    }

    #[test]
    fn what_is_not_encoded_well_stays_as_it_is() {
        assert_eq!(decoded("100%").unwrap(), "100%");
        assert_eq!(decoded("%zz%4").unwrap(), "%zz%4");
        assert_eq!(decoded("%+a").unwrap(), "% a");
    }
}
