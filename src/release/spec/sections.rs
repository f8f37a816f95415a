//! The small sections: project, base, secrets, subdomains, and what is not implemented (reference 3.2).

use super::functions::says_nothing;
use super::types::{Base, SubdomainsSpec, Unsupported};
use super::walk::{Node, Object};
use crate::error::{Code, Error, Result};
use serde_json::{Value, json};

/// `project`, or `project_id` as manifests have it.
pub fn project(root: &Object<'_>) -> Result<Option<String>> {
    let node = match (root.some("project"), root.some("project_id")) {
        (Some(_), Some(id)) => return Err(id.invalid("`project` and `project_id` are the same field.")),
        (Some(node), None) | (None, Some(node)) => node,
        (None, None) => return Ok(None),
    };
    node.non_empty_string().map(|project| Some(project.to_owned()))
}

/// What omitted sections are carried forward from.
pub fn base(node: &Node<'_>) -> Result<Base> {
    let object = node.object(&["release", "release_id"])?;
    match (object.some("release"), object.some("release_id")) {
        (Some(_), Some(id)) => Err(id.invalid("A base has `release` or `release_id`, not both.")),
        (None, Some(id)) => Ok(Base::Release(id.non_empty_string()?.to_owned())),
        (Some(release), None) => match release.string()? {
            "current" => Ok(Base::Current),
            "empty" => Ok(Base::Empty),
            _ => Err(release
                .invalid("A base is `current`, `empty`, or a `release_id`.")
                .detail("known", vec!["current", "empty"])),
        },
        (None, None) => Err(node.invalid("A base needs `release` or `release_id`.")),
    }
}

/// The secrets the project must have; `None` when the section does not say.
pub fn secrets(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<Option<Vec<String>>> {
    for forbidden in ["set", "replace_all", "replaceAll"] {
        if node.value.get(forbidden).is_some() {
            let at = Node { at: super::join(&node.at, forbidden), value: node.value };
            let error = at.invalid("Values of secrets are never part of a spec: set them on the node.");
            return Err(error.with_fix(json!({ "action": "remove_field", "path": at.at })));
        }
    }
    let object = node.object(&["require", "delete"])?;
    let names = |node: Node<'_>| -> Result<Vec<String>> {
        for name in node.list()? {
            if !is_secret_name(name.string()?) {
                return Err(
                    name.invalid("A secret's name is up to 128 of A to Z, 0 to 9 and `_`, and begins with no digit.")
                );
            }
        }
        node.distinct_strings()
    };
    let delete = object.some("delete");
    let require = object.some("require").map(names).transpose()?;
    let deleted = delete.clone().map(names).transpose()?.unwrap_or_default();
    if let Some(delete) = delete {
        if let Some(both) = require.iter().flatten().find(|name| deleted.contains(name)) {
            return Err(delete.invalid(format!("`{both}` is required and deleted.")));
        }
        if !deleted.is_empty() {
            unsupported.push(Unsupported { at: delete.at, what: "deletes secrets" });
        }
    }
    Ok(require)
}

/// `^[A-Z_][A-Z0-9_]{0,127}$`
fn is_secret_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Managed subdomains.
pub fn subdomains(node: &Node<'_>) -> Result<SubdomainsSpec> {
    let object = node.object(&["set", "add", "remove"])?;
    let names = |field: &str| -> Result<Option<Vec<String>>> {
        let Some(node) = object.some(field) else { return Ok(None) };
        for name in node.list()? {
            if !is_subdomain(name.string()?) {
                return Err(name.invalid("A subdomain is 1 to 63 of a to z, 0 to 9 and `-`, with no `-` at its ends."));
            }
        }
        node.distinct_strings().map(Some)
    };
    let spec = SubdomainsSpec {
        set: names("set")?,
        add: names("add")?.unwrap_or_default(),
        remove: names("remove")?.unwrap_or_default(),
    };
    if spec.set.as_ref().is_some_and(|set| set.len() > 1) {
        let message = "A release sets at most one subdomain.";
        return Err(Error::spec(Code::SubdomainMultiNotSupported, super::join(&node.at, "set"), message));
    }
    if spec.set.is_some() && !(spec.add.is_empty() && spec.remove.is_empty()) {
        return Err(node.invalid("Subdomains are set, or added and removed, not both."));
    }
    if let Some(both) = spec.add.iter().find(|name| spec.remove.contains(name)) {
        return Err(node.invalid(format!("`{both}` is added and removed.")));
    }
    Ok(spec)
}

/// `^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`
fn is_subdomain(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Notes what the sections ask for that this node does not do, field by field; what says nothing is taken.
pub fn not_implemented(root: &Object<'_>, unsupported: &mut Vec<Unsupported>) -> Result<()> {
    for (section, what) in [("checks", "runs checks"), ("verify", "verifies releases by requests")] {
        if let Some(node) = root.some(section)
            && !says_nothing(node.value)
        {
            unsupported.push(Unsupported { at: node.at, what });
        }
    }
    let sections: [(&str, &[&'static str], &'static str); 2] = [
        ("database", &["migrations", "expose", "zero_downtime"], "changes databases"),
        ("assets", &["put", "delete", "sync"], "stores assets"),
    ];
    for (section, fields, what) in sections {
        let Some(node) = root.some(section) else { continue };
        let object = node.object(fields)?;
        let asked = fields.iter().filter_map(|field| object.some(field)).filter(|node| !asks_nothing(node.value));
        unsupported.extend(asked.map(|node| Unsupported { at: node.at, what }));
    }
    Ok(())
}

/// `{"version": "1", "tables": []}` exposes nothing either.
fn asks_nothing(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().all(|(key, value)| key == "version" || says_nothing(value)),
        other => says_nothing(other),
    }
}
