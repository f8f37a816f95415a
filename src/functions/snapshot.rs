//! The heap every isolate starts from: all scripts of the runtime evaluated once, then copied.
//!
//! It is made in the process, at the first use (50 to 100 ms), from sources that `build.rs` puts into the binary:
//! a snapshot made while building would need V8 linked into the build script as well, and the extensions would otherwise be
//! looked for where the crates were unpacked on the build machine.

use super::{Function, builtins, limits, ops};
use crate::error::{Error, Result};
use deno_core::{
    Extension, ExtensionFileSource, FastStaticString, JsRuntimeForSnapshot, PollEventLoopOptions, RuntimeOptions,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Once, OnceLock};

// `SCRIPTS`: specifier and source of each script of the extensions.
include!(concat!(env!("OUT_DIR"), "/extension_scripts.rs"));

/// A snapshot and the scripts that it does not contain, which isolates load when they first need them.
pub(super) struct Snapshot {
    pub(super) blob: &'static [u8],
    pub(super) residual: &'static [(&'static str, &'static str)],
}

static SNAPSHOT: OnceLock<Result<Snapshot>> = OnceLock::new();

/// Begins to make the process's snapshot, on a thread of its own: meanwhile the node can serve what is no function.
pub(super) fn begin() {
    static BEGIN: Once = Once::new();
    BEGIN.call_once(|| {
        let make = || {
            let made = std::panic::catch_unwind(create);
            let _ = SNAPSHOT.set(made.unwrap_or_else(|_| Err(Error::internal("the snapshot could not be made"))));
        };
        if let Err(error) = std::thread::Builder::new().name("js-snapshot".into()).spawn(make) {
            let _ = SNAPSHOT.set(Err(Error::internal(error)));
        }
    });
}

/// The process's snapshot, once it is made. There is exactly one: V8 shares parts of it between isolates (deno_core reference 1.6).
pub(super) fn get() -> Result<&'static Snapshot> {
    begin();
    SNAPSHOT.wait().as_ref().map_err(Clone::clone)
}

/// The extensions, in the order that the snapshot was made with. An isolate from the snapshot takes no scripts from them.
pub(super) fn extensions() -> Vec<Extension> {
    let blobs: Arc<dyn deno_web::BlobStoreTrait> = Arc::new(deno_web::BlobStore::default());
    let channel = deno_web::InMemoryBroadcastChannel::default();
    let fetch = deno_fetch::Options { user_agent: "Portico".to_owned(), ..deno_fetch::Options::default() };
    vec![
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(blobs, None, false, channel),
        ops::net_extension(),
        deno_fetch::deno_fetch::init(fetch),
        deno_crypto::deno_crypto::init(None),
        limits::extension(),
        ops::portico_extension(),
        builtins::extension(),
    ]
}

/// The extensions without their scripts, for an isolate that starts from the snapshot.
pub(super) fn extensions_from_snapshot() -> Vec<Extension> {
    let mut extensions = extensions();
    for extension in &mut extensions {
        extension.lazy_loaded_js_files = Cow::Borrowed(&[]);
        extension.lazy_loaded_esm_files = Cow::Borrowed(&[]);
        if extension.name == builtins::EXTENSION {
            extension.synthetic_esm_modules = Cow::Borrowed(builtins::MODULES);
        }
    }
    extensions
}

fn create() -> Result<Snapshot> {
    let inside = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::internal)?;
    let _inside = inside.enter();
    let mut extensions = extensions();
    let scripts = scripts();
    let mut specifiers = BTreeSet::new();
    for extension in &mut extensions {
        let mut files = extension.lazy_loaded_js_files.iter().map(|file| file.specifier).collect::<BTreeSet<_>>();
        if extension.name == "portico" {
            // Every script of ours, without a list to keep in step.
            files.extend(scripts.keys().filter(|specifier| specifier.starts_with("ext:portico/")));
        }
        extension.lazy_loaded_js_files =
            files.iter().map(|specifier| file(&scripts, specifier)).collect::<Result<_>>()?;
        extension.lazy_loaded_esm_files = Cow::Borrowed(&[]);
        specifiers.extend(files);
    }
    let options = RuntimeOptions { extensions, ..RuntimeOptions::default() };
    let mut js = JsRuntimeForSnapshot::try_new(options).map_err(Error::internal)?;
    run(&mut js, "Deno.core.loadExtScript('ext:portico/10_globals.js'); undefined")?;
    run(&mut js, "Deno.core.loadExtScript('ext:portico/90_warm_up.js').begin()")?;
    inside.block_on(js.run_event_loop(PollEventLoopOptions::default())).map_err(Error::internal)?;
    run(&mut js, "Deno.core.loadExtScript('ext:portico/90_warm_up.js').end()")?;
    // Those that the snapshot holds already are simply never asked for. It holds nothing of the built-in modules: who does not import
    // them does not pay for them.
    specifiers.extend(scripts.keys().filter(|specifier| specifier.starts_with(builtins::SCRIPTS)));
    let residual: Vec<(&'static str, &'static str)> = specifiers
        .into_iter()
        .filter_map(|specifier| Some((specifier, scripts.get(specifier)?)))
        .map(|(specifier, source)| (specifier, &*deno_core::wrap_lazy_ext_script(source).leak()))
        .collect();
    Ok(Snapshot { blob: Box::leak(js.snapshot()), residual: residual.leak() })
}

fn run(js: &mut JsRuntimeForSnapshot, text: &'static str) -> Result<()> {
    js.execute_script("portico:snapshot", text).map(drop).map_err(Error::internal)
}

/// Specifier and text of every script that the extensions may load.
type Scripts = BTreeMap<&'static str, &'static str>;

fn scripts() -> Scripts {
    #[cfg_attr(not(debug_assertions), expect(unused_mut, reason = "only a debug build adds to it"))]
    let mut scripts: Scripts = SCRIPTS.iter().map(|(specifier, source)| (*specifier, source.as_str())).collect();
    #[cfg(debug_assertions)]
    scripts.extend(edited_scripts());
    scripts
}

/// The scripts of the folder that `PORTICO_RUNTIME_JS` names, in debug builds: who works on them need not compile each time.
#[cfg(debug_assertions)]
fn edited_scripts() -> Scripts {
    let Some(folder) = std::env::var_os("PORTICO_RUNTIME_JS").map(std::path::PathBuf::from) else {
        return Scripts::new();
    };
    let files =
        |folder, prefix| std::fs::read_dir(folder).into_iter().flatten().flatten().map(move |file| (prefix, file));
    files(folder.clone(), "ext:portico/")
        .chain(files(folder.join("generated"), builtins::SCRIPTS))
        .filter_map(|(prefix, file)| {
            let name = file.file_name().into_string().ok().filter(|name| name.ends_with(".js"))?;
            let source: &'static str = std::fs::read_to_string(file.path()).ok()?.leak();
            let specifier =
                if name == "net_tls.js" { "ext:deno_net/02_tls.js".into() } else { format!("{prefix}{name}") };
            Some((&*specifier.leak(), source))
        })
        .collect()
}

/// A script as an extension takes it. Their macros know only paths of the machine that compiled them.
fn file(scripts: &Scripts, specifier: &'static str) -> Result<ExtensionFileSource> {
    let source =
        scripts.get(specifier).ok_or_else(|| Error::internal(format!("{specifier} is not part of this build")))?;
    Ok(ExtensionFileSource::new_computed(specifier, Arc::from(*source)))
}

/// Puts what the extensions expect into a fresh isolate's state.
pub(super) fn prepare_state(state: &mut deno_core::OpState, function: &Arc<Function>) {
    limits::prepare(state, function);
}
