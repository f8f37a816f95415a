//! The text of an error's stack, made so that no error can be too much for it.
//!
//! V8 asks for it whenever an error is made. deno_core's answer takes for granted that name, message and frames fit into one string,
//! and ends the process when they do not: a message may be half a billion characters. Errors whose name or message could be that,
//! or are made by code that runs when they are read, are described by a short stand-in; frames with such names are left out.

use deno_core::error::{format_stack_trace, prepare_stack_trace_callback};
use deno_core::v8;

/// Characters of a name or message that are taken as they are.
const LENGTH_MAX: usize = 1 << 20;

/// Characters of a name in a frame. All frames together are one text, and there may be as many as the stack has room for.
const FRAME_NAME_LENGTH_MAX: usize = 1024;

/// What a frame says of its function, and deno_core takes for granted as above: a class may be called anything.
const FRAME_NAMES: [&str; 4] = ["getTypeName", "getFunctionName", "getMethodName", "getEvalOrigin"];

/// Prototypes that are looked through for a name or message; no class is derived that often.
const PROTOTYPES_MAX: usize = 32;

/// What V8 calls for the stack of an error.
pub(super) fn prepare<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    sites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
    let sites = readable(scope, sites);
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

/// The frames whose names are of reasonable length.
fn readable<'s>(scope: &mut v8::PinScope<'s, '_>, sites: v8::Local<'s, v8::Array>) -> v8::Local<'s, v8::Array> {
    let Some(first) = sites.get_index(scope, 0).and_then(|site| site.try_cast::<v8::Object>().ok()) else {
        return sites;
    };
    // They are of one class: its methods are looked up once.
    let methods = FRAME_NAMES.map(|name| {
        let key = v8::String::new(scope, name)?;
        first.get(scope, key.into())?.try_cast::<v8::Function>().ok()
    });
    let mut kept = Vec::with_capacity(sites.length() as usize);
    for index in 0..sites.length() {
        if let Some(site) = sites.get_index(scope, index)
            && is_readable(scope, site, &methods)
        {
            kept.push(site);
        }
    }
    if kept.len() == sites.length() as usize { sites } else { v8::Array::new_with_elements(scope, &kept) }
}

fn is_readable<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    site: v8::Local<'s, v8::Value>,
    methods: &[Option<v8::Local<'s, v8::Function>>],
) -> bool {
    v8::tc_scope!(let scope, scope);
    methods.iter().all(|method| {
        let name = method.and_then(|method| method.call(scope, site, &[]));
        // What has no name has null.
        name.is_some_and(|name| {
            name.try_cast::<v8::String>().map_or(true, |name| name.length() <= FRAME_NAME_LENGTH_MAX)
        })
    })
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
