//! What a rule may ask of the client: its language, its country, its cookies, the roles of its user.
//!
//! What is not known is not met: without a language, a country or a user there is no match.

use crate::limits::COOKIE_HEADER_BYTES_MAX;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Conditions of a rule. All that are given must be met; of the values of one, any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// Language tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub language: Vec<String>,
    /// Countries (ISO 3166-1 alpha-2), in lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub country: Vec<String>,
    /// Names of cookies, which only need to be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookie: Vec<String>,
    /// Roles of the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub role: Vec<String>,
}

/// What is known of the client. What is `None` or empty is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Client<'r> {
    /// Its `Accept-Language`, several lines joined by `, `.
    pub accept_language: Option<&'r str>,
    /// Its `Cookie`, several lines joined by `; `.
    pub cookie: Option<&'r str>,
    /// Its country, from whom the operator trusts.
    pub country: Option<&'r str>,
    /// The roles of its user, if there is one.
    pub roles: &'r [&'r str],
}

/// What of the client a choice depended on, for `Vary` (RFC 9110, 12.5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Varies(u8);

impl Varies {
    /// Nothing.
    pub const NOTHING: Self = Self(0);
    /// `Accept-Language`.
    pub const LANGUAGE: Self = Self(1);
    /// `Cookie`.
    pub const COOKIE: Self = Self(1 << 1);
    /// The field that says the country.
    pub const COUNTRY: Self = Self(1 << 2);
    /// Whatever says who the user is.
    pub const USER: Self = Self(1 << 3);

    /// The dependencies of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the choice is everyone's.
    pub const fn is_nothing(self) -> bool {
        self.0 == 0
    }

    /// The fields that `Vary` names. `country` is the field that the operator trusts; without one, the country of
    /// nobody is known, and the answer is the same for all.
    pub fn fields(self, country: Option<&str>) -> Vec<&str> {
        [
            (Self::LANGUAGE, Some("accept-language")),
            (Self::COOKIE.union(Self::USER), Some("cookie")),
            (Self::USER, Some("authorization")),
            (Self::COUNTRY, country),
        ]
        .into_iter()
        .filter(|(kind, _)| self.0 & kind.0 != 0)
        .filter_map(|(_, field)| field)
        .collect()
    }
}

impl Conditions {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.varies().is_nothing()
    }

    /// What of the client they look at.
    pub fn varies(&self) -> Varies {
        [
            (&self.language, Varies::LANGUAGE),
            (&self.cookie, Varies::COOKIE),
            (&self.country, Varies::COUNTRY),
            (&self.role, Varies::USER),
        ]
        .into_iter()
        .filter(|(values, _)| !values.is_empty())
        .fold(Varies::NOTHING, |all, (_, kind)| all.union(kind))
    }

    /// Whether a client meets them. `language` is the best of its languages ([`super::RedirectTable`]).
    pub fn are_met<'t>(&self, client: &Client<'_>, language: impl FnOnce() -> Option<Cow<'t, str>>) -> bool {
        let any = |wanted: &[String], met: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| met(w));
        any(&self.role, &|role| client.roles.contains(&role))
            && any(&self.country, &|country| client.country.is_some_and(|known| known.eq_ignore_ascii_case(country)))
            && any(&self.cookie, &|name| client.cookie.is_some_and(|header| has_cookie(header, name)))
            && (self.language.is_empty()
                || language().is_some_and(|best| self.language.iter().any(|wanted| is_within(&best, wanted))))
    }
}

/// Whether `tag` is `range` or one of its variants: `de-AT` is within `de` (RFC 4647, 3.3.1).
fn is_within(tag: &str, range: &str) -> bool {
    let (tag, range) = (tag.as_bytes(), range.as_bytes());
    tag.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range))
        && matches!(tag.get(range.len()), None | Some(b'-'))
}

/// Whether a `Cookie` header has a cookie of that name.
fn has_cookie(header: &str, name: &str) -> bool {
    let header = &header[..header.floor_char_boundary(COOKIE_HEADER_BYTES_MAX)];
    header.split(';').filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('=')).any(|(key, _)| key == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn met(conditions: &Conditions, client: Client<'_>, language: Option<&str>) -> bool {
        conditions.are_met(&client, || language.map(Cow::Borrowed))
    }

    #[test]
    fn a_cookie_needs_to_be_there() {
        let conditions = Conditions { cookie: texts(&["beta", "team"]), ..Conditions::default() };
        for (header, is_met) in [
            ("beta=1", true),
            ("a=b; team=", true),
            ("Beta=1", false),
            ("beta", false),
            ("xbeta=1", false),
            ("a=beta=1", false),
            ("", false),
        ] {
            assert_eq!(
                met(&conditions, Client { cookie: Some(header), ..Client::default() }, None),
                is_met,
                "{header}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_not_met() {
        for conditions in [
            Conditions { language: texts(&["de"]), ..Conditions::default() },
            Conditions { country: texts(&["ch"]), ..Conditions::default() },
            Conditions { cookie: texts(&["a"]), ..Conditions::default() },
            Conditions { role: texts(&["admin"]), ..Conditions::default() },
        ] {
            assert!(!met(&conditions, Client::default(), None), "{conditions:?}");
        }
        assert!(met(&Conditions::default(), Client::default(), None));
    }

    #[test]
    fn all_conditions_and_any_of_the_values() {
        let conditions = Conditions {
            language: texts(&["de", "fr-CH"]),
            country: texts(&["ch", "li"]),
            role: texts(&["admin", "editor"]),
            ..Conditions::default()
        };
        let client = Client { country: Some("CH"), roles: &["reader", "editor"], ..Client::default() };
        for (language, is_met) in
            [("de", true), ("DE-at", true), ("fr-CH", true), ("fr", false), ("den", false), ("d", false)]
        {
            assert_eq!(met(&conditions, client, Some(language)), is_met, "{language}");
        }
        assert!(!met(&conditions, Client { country: Some("AT"), ..client }, Some("de")));
        assert!(!met(&conditions, Client { roles: &["reader"], ..client }, Some("de")));
    }

    #[test]
    fn vary_names_what_was_looked_at() {
        let conditions = Conditions { country: texts(&["ch"]), role: texts(&["a"]), ..Conditions::default() };
        assert_eq!(conditions.varies().fields(Some("x-country")), ["cookie", "authorization", "x-country"]);
        assert_eq!(conditions.varies().fields(None), ["cookie", "authorization"]);
        assert!(Conditions::default().varies().fields(None).is_empty());
        assert_eq!(Varies::LANGUAGE.union(Varies::COOKIE).fields(None), ["accept-language", "cookie"]);
    }
}
