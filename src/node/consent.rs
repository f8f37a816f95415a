//! Warnings that stop a change until somebody says that it is meant.

use crate::error::{Code, Error, Result};
use crate::release::warnings::{self, Warning};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

/// Which warnings the caller has read and means to go past.
#[derive(Debug, Clone, Default)]
pub struct Consent {
    all: bool,
    codes: BTreeSet<String>,
}

/// `allow_warnings` in the body of a call: for all of them, or for some.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "`allow_warnings` is true, false or a list of warning codes")]
pub enum Allowed {
    /// All of them, or none.
    All(bool),
    /// Those with one of these codes.
    Codes(Vec<String>),
}

impl Consent {
    /// Goes past everything: `portico dev`, where each save is a release.
    pub fn to_all() -> Self {
        Self { all: true, codes: BTreeSet::new() }
    }

    /// What a call says with `allow_warnings` and, as the platform's clients do, with `allow_warning_codes`.
    ///
    /// # Errors
    /// `BAD_FIELD` for a code that no warning has, with the nearest one that exists.
    pub fn of(allowed: Option<Allowed>, codes: Vec<String>) -> Result<Self> {
        let (all, listed) = match allowed {
            None => (false, Vec::new()),
            Some(Allowed::All(all)) => (all, Vec::new()),
            Some(Allowed::Codes(codes)) => (false, codes),
        };
        let codes: BTreeSet<String> = listed.into_iter().chain(codes).collect();
        for code in &codes {
            warnings::known(code).map_err(|near| unknown(code, near))?;
        }
        Ok(Self { all, codes })
    }

    /// Codes of the warnings that still stop the change.
    pub fn blocking(&self, warnings: &[Warning]) -> Vec<&'static str> {
        let stops =
            |warning: &&Warning| warning.requires_confirmation && !self.all && !self.codes.contains(warning.code);
        warnings.iter().filter(stops).map(|warning| warning.code).collect()
    }

    /// Refuses a change with warnings that need confirmation and have none.
    ///
    /// # Errors
    /// `code`, with all warnings, those that stop it, and how to go on.
    pub fn check(&self, warnings: &[Warning], code: Code) -> Result<()> {
        let blocking = self.blocking(warnings);
        let Some(first) = warnings.iter().find(|warning| blocking.contains(&warning.code)) else { return Ok(()) };
        let message = format!("Nothing has changed, because this may not be meant ({}): {}", first.code, first.message);
        let options: Vec<String> = blocking.iter().map(|code| format!("--allow-warning {code}")).collect();
        Err(Error::new(code, message)
            .detail("blocking", json!(blocking))
            .detail("warnings", json!(warnings))
            .next_action(json!({ "type": "review_warnings", "message": "Change the release, if it is not meant." }))
            .next_action(json!({
                "type": "allow_warnings",
                "message": format!("Go past them, if it is: {}.", options.join(" ")),
                "command_options": options,
                "body": { "allow_warnings": blocking },
            })))
    }
}

fn unknown(code: &str, near: Option<&'static str>) -> Error {
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_else(|| ".".to_owned());
    let error = Error::new(Code::BadField, format!("No warning has the code `{code}`{hint}"));
    let error = error.detail("field", "allow_warnings");
    match near {
        Some(near) => error.detail("did_you_mean", near),
        None => error.detail("known", warnings::CODES.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(value: serde_json::Value) -> Result<Consent> {
        Consent::of(Some(serde_json::from_value(value).unwrap()), Vec::new())
    }

    #[test]
    fn a_code_that_no_warning_has_is_told_with_the_nearest() {
        let error = consent(json!(["SITE_ENTRYPOINT_REMOVE"])).unwrap_err();
        assert_eq!((error.code, &error.details["did_you_mean"]), (Code::BadField, &json!("SITE_ENTRYPOINT_REMOVED")));
        assert!(consent(json!(["MIGRATIONS_NOT_REVERSIBLE"])).is_ok());
    }

    #[test]
    fn all_and_none_are_words_too() {
        let warning = warnings::testing("ZERO_FUNCTIONS_AFTER", true);
        let list = [warning, warnings::testing("ROUTE_TABLE_NEAR_LIMIT", false)];
        for (value, blocking) in [
            (json!(false), vec!["ZERO_FUNCTIONS_AFTER"]),
            (json!(true), vec![]),
            (json!(["ZERO_FUNCTIONS_AFTER"]), vec![]),
            (json!(["ZERO_SITE_FILES_AFTER"]), vec!["ZERO_FUNCTIONS_AFTER"]),
        ] {
            assert_eq!(consent(value.clone()).unwrap().blocking(&list), blocking, "{value}");
        }
        let error = Consent::default().check(&list, Code::DeployWarningRequiresConfirmation).unwrap_err();
        assert_eq!(error.details["warnings"].as_array().map(Vec::len), Some(2));
        assert_eq!(error.envelope(None)["next_actions"].as_array().map(Vec::len), Some(2));
    }
}
