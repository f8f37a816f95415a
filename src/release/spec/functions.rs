//! The `functions` section (reference 3.2, 3.3).

use super::content;
use super::types::{Code, Content, Entry, FunctionSpec, RoleGateSpec, Section, Unsupported};
use super::walk::{Node, Object, join};
use crate::error::{self, Error, Result};
use crate::limits::{
    FUNCTION_FILES_MAX, ROLE_BYTES_MAX, ROLE_TTL_SECONDS_DEFAULT, ROLE_TTL_SECONDS_MAX, SIGN_IN_PATH_BYTES_MAX,
};
use crate::release::function_config::{Compat, FunctionConfig, Kind};
use crate::release::gate::{OnDeny, RoleColumns, RoleGate};
use crate::release::model::{Class, Runtime};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FIELDS: &[&str] = &[
    "runtime",
    "source",
    "files",
    "entrypoint",
    "config",
    "class",
    "compat",
    "deps",
    "schedule",
    "require_auth",
    "require_role",
    "triggers",
    "capabilities",
    "allow_unauthenticated",
];

/// The capability every renderer has (reference, trap 13).
const SSR_CAPABILITY: &str = "astro.ssr.v1";

/// The capability of a function that signs users in (reference 2.6).
const SESSION_CAPABILITY: &str = "auth.sessionMint";

/// Longest name in PostgreSQL, in bytes (NAMEDATALEN - 1).
const POSTGRES_NAME_BYTES_MAX: usize = 63;

/// Reads the section; `None` when it says nothing.
pub fn read(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<Option<Section<FunctionSpec>>> {
    let object = node.object(&["replace", "patch"])?;
    match (object.some("replace"), object.some("patch")) {
        (Some(_), Some(_)) => Err(node.invalid("Functions are replaced or patched, not both.")),
        (Some(replace), None) => {
            let functions = read_all(&replace, unsupported)?;
            for (name, function) in &functions {
                if function.code.is_none() {
                    let message = "A function needs `source`, or `files` and `entrypoint`.";
                    return Err(Error::spec(error::Code::InvalidSpec, join(&replace.at, name), message));
                }
            }
            Ok(Some(Section::Replace(functions)))
        }
        (None, Some(patch)) => read_patch(&patch, unsupported).map(Some),
        (None, None) => Ok(None),
    }
}

fn read_patch(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<Section<FunctionSpec>> {
    let object = node.object_with_hints(&["set", "delete"], &[("put", "set")])?;
    let set = object.some("set").map(|set| read_all(&set, unsupported)).transpose()?.unwrap_or_default();
    let delete = object.some("delete");
    let deleted = delete.as_ref().map(Node::distinct_strings).transpose()?.unwrap_or_default();
    if let (Some(at), Some(both)) = (delete, deleted.iter().find(|name| set.contains_key(*name))) {
        return Err(at.invalid(format!("`{both}` is set and deleted.")));
    }
    Ok(Section::Patch { set, delete: deleted })
}

fn read_all(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<BTreeMap<String, FunctionSpec>> {
    let mut functions = BTreeMap::new();
    for (name, function) in node.entries()? {
        if !is_function_name(name) {
            return Err(function.invalid("A function's name is 1 to 64 letters, digits, `_` or `-`."));
        }
        functions.insert(name.to_owned(), read_function(&function, unsupported)?);
    }
    Ok(functions)
}

/// Whether `name` can name a function: `^[A-Za-z0-9_-]{1,64}$` (reference 3.3).
pub fn is_function_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn read_function(node: &Node<'_>, unsupported: &mut Vec<Unsupported>) -> Result<FunctionSpec> {
    let object =
        node.object_with_hints(FIELDS, &[("code", "source"), ("timeout_seconds", "config"), ("memory_mb", "config")])?;
    let mut function = FunctionSpec {
        runtime: object.some("runtime").map(|runtime| read_runtime(&runtime)).transpose()?,
        class: object.some("class").map(|class| read_class(&class)).transpose()?,
        code: read_code(&object)?,
        ..FunctionSpec::default()
    };
    if let Some(config) = object.some("config") {
        function.config = read_config(&config)?;
    }
    function.compat = object.some("compat").map(|compat| read_compat(&compat)).transpose()?;
    function.require_auth = object.some("require_auth").map(|auth| auth.boolean()).transpose()?;
    function.require_role = match object.field("require_role") {
        Some(gate) if gate.value.is_null() => Some(None),
        Some(gate) => Some(Some(read_gate(&gate)?)),
        None => None,
    };
    read_not_implemented(&object, unsupported)?;
    function.allow_unauthenticated = object.some("allow_unauthenticated").map(|allow| allow.boolean()).transpose()?;
    function.begins_sessions = match object.some("capabilities") {
        None => None,
        Some(granted) => Some(granted.distinct_strings()?.iter().any(|capability| capability == SESSION_CAPABILITY)),
    };
    Ok(function)
}

fn read_config(node: &Node<'_>) -> Result<FunctionConfig> {
    let names: Vec<&str> = FunctionConfig::FIELDS.iter().map(|(name, _)| *name).collect();
    let hints =
        [("schedule", "schedule beside config"), ("eval", "allow_eval"), ("wasm", "allow_wasm"), ("cpu", "cpu_ms")];
    let object = node.object_with_hints(&names, &hints)?;
    let mut config = FunctionConfig::default();
    for (name, kind) in FunctionConfig::FIELDS {
        let Some(value) = object.some(name) else { continue };
        match kind {
            Kind::Switch => config.set_switch(name, value.boolean()?),
            Kind::Number { max, unit } => config.set_number(name, value.positive(*max, unit)?),
        }
    }
    Ok(config)
}

fn read_compat(node: &Node<'_>) -> Result<Compat> {
    match node.string()? {
        "fluxbase" => Ok(Compat::Fluxbase),
        _ => Err(node.invalid("The only other way to call a handler is `fluxbase`.").detail("known", vec!["fluxbase"])),
    }
}

fn read_runtime(node: &Node<'_>) -> Result<Runtime> {
    match node.string()? {
        "node22" => Ok(Runtime::Node22),
        _ => {
            let fix = json!({ "action": "set_field", "path": node.at, "value": "node22" });
            Err(node.invalid("The only runtime is `node22`.").with_fix(fix))
        }
    }
}

fn read_class(node: &Node<'_>) -> Result<Class> {
    match node.string()? {
        "standard" => Ok(Class::Standard),
        "ssr" => Ok(Class::Ssr),
        _ => Err(node.invalid("The class is neither `standard` nor `ssr`.").detail("known", vec!["standard", "ssr"])),
    }
}

/// `source`, or `files` and `entrypoint`.
fn read_code(object: &Object<'_>) -> Result<Option<Code>> {
    let entrypoint = object.some("entrypoint");
    match (object.some("source"), object.some("files")) {
        (Some(_), Some(files)) => Err(files.invalid("A function has `source` or `files`, not both.")),
        (Some(source), None) => {
            if let Some(entrypoint) = entrypoint {
                return Err(entrypoint.invalid("`entrypoint` goes with `files` only."));
            }
            let entry = content::read(&source)?;
            Ok(Some(Code::Source { name: module_name(&entry), entry }))
        }
        (None, Some(files)) => read_files(&files, entrypoint).map(Some),
        (None, None) => match entrypoint {
            Some(entrypoint) => Err(entrypoint.invalid("`entrypoint` goes with `files` only.")),
            None => Ok(None),
        },
    }
}

fn read_files(node: &Node<'_>, entrypoint: Option<Node<'_>>) -> Result<Code> {
    let mut files = BTreeMap::new();
    for (path, entry) in node.entries()? {
        super::check_site_path(&entry.at, path)?;
        files.insert(path.to_owned(), content::read(&entry)?);
    }
    if files.is_empty() || files.len() > FUNCTION_FILES_MAX {
        return Err(node.invalid(format!("A function has 1 to {FUNCTION_FILES_MAX} files.")));
    }
    let Some(entrypoint) = entrypoint else {
        return match files.keys().next() {
            Some(only) if files.len() == 1 => Ok(Code::Files { entrypoint: only.clone(), files }),
            _ => Err(node.invalid("With more than one file, `entrypoint` says which is loaded.")),
        };
    };
    let name = entrypoint.non_empty_string()?;
    let name = name.strip_prefix("./").unwrap_or(name);
    if !files.contains_key(name) {
        let error = entrypoint.invalid(format!("There is no file `{name}` in `files`."));
        return Err(error.detail("files", files.keys().cloned().collect::<Vec<_>>()));
    }
    Ok(Code::Files { entrypoint: name.to_owned(), files })
}

/// The name of a single module. What language it is in shows in its path, or, once it has been inlined, in its type.
pub fn module_name(entry: &Entry) -> &'static str {
    let by_path = match &entry.content {
        Content::Path(path) => path.rsplit_once('.').map(|(_, extension)| extension),
        Content::Inline(_) | Content::Ref { .. } => None,
    };
    let content_type = entry.content_type.as_deref().unwrap_or_default();
    match (by_path, content_type.split(';').next().unwrap_or_default().trim()) {
        (Some("ts" | "mts"), _) | (None, "application/typescript" | "text/typescript") => "index.ts",
        (Some("tsx"), _) | (None, "text/tsx") => "index.tsx",
        (Some("jsx"), _) | (None, "text/jsx") => "index.jsx",
        _ => "index.js",
    }
}

fn read_gate(node: &Node<'_>) -> Result<RoleGateSpec> {
    let object =
        node.object(&["table", "id_column", "role_column", "allowed", "cache_ttl", "on_deny", "sign_in_path"])?;
    let identifier = |field: &str| -> Result<String> {
        let node = object.required(field)?;
        let text = node.string()?;
        let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) || !text.bytes().all(letters) {
            return Err(node.invalid("An identifier is letters, digits and `_`, and names no schema."));
        }
        // PostgreSQL would cut it, and look somewhere else.
        if text.len() > POSTGRES_NAME_BYTES_MAX {
            return Err(node.invalid(format!("An identifier has at most {POSTGRES_NAME_BYTES_MAX} characters.")));
        }
        Ok(text.to_owned())
    };
    let allowed = object.required("allowed")?;
    let mut gate = RoleGate {
        columns: RoleColumns {
            table: identifier("table")?,
            id_column: identifier("id_column")?,
            role_column: identifier("role_column")?,
        },
        allowed: allowed.distinct_strings()?,
        cache_ttl: match object.some("cache_ttl") {
            None => ROLE_TTL_SECONDS_DEFAULT,
            Some(ttl) => ttl.value.as_u64().filter(|ttl| *ttl <= ROLE_TTL_SECONDS_MAX).ok_or_else(|| {
                ttl.invalid(format!("A role is remembered for 0 to {ROLE_TTL_SECONDS_MAX} whole seconds."))
            })?,
        },
        on_deny: object.some("on_deny").map(|on_deny| read_on_deny(&on_deny)).transpose()?.unwrap_or_default(),
        sign_in_path: None,
    };
    // The function is told the role in a header field.
    let is_plain = |role: &String| {
        (1..=ROLE_BYTES_MAX).contains(&role.len())
            && role.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
            && role.trim() == role
    };
    if !gate.allowed.iter().all(is_plain) {
        let message =
            format!("A role is 1 to {ROLE_BYTES_MAX} visible ASCII characters, with spaces only between them.");
        return Err(allowed.invalid(message));
    }
    if gate.allowed.is_empty() {
        return Err(allowed.invalid("No role is allowed; name those that are."));
    }
    gate.sign_in_path = match (object.some("sign_in_path"), gate.on_deny) {
        (Some(path), _) => Some(read_sign_in_path(&path)?),
        (None, OnDeny::Envelope) => None,
        (None, OnDeny::Redirect) => {
            return Err(node.invalid("`on_deny` `redirect` goes with `sign_in_path`, the page it leads to."));
        }
    };
    Ok(RoleGateSpec { at: node.at.clone(), gate })
}

fn read_on_deny(node: &Node<'_>) -> Result<OnDeny> {
    match node.string()? {
        "envelope" => Ok(OnDeny::Envelope),
        "redirect" => Ok(OnDeny::Redirect),
        _ => {
            let error = node.invalid("`on_deny` is `envelope` or `redirect`.");
            Err(error.detail("known", vec!["envelope", "redirect"]))
        }
    }
}

/// A path of the same origin, whatever browsers make of it: they take `//` and `/\` for the beginning of a host.
fn read_sign_in_path(node: &Node<'_>) -> Result<String> {
    let path = node.string()?;
    let leaves = path.starts_with("//") || path.contains('\\');
    if !path.starts_with('/') || leaves || !path.bytes().all(|b| b.is_ascii_graphic()) {
        let message =
            "A sign-in path begins with one slash and leads to no other host; what is not ASCII is percent-encoded.";
        return Err(node.invalid(message));
    }
    if path.len() > SIGN_IN_PATH_BYTES_MAX {
        return Err(node.invalid(format!("A sign-in path has at most {SIGN_IN_PATH_BYTES_MAX} bytes.")));
    }
    Ok(path.to_owned())
}

/// Checks the form of what is not implemented, and notes what is asked for.
fn read_not_implemented(object: &Object<'_>, unsupported: &mut Vec<Unsupported>) -> Result<()> {
    let mut note = |node: &Node<'_>, what| unsupported.push(Unsupported { at: node.at.clone(), what });
    if let Some(schedule) = object.some("schedule") {
        if schedule.string()?.split_whitespace().count() != 5 {
            return Err(schedule.invalid("A schedule has five cron fields."));
        }
        note(&schedule, "runs functions by the clock");
    }
    for (field, what) in
        [("deps", "installs npm packages; bundle them into the function"), ("triggers", "runs functions by events")]
    {
        if let Some(list) = object.some(field)
            && !list.list()?.is_empty()
        {
            note(&list, what);
        }
    }
    if let Some(capabilities) = object.some("capabilities") {
        for capability in capabilities.list()? {
            if !matches!(capability.string()?, SSR_CAPABILITY | SESSION_CAPABILITY) {
                note(&capability, "grants this capability");
            }
        }
    }
    Ok(())
}

/// Whether a value asks for nothing: `null`, `false`, or an object or list without anything else in it.
pub fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(asked) => !asked,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.values().all(says_nothing),
        Value::Number(_) | Value::String(_) => false,
    }
}
