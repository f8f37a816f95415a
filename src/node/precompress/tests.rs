//! What is compressed, what is kept of it, and what is left alone.

use super::*;
use crate::cas::StateDir;
use crate::release::spec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

fn scratch() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(StateDir::open(&folder.path().join("state")).unwrap());
    (folder, store)
}

fn text() -> String {
    "a line of text that comes again and again\n".repeat(50)
}

fn nothing() -> Cache<Digest, Forms> {
    Cache::new(10)
}

fn release(store: &Store, files: Value, base: Option<&Release>) -> (Release, BTreeMap<String, BlobRef>) {
    let spec = spec::from_value(&json!({ "project": "p", "site": { "patch": { "put": files } } })).unwrap();
    let stored = crate::node::content::store(store, &spec, &crate::node::Files::Refused).unwrap();
    let making = Making { upstreams: &BTreeSet::new(), id: "rel_1".to_owned(), created_at_ms: 0, superseded_ms: 0 };
    (materialize(&spec, "p", base, &stored, making).unwrap(), stored)
}

#[test]
fn a_form_is_kept_when_it_is_clearly_shorter() {
    let (_folder, store) = scratch();
    let text = text();
    let file = BlobRef { sha256: store.put(text.as_bytes()).unwrap(), size: text.len() as u64 };
    let made = forms(&store, file, Effort::Best).unwrap();
    assert_eq!(made.keys().copied().collect::<Vec<_>>(), Coding::ALL);
    for (coding, blob) in &made {
        let bytes = store.load(&blob.sha256, blob.size).unwrap();
        assert!(coders::decodes_to(*coding, &bytes, text.as_bytes()));
    }
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(5000).collect();
    let file = BlobRef { sha256: store.put(&noise).unwrap(), size: noise.len() as u64 };
    assert_eq!(forms(&store, file, Effort::Best).unwrap(), Forms::new());

    assert!(is_worth_it(95_000, 100_000) && !is_worth_it(95_001, 100_000));
    assert!(is_worth_it(236, 300) && !is_worth_it(237, 300) && !is_worth_it(300, 300) && !is_worth_it(400, 300));
}

#[test]
fn what_is_short_or_compressed_already_is_left_alone() {
    let (_folder, store) = scratch();
    let text = text();
    let (release, stored) = release(
        &store,
        json!({
            "a.html": { "data": text },
            "same.css": { "data": text },
            "short.txt": { "data": "short" },
            "photo.png": { "data": format!("png {text}") },
            "data.bin": { "data": format!("bin {text}") },
            "data": { "data": format!("typed {text}"), "content_type": "application/json" },
        }),
        None,
    );
    let plan = Plan::new(&release, None, &nothing(), &store, &stored);
    let of = |path: &str| release.site.files[path].blob();
    // The same bytes are compressed once.
    assert_eq!(plan.missing.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([of("a.html"), of("data")]));
    assert_eq!(plan.missing.len(), 2);
    assert!(plan.known.is_empty());
}

#[test]
fn a_file_keeps_its_forms_wherever_it_goes_unless_they_are_lost() {
    let (_folder, store) = scratch();
    let text = text();
    let (mut before, _) =
        release(&store, json!({ "a.html": { "data": text }, "b.html": { "data": format!("b{text}") } }), None);
    let file = before.site.files["a.html"].blob();
    let made = forms(&store, file, Effort::Quick).unwrap();
    attach(&mut before.site, &Encodings::from([(file.sha256, made.clone())]));
    assert!(before.site.files["b.html"].encodings.is_empty());

    let moved = json!({ "c.txt": { "data": text }, "d.png": { "data": text } });
    let (mut after, stored) = release(&store, moved, Some(&before));
    let plan = Plan::new(&after, Some(&before), &nothing(), &store, &stored);
    assert_eq!(plan.known, Encodings::from([(file.sha256, made.clone())]));
    assert_eq!(plan.missing, [before.site.files["b.html"].blob()]);
    attach(&mut after.site, &plan.known);
    assert_eq!((&after.site.files["a.html"].encodings, &after.site.files["c.txt"].encodings), (&made, &made));
    assert!(after.site.files["d.png"].encodings.is_empty(), "an image got the form of a text");

    // What was given anew is looked at byte by byte; of what was taken over, that it is there.
    let form = made[&Coding::Gzip];
    let path = store.path(&form.sha256);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(Plan::new(&after, Some(&before), &nothing(), &store, &stored).missing.contains(&file));
    assert!(!Plan::new(&after, Some(&before), &nothing(), &store, &BTreeMap::new()).missing.contains(&file));
    assert_eq!(forms(&store, file, Effort::Quick).unwrap(), made);
    store.load(&form.sha256, form.size).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(Plan::new(&after, Some(&before), &nothing(), &store, &BTreeMap::new()).missing.contains(&file));
}

#[test]
fn what_was_made_before_is_made_once() {
    let (_folder, store) = scratch();
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(400).collect();
    let noise = json!({ "data": STANDARD.encode(noise), "encoding": "base64" });
    let (release, stored) = release(&store, json!({ "a.txt": noise, "b.txt": { "data": text() } }), None);
    let made = nothing();
    for file in release.site.files.values() {
        made.insert(file.sha256, forms(&store, file.blob(), Effort::Quick).unwrap());
    }
    let plan = Plan::new(&release, None, &made, &store, &stored);
    // That it is not worth it is remembered, too.
    assert_eq!((plan.known.len(), plan.missing.len()), (2, 0));
    assert!(plan.known[&release.site.files["a.txt"].sha256].is_empty());
}
