//! The `i18n` section (reference 3.2, 3.3).

use super::walk::Node;
use crate::error::{Code, Error, Result};
use crate::limits::{LOCALE_DETECT_MAX, LOCALES_MAX};
use crate::release::model::I18n;
use crate::route::locale::{Detect, UnknownLocalePolicy, canonical_casing, is_tag};
use serde_json::json;

/// Reads the section.
pub fn read(node: &Node<'_>) -> Result<I18n> {
    let object = node.object(&["default_locale", "locales", "detect", "unknown_locale_policy"])?;
    let list = object.required("locales")?;
    let elements = list.list()?;
    if elements.is_empty() || elements.len() > LOCALES_MAX {
        return Err(list.invalid(format!("A release has 1 to {LOCALES_MAX} locales.")).detail("max", LOCALES_MAX));
    }
    elements.iter().try_for_each(check_locale)?;
    let locales = list.distinct_strings()?;
    let default = object.required("default_locale")?;
    let default_locale = default.string()?.to_owned();
    if !locales.contains(&default_locale) {
        let error = default.invalid("The default locale is not one of `locales`, letter for letter.");
        return Err(error.detail("locales", locales));
    }
    let detect = match object.some("detect") {
        None => vec![Detect::AcceptLanguage],
        Some(detect) => read_detect(&detect)?,
    };
    let unknown_locale_policy = object.some("unknown_locale_policy").map(|policy| read_policy(&policy)).transpose()?;
    Ok(I18n { default_locale, locales, detect, unknown_locale_policy: unknown_locale_policy.unwrap_or_default() })
}

fn check_locale(node: &Node<'_>) -> Result<()> {
    let locale = node.string()?;
    if !is_tag(locale) {
        return Err(
            node.invalid("A locale is 1 to 64 letters, digits, `.`, `_` or `-`, and begins with a letter or digit.")
        );
    }
    let canonical = canonical_casing(locale);
    if canonical != locale {
        let message = format!("`{locale}` is written `{canonical}` (RFC 5646).");
        let fix = json!({ "action": "set_field", "path": node.at, "input": locale, "canonical": canonical });
        return Err(Error::spec(Code::LocaleNotCanonical, &node.at, message).with_fix(fix));
    }
    Ok(())
}

fn read_detect(node: &Node<'_>) -> Result<Vec<Detect>> {
    let sources = node.list()?;
    if sources.len() > LOCALE_DETECT_MAX {
        let message = format!("A locale is looked for in at most {LOCALE_DETECT_MAX} places.");
        return Err(node.invalid(message).detail("max", LOCALE_DETECT_MAX));
    }
    let read = |source: &Node<'_>| {
        Detect::try_from(source.string()?.to_owned()).map_err(|message| source.invalid(format!("{message}.")))
    };
    sources.iter().map(read).collect()
}

fn read_policy(node: &Node<'_>) -> Result<UnknownLocalePolicy> {
    match node.string()? {
        "default" | "reject" => Ok(UnknownLocalePolicy::Reject),
        "pass-through" => Ok(UnknownLocalePolicy::PassThrough),
        _ => {
            let known = vec!["default", "reject", "pass-through"];
            Err(node.invalid("The policy is `default`, `reject` or `pass-through`.").detail("known", known))
        }
    }
}
