//! Every input that the fuzzers kept, through the promises they look for breaches of (`fuzz/src/bodies`).

#[path = "../fuzz/src/bodies/mod.rs"]
mod bodies;

use std::fs;
use std::panic;
use std::path::Path;

#[test]
fn every_kept_input_keeps_the_promises() {
    for (name, body) in bodies::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut inputs = 0;
        for file in entries.map(|entry| entry.unwrap().path()) {
            let data = fs::read(&file).unwrap();
            panic::catch_unwind(|| body(&data)).unwrap_or_else(|_| panic!("{} breaks a promise", file.display()));
            inputs += 1;
        }
        assert!(inputs > 0, "{name} has no inputs");
    }
}
