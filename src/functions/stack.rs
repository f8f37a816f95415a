//! The text of an error's stack, made so that no error can be too much for it.
//!
//! V8 asks for it whenever an error is made. deno_core's answer takes for granted that name, message and frames fit into one string,
//! and ends the process when they do not: a message may be half a billion characters. Errors whose name or message could be that,
//! or are made by code that runs when they are read, are described by a short stand-in.

use deno_core::error::{format_stack_trace, prepare_stack_trace_callback};
use deno_core::v8;

/// Characters of a name or message that are taken as they are.
const LENGTH_MAX: usize = 1 << 20;

/// Prototypes that are looked through for a name or message; no class is derived that often.
const PROTOTYPES_MAX: usize = 32;

/// What V8 calls for the stack of an error.
pub(super) fn prepare<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
    let Ok(object) = error.try_cast::<v8::Object>() else { return prepare_stack_trace_callback(scope, error, sites) };
    if is_plain(scope, object, "message") && is_plain(scope, object, "name") {
        return prepare_stack_trace_callback(scope, error, sites);
    }
    let stand_in = v8::Object::new(scope);
    for key in ["name", "message"] {
        let (Some(key), text) = (v8::String::new(scope, key), read(scope, object, key)) else { continue };
        if let Some(text) = text {
            stand_in.set(scope, key.into(), text.into());
        }
    }
    format_stack_trace(scope, stand_in.into(), sites)
}

/// Whether reading a property runs no code and gives a text of reasonable length, or nothing.
fn is_plain<'s>(scope: &mut v8::PinScope<'s, '_>, object: v8::Local<'s, v8::Object>, key: &str) -> bool {
    let Some(key) = v8::String::new(scope, key) else { return false };
    let Some(value_key) = v8::String::new(scope, "value") else { return false };
    let mut next = Some(object);
    for _ in 0..PROTOTYPES_MAX {
        let Some(object) = next else { return true };
        if object.is_proxy() {
            return false;
        }
        let Some(descriptor) = object.get_own_property_descriptor(scope, key.into()) else { return false };
        if let Ok(descriptor) = descriptor.try_cast::<v8::Object>() {
            // Of an accessor, the descriptor has no value.
            let Some(value) = descriptor.get(scope, value_key.into()) else { return false };
            return value.try_cast::<v8::String>().is_ok_and(|text| text.length() <= LENGTH_MAX);
        }
        next = object.get_prototype(scope).and_then(|prototype| prototype.try_cast().ok());
    }
    false
}

/// A property as text, read once; what is too long is only described.
fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    key: &str,
) -> Option<v8::Local<'s, v8::String>> {
    let key = v8::String::new(scope, key)?;
    v8::tc_scope!(let scope, scope);
    let value = object.get(scope, key.into())?;
    if value.is_undefined() {
        return None;
    }
    let text = value.to_string(scope)?;
    if text.length() <= LENGTH_MAX {
        return Some(text);
    }
    v8::String::new(scope, &format!("[{} characters]", text.length()))
}
