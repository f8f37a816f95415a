//! What negotiating a locale costs: a release with 50 locales, and headers from usual to hostile.

use criterion::{Criterion, criterion_group, criterion_main};
use portico::limits;
use portico::route::locale::{Detect, Locales, UnknownLocalePolicy};
use std::hint::black_box;

const LOCALES: [&str; 50] = [
    "en", "ar", "bg", "bn", "ca", "cs", "da", "de", "de-AT", "el", "en-GB", "es", "es-MX", "et", "fa", "fi", "fr",
    "fr-CA", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nb", "nl", "pl", "pt", "pt-BR", "ro",
    "ru", "sk", "sl", "sr", "sr-Latn", "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh-Hans", "zh-Hant",
];

fn negotiate(criterion: &mut Criterion) {
    let locales: Vec<String> = LOCALES.iter().map(|locale| (*locale).to_owned()).collect();
    let detect = [Detect::Cookie("wl_locale".to_owned()), Detect::AcceptLanguage];
    let table = Locales::build("en", &locales, &detect, UnknownLocalePolicy::Reject);
    let worst = "xx-Yyyy-ZZ-a1b2c3d4,".repeat(limits::ACCEPT_LANGUAGE_RANGES_MAX);
    let long = "a-".repeat(32 * 1024);
    let cookies = format!("{}wl_locale=pt-BR", "session=0123456789abcdef; ".repeat(20));
    let cases: [(&str, Option<&str>, Option<&str>, &str); 7] = [
        ("browser", Some("en-US,en;q=0.9"), None, "en"),
        ("browser with four languages", Some("de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7,fr-CA;q=0.6"), None, "de"),
        ("truncated", Some("zh-Hant-TW-u-co-stroke"), None, "zh-Hant"),
        ("cookie", Some("en-US,en;q=0.9"), Some(&cookies), "pt-BR"),
        ("no header", None, None, "en"),
        ("most ranges, no match", Some(&worst), None, "en"),
        ("64 KiB", Some(&long), None, "en"),
    ];
    let mut group = criterion.benchmark_group("locale");
    for (name, accept_language, cookie, expected) in cases {
        assert_eq!(table.negotiate(accept_language, cookie), expected, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| table.negotiate(black_box(accept_language), black_box(cookie)).len());
        });
    }
    group.finish();
}

criterion_group!(benches, negotiate);
criterion_main!(benches);
