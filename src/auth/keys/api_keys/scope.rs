//! What a key may do.

use crate::error::{Code, Error, Result};
use crate::limits;
use serde::{Deserialize, Serialize};

/// May call every function of the project.
const INVOKE: &str = "functions:invoke";

/// Scopes of a key. Serialised as the list of texts they were asked for with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Scopes {
    invoke: Invoke,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Invoke {
    All,
    /// Sorted names.
    These(Vec<String>),
}

impl Scopes {
    /// Every function.
    pub const fn all() -> Self {
        Self { invoke: Invoke::All }
    }

    /// Reads `functions:invoke`, and `functions:invoke:<name>` for single functions. With both, all are meant.
    ///
    /// # Errors
    /// `BAD_FIELD` for none, too many, or one that there is not.
    pub fn parse(texts: &[String]) -> Result<Self> {
        let refused = |message: String| Error::new(Code::BadField, message).detail("field", "scopes");
        if texts.is_empty() || texts.len() > limits::API_KEY_SCOPES_MAX {
            return Err(refused(format!("A key has 1 to {} scopes.", limits::API_KEY_SCOPES_MAX)));
        }
        let mut invoke = Invoke::These(Vec::new());
        for text in texts {
            match (text.strip_prefix(INVOKE), &mut invoke) {
                (Some(""), invoke) => *invoke = Invoke::All,
                (Some(name), invoke) if name.strip_prefix(':').is_some_and(is_function_name) => {
                    if let Invoke::These(names) = invoke {
                        names.push(name.trim_start_matches(':').to_owned());
                    }
                }
                _ => {
                    let message = "A scope is `functions:invoke`, or `functions:invoke:NAME` for one function.";
                    return Err(refused(message.to_owned()));
                }
            }
        }
        if let Invoke::These(names) = &mut invoke {
            names.sort_unstable();
            names.dedup();
        }
        Ok(Self { invoke })
    }

    /// Whether a function may be called.
    pub fn allow_invoke(&self, function: &str) -> bool {
        match &self.invoke {
            Invoke::All => true,
            Invoke::These(names) => names.iter().any(|name| name == function),
        }
    }

    /// The texts they are asked for with.
    pub fn texts(&self) -> Vec<String> {
        match &self.invoke {
            Invoke::All => vec![INVOKE.to_owned()],
            Invoke::These(names) => names.iter().map(|name| format!("{INVOKE}:{name}")).collect(),
        }
    }
}

impl TryFrom<Vec<String>> for Scopes {
    type Error = String;

    fn try_from(texts: Vec<String>) -> std::result::Result<Self, String> {
        Self::parse(&texts).map_err(|error| error.message)
    }
}

impl From<Scopes> for Vec<String> {
    fn from(scopes: Scopes) -> Self {
        scopes.texts()
    }
}

/// `^[A-Za-z0-9_-]{1,64}$` (reference 3.3).
fn is_function_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(texts: &[&str]) -> Result<Scopes> {
        Scopes::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_scope_names_functions_or_means_all() {
        let some = scopes(&["functions:invoke:b", "functions:invoke:a", "functions:invoke:b"]).unwrap();
        assert_eq!(some.texts(), ["functions:invoke:a", "functions:invoke:b"]);
        assert!(some.allow_invoke("a") && !some.allow_invoke("c") && !some.allow_invoke("") && !some.allow_invoke("A"));
        let all = scopes(&["functions:invoke:a", "functions:invoke"]).unwrap();
        assert_eq!(all, Scopes::all());
        assert!(all.allow_invoke("anything"));
        assert_eq!(serde_json::from_str::<Scopes>(&serde_json::to_string(&some).unwrap()).unwrap(), some);
    }

    #[test]
    fn what_is_no_scope_grants_nothing() {
        let many = vec!["functions:invoke:a"; limits::API_KEY_SCOPES_MAX + 1];
        for texts in [
            &[][..],
            &[""],
            &["functions:*"],
            &["functions:invoke:"],
            &["functions:invoke::a"],
            &["functions:invoke:a b"],
            &["functions:invokes"],
            &["Functions:invoke"],
            &["functions:invoke:*"],
            &many,
        ] {
            assert_eq!(scopes(texts).unwrap_err().code, Code::BadField, "{texts:?}");
        }
    }
}
