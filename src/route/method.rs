//! The seven methods a route may name, and sets of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A request method. Methods a route cannot name are [`Method::Other`], which no route admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Method {
    /// `GET`
    Get = 1,
    /// `HEAD`
    Head = 1 << 1,
    /// `POST`
    Post = 1 << 2,
    /// `PUT`
    Put = 1 << 3,
    /// `PATCH`
    Patch = 1 << 4,
    /// `DELETE`
    Delete = 1 << 5,
    /// `OPTIONS`
    Options = 1 << 6,
    /// Any other method.
    Other = 0,
}

impl Method {
    /// The seven, in the order of every list we write (reference 3.2).
    pub const SEVEN: [Self; 7] =
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Options];

    /// The method of that name; methods are case-sensitive (RFC 9110, 9.1).
    pub fn parse(name: &str) -> Self {
        Self::SEVEN.into_iter().find(|method| method.as_str() == name).unwrap_or(Self::Other)
    }

    /// The name; empty for [`Method::Other`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Other => "",
        }
    }

    /// Whether a static file can answer it.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// A set of the seven methods.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Methods(u8);

impl Methods {
    /// No method.
    pub const NONE: Self = Self(0);
    /// All seven.
    pub const ALL: Self = Self(0b0111_1111);
    /// What static files answer: `GET` and `HEAD`.
    pub const READ: Self = Self(Method::Get as u8 | Method::Head as u8);

    /// Whether the set names the method itself.
    pub const fn contains(self, method: Method) -> bool {
        self.0 & method as u8 != 0
    }

    /// Whether the set admits a request: `GET` admits `HEAD` (reference 3.4).
    pub const fn admits(self, method: Method) -> bool {
        self.effective().contains(method)
    }

    /// The set, with `HEAD` if it has `GET`.
    pub const fn effective(self) -> Self {
        if self.contains(Method::Get) { Self(self.0 | Method::Head as u8) } else { self }
    }

    /// The methods of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The methods in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The set with one more method; [`Method::Other`] adds nothing.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        Self(self.0 | method as u8)
    }

    /// Whether there is no method.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The methods, in the fixed order.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::SEVEN.into_iter().filter(move |method| self.contains(*method))
    }

    /// The names, in the fixed order.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Method::as_str).collect()
    }

    /// The value of an `Allow` header (RFC 9110, 10.2.1), such as `GET, HEAD, POST`.
    pub fn allow_header(self) -> String {
        self.names().join(", ")
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        methods.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Methods({})", self.allow_header())
    }
}

impl Serialize for Methods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for Methods {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut methods = Self::NONE;
        for name in Vec::<String>::deserialize(deserializer)? {
            match Method::parse(&name) {
                Method::Other => return Err(serde::de::Error::custom(format!("{name} is no method of a route"))),
                method => methods = methods.with(method),
            }
        }
        Ok(methods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_sensitive() {
        for method in Method::SEVEN {
            assert_eq!(Method::parse(method.as_str()), method);
            assert_eq!(Method::parse(&method.as_str().to_lowercase()), Method::Other);
        }
        for name in ["", "TRACE", "CONNECT", "PROPFIND", "GET "] {
            assert_eq!(Method::parse(name), Method::Other, "{name}");
        }
    }

    #[test]
    fn get_admits_head_and_nothing_else() {
        let get = Methods::NONE.with(Method::Get);
        let admitted: Methods = Method::SEVEN.into_iter().filter(|m| get.admits(*m)).collect();
        assert_eq!(admitted, Methods::READ);
        assert!(!Methods::NONE.with(Method::Head).admits(Method::Get));
    }

    #[test]
    fn other_methods_are_admitted_by_no_set() {
        assert!(!Methods::ALL.admits(Method::Other));
        assert!(Methods::NONE.with(Method::Other).is_empty());
    }

    #[test]
    fn allow_has_a_fixed_order() {
        let methods: Methods = [Method::Options, Method::Post, Method::Get].into_iter().collect();
        assert_eq!(methods.allow_header(), "GET, POST, OPTIONS");
        assert_eq!(methods.effective().allow_header(), "GET, HEAD, POST, OPTIONS");
        assert_eq!(Methods::ALL.allow_header(), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }

    #[test]
    fn json_is_a_list_of_names() {
        assert_eq!(serde_json::to_string(&Methods::READ).unwrap(), r#"["GET","HEAD"]"#);
        assert_eq!(serde_json::from_str::<Methods>(r#"["HEAD","GET"]"#).unwrap(), Methods::READ);
        assert!(serde_json::from_str::<Methods>(r#"["get"]"#).is_err());
    }
}
