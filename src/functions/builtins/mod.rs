//! The built-in modules of functions: `node:crypto`, `node:buffer` and the others, with or without the prefix.
//!
//! Each is a script that is bundled from `runtime-js/node` when the program is built, and loaded by an isolate when its function
//! first imports it. The native half of those that JavaScript alone would be too slow or too blind for is in the files beside this one.
//!
//! | file | idea |
//! |---|---|
//! | `text` | between text and bytes |
//! | `hash` | digests, HMAC, random numbers |
//! | `kdf` | keys from passwords |
//! | `cipher` | AES |
//! | `keys` | keys of pairs: reading, writing, making |
//! | `signature` | signing and verifying |
//! | `tickets` | how many digests and ciphers may be open |

mod cipher;
mod hash;
mod kdf;
mod keys;
mod signature;
mod text;
mod tickets;

use deno_core::Extension;

/// The extension's name.
pub(super) const EXTENSION: &str = "portico_node";

/// What the specifiers of the modules' scripts begin with.
pub(super) const SCRIPTS: &str = "ext:portico_node/";

/// Canonical specifier and script of every module a function may import.
pub(super) const MODULES: &[(&str, &str)] = &[
    ("node:assert", "ext:portico_node/assert.js"),
    ("node:assert/strict", "ext:portico_node/assert_strict.js"),
    ("node:async_hooks", "ext:portico_node/async_hooks.js"),
    ("node:buffer", "ext:portico_node/buffer.js"),
    ("node:child_process", "ext:portico_node/child_process.js"),
    ("node:cluster", "ext:portico_node/cluster.js"),
    ("node:console", "ext:portico_node/console.js"),
    ("node:constants", "ext:portico_node/constants.js"),
    ("node:crypto", "ext:portico_node/crypto.js"),
    ("node:dgram", "ext:portico_node/dgram.js"),
    ("node:diagnostics_channel", "ext:portico_node/diagnostics_channel.js"),
    ("node:dns", "ext:portico_node/dns.js"),
    ("node:dns/promises", "ext:portico_node/dns_promises.js"),
    ("node:events", "ext:portico_node/events.js"),
    ("node:fs", "ext:portico_node/fs.js"),
    ("node:fs/promises", "ext:portico_node/fs_promises.js"),
    ("node:http", "ext:portico_node/http.js"),
    ("node:http2", "ext:portico_node/http2.js"),
    ("node:https", "ext:portico_node/https.js"),
    ("node:inspector", "ext:portico_node/inspector.js"),
    ("node:module", "ext:portico_node/module.js"),
    ("node:net", "ext:portico_node/net.js"),
    ("node:os", "ext:portico_node/os.js"),
    ("node:path", "ext:portico_node/path.js"),
    ("node:path/posix", "ext:portico_node/path_posix.js"),
    ("node:path/win32", "ext:portico_node/path_win32.js"),
    ("node:perf_hooks", "ext:portico_node/perf_hooks.js"),
    ("node:process", "ext:portico_node/process.js"),
    ("node:punycode", "ext:portico_node/punycode.js"),
    ("node:querystring", "ext:portico_node/querystring.js"),
    ("node:readline", "ext:portico_node/readline.js"),
    ("node:readline/promises", "ext:portico_node/readline_promises.js"),
    ("node:stream", "ext:portico_node/stream.js"),
    ("node:stream/consumers", "ext:portico_node/stream_consumers.js"),
    ("node:stream/promises", "ext:portico_node/stream_promises.js"),
    ("node:stream/web", "ext:portico_node/stream_web.js"),
    ("node:string_decoder", "ext:portico_node/string_decoder.js"),
    ("node:sys", "ext:portico_node/util.js"),
    ("node:timers", "ext:portico_node/timers.js"),
    ("node:timers/promises", "ext:portico_node/timers_promises.js"),
    ("node:tls", "ext:portico_node/tls.js"),
    ("node:tty", "ext:portico_node/tty.js"),
    ("node:url", "ext:portico_node/url.js"),
    ("node:util", "ext:portico_node/util.js"),
    ("node:util/types", "ext:portico_node/util_types.js"),
    ("node:v8", "ext:portico_node/v8.js"),
    ("node:vm", "ext:portico_node/vm.js"),
    ("node:worker_threads", "ext:portico_node/worker_threads.js"),
    ("node:zlib", "ext:portico_node/zlib.js"),
];

/// The canonical name (`node:buffer`) of a built-in module, by it or without the prefix; none for what is no such module.
pub(super) fn is_builtin(specifier: &str) -> Option<&'static str> {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    MODULES.iter().map(|(canonical, _)| *canonical).find(|canonical| &canonical["node:".len()..] == name)
}

deno_core::extension!(
    portico_node,
    ops = [
        text::op_node_text_encode,
        text::op_node_text_decode,
        hash::op_node_hash,
        hash::op_node_hash_new,
        hash::op_node_hash_update,
        hash::op_node_hash_update_text,
        hash::op_node_hash_copy,
        hash::op_node_hash_digest,
        hash::op_node_random_fill,
        hash::op_node_equal,
        kdf::op_node_pbkdf2,
        kdf::op_node_hkdf,
        kdf::op_node_scrypt,
        cipher::op_node_cipher_new,
        cipher::op_node_cipher_aad,
        cipher::op_node_cipher_update,
        cipher::op_node_cipher_final,
        cipher::op_node_cipher_tag,
        keys::op_node_key_private,
        keys::op_node_key_public,
        keys::op_node_key_public_of,
        keys::op_node_key_details,
        keys::op_node_key_export,
        keys::op_node_key_to_jwk,
        keys::op_node_key_from_jwk,
        keys::op_node_key_generate,
        signature::op_node_sign,
        signature::op_node_verify,
    ],
);

/// The extension with the operations that the modules call.
pub(super) fn extension() -> Extension {
    portico_node::init()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_in_module_is_known_with_and_without_its_prefix() {
        assert_eq!(is_builtin("node:stream/web"), Some("node:stream/web"));
        assert_eq!(is_builtin("crypto"), Some("node:crypto"));
        assert_eq!(is_builtin("node:nothing"), None);
        assert_eq!(is_builtin("node:node:fs"), None);
        assert_eq!(is_builtin(""), None);
    }
}
