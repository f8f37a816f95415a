//! File entries (reference 3.1): text, encoded bytes, a path, or the name of a blob.

use super::types::{Content, Entry};
use super::walk::Node;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::limits::CONTENT_TYPE_BYTES_MAX;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The fields of an entry. `integrity` comes with digests of the platform's SDK and says nothing more than they do.
const FIELDS: &[&str] = &["data", "encoding", "path", "sha256", "size", "integrity", "content_type"];

/// Reads an entry.
pub fn read(node: &Node<'_>) -> Result<Entry> {
    if let Value::String(text) = node.value {
        return Ok(Entry { content: Content::Inline(text.clone().into_bytes()), content_type: None });
    }
    if !node.value.is_object() {
        return Err(node.invalid("Content is a string, or an object with `data`, `path` or `sha256`."));
    }
    let object = node.object(FIELDS)?;
    let only_with = |field: &str, owner: &str| match object.some(field) {
        Some(stray) => Err(stray.invalid(format!("`{field}` goes with `{owner}` only."))),
        None => Ok(()),
    };
    let content = match (object.some("data"), object.some("path"), object.some("sha256")) {
        (Some(data), None, None) => Content::Inline(decode(&data, object.some("encoding"))?),
        (None, Some(path), None) => Content::Path(path.non_empty_string()?.to_owned()),
        (None, None, Some(sha256)) => Content::Ref { sha256: digest(&sha256)?, size: size(&object.required("size")?)? },
        (None, None, None) => return Err(node.invalid("Content needs one of `data`, `path` and `sha256`.")),
        _ => return Err(node.invalid("Content has more than one of `data`, `path` and `sha256`.")),
    };
    if !matches!(content, Content::Inline(_)) {
        only_with("encoding", "data")?;
    }
    if !matches!(content, Content::Ref { .. }) {
        only_with("size", "sha256")?;
        only_with("integrity", "sha256")?;
    }
    let content_type = object.some("content_type").map(|node| content_type(&node)).transpose()?;
    Ok(Entry { content, content_type })
}

fn decode(data: &Node<'_>, encoding: Option<Node<'_>>) -> Result<Vec<u8>> {
    let text = data.string()?;
    let Some(encoding) = encoding else { return Ok(text.as_bytes().to_vec()) };
    match encoding.string()? {
        "utf-8" => Ok(text.as_bytes().to_vec()),
        "base64" => STANDARD.decode(text).map_err(|error| data.invalid(format!("The data is not base64: {error}."))),
        _ => {
            let error = encoding.invalid("The encoding is neither `utf-8` nor `base64`.");
            Err(error.detail("known", vec!["utf-8", "base64"]))
        }
    }
}

fn digest(node: &Node<'_>) -> Result<Digest> {
    let wrong = |error| -> Error { node.invalid(format!("{error}.")) };
    node.string()?.parse().map_err(wrong)
}

fn size(node: &Node<'_>) -> Result<u64> {
    node.value.as_u64().ok_or_else(|| node.invalid("`size` must be a whole number of bytes."))
}

/// A media type that can be sent as a header: visible ASCII and spaces.
fn content_type(node: &Node<'_>) -> Result<String> {
    let text = node.non_empty_string()?;
    let essence = text.split(';').next().unwrap_or_default().trim();
    let named = essence.split_once('/').is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty());
    if !named
        || essence.contains(' ')
        || text.len() > CONTENT_TYPE_BYTES_MAX
        || !text.bytes().all(|b| (b' '..=b'~').contains(&b))
    {
        return Err(node
            .invalid("The content type is not one, such as `text/html; charset=utf-8`.")
            .with_fix(json!({ "action": "set_field", "path": node.at })));
    }
    Ok(text.to_owned())
}
