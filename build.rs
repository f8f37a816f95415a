//! Puts the scripts of the JavaScript extensions into the binary, and lets two versions of brotli meet in one link.

#![allow(clippy::expect_used, clippy::panic, reason = "a build script reports by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Crates whose scripts make up the runtime. Their macros record only where the files were when the crate was compiled.
const CRATES: [&str; 4] = ["deno_webidl", "deno_web", "deno_fetch", "deno_crypto"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    println!("cargo:rerun-if-changed=runtime-js");
    println!("cargo:rerun-if-changed=runtime-js/generated/inputs");

    // Pingora's brotli 3 and deno_web's brotli 9 export the same C functions. Nothing calls them through C.
    println!("cargo:rustc-link-arg=-Wl,--allow-multiple-definition");

    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut table = String::from("static SCRIPTS: &[(&str, FastStaticString)] = &[\n");
    for name in CRATES {
        let folder = crate_folder(&root, name);
        for file in scripts(&folder) {
            add(&mut table, &format!("ext:{name}/{}", file_name(&file)), &file);
        }
    }
    for file in scripts(&root.join("runtime-js")) {
        add(&mut table, &format!("ext:portico/{}", file_name(&file)), &file);
    }
    let generated = root.join("runtime-js/generated");
    check_generated(&root.join("runtime-js/node"), &generated);
    for file in scripts(&generated) {
        add(&mut table, &format!("ext:portico_node/{}", file_name(&file)), &file);
    }
    add(&mut table, "ext:deno_net/02_tls.js", &root.join("runtime-js/net_tls.js"));
    table.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("extension_scripts.rs");
    // A new file, not the old one rewritten: a copy of the target folder may share its files.
    let _ = fs::remove_file(&out);
    fs::write(out, table).expect("OUT_DIR can be written");
}

fn add(table: &mut String, specifier: &str, file: &Path) {
    writeln!(table, "    ({specifier:?}, deno_core::ascii_str_include!({:?})),", file.display().to_string())
        .expect("writing to a string");
}

fn file_name(file: &Path) -> String {
    file.file_name().expect("a listed file").to_string_lossy().into_owned()
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .collect();
    files.sort();
    files
}

/// The scripts of the built-in modules are bundled before a build, from the inputs that `inputs` tells of.
fn check_generated(sources: &Path, generated: &Path) {
    let made_from = fs::read_to_string(generated.join("inputs")).unwrap_or_default();
    if made_from.trim() != format!("{:08x}", digest(sources)) {
        panic!(
            "{} is missing or older than {}: run `make setup`, which makes it",
            generated.display(),
            sources.display()
        );
    }
}

/// FNV-1a of names and contents, as `runtime-js/node/bundle.mjs` computes it.
fn digest(sources: &Path) -> u32 {
    let mut inputs = Vec::new();
    collect(sources, "", &mut inputs);
    inputs.sort();
    let mut hash: u32 = 0x811c_9dc5;
    for (name, path) in inputs {
        let content = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for byte in name.bytes().chain([0]).chain(content).chain([0]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    hash
}

fn collect(folder: &Path, prefix: &str, inputs: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "node_modules" || name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), inputs);
        } else if [".js", ".mjs", ".json"].iter().any(|end| name.ends_with(end)) {
            inputs.push((format!("{prefix}{name}"), path));
        }
    }
}

/// Where cargo has unpacked a dependency.
fn crate_folder(root: &Path, name: &str) -> PathBuf {
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("Cargo.lock is committed");
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains(&format!("\nname = \"{name}\"\n")))
        .and_then(|package| package.split("version = \"").nth(1)?.split('"').next())
        .unwrap_or_else(|| panic!("{name} is in Cargo.lock"));
    // Without the network first: with everything fetched it is not needed, and a build should not depend on it.
    let metadata =
        metadata(root, &["--offline"]).or_else(|_| metadata(root, &[])).unwrap_or_else(|error| panic!("{error}"));
    let end = format!("{name}-{version}/Cargo.toml\"");
    let at = metadata.find(&end).unwrap_or_else(|| panic!("cargo metadata names the folder of {name} {version}"));
    let start = metadata[..at].rfind('"').expect("the path is quoted") + 1;
    PathBuf::from(&metadata[start..at]).join(format!("{name}-{version}"))
}

fn metadata(root: &Path, more: &[&str]) -> Result<String, String> {
    let output = Command::new(env::var_os("CARGO").expect("cargo sets it"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(more)
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
