//! Content types by file extension, for files whose spec gives none.
//!
//! The types of the platform where it has some (reference 3.5), IANA's elsewhere. Text that browsers show has its
//! encoding with it; what is not known is bytes, which browsers offer to save.

/// What a file without a known extension is.
pub const UNKNOWN: &str = "application/octet-stream";

/// The `Content-Type` of a file, by the extension of its name.
pub fn guess(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((_, extension)) = name.rsplit_once('.') else { return UNKNOWN };
    let extension = extension.to_ascii_lowercase();
    TYPES.binary_search_by_key(&extension.as_str(), |(known, _)| known).map_or(UNKNOWN, |found| TYPES[found].1)
}

/// The `Content-Type` of a site's file, by its path in the site or else by that of the file it was read from.
pub fn guess_from(site_path: &str, source: &str) -> &'static str {
    match guess(site_path) {
        UNKNOWN => guess(source),
        known => known,
    }
}

/// Extension and type, sorted by extension.
const TYPES: &[(&str, &str)] = &[
    ("aac", "audio/aac"),
    ("apng", "image/apng"),
    ("atom", "application/atom+xml"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("br", "application/octet-stream"),
    ("cjs", "application/javascript"),
    ("css", "text/css"),
    ("csv", "text/csv; charset=utf-8"),
    ("eot", "application/vnd.ms-fontobject"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("geojson", "application/geo+json"),
    ("gif", "image/gif"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "application/javascript"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("jxl", "image/jxl"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "application/javascript"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("rss", "application/rss+xml"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xhtml", "application/xhtml+xml"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn types_follow_the_last_extension_in_any_case() {
        for (path, content_type) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.CSS", "text/css"),
            ("app.deadbeef.js", "application/javascript"),
            ("app.js.map", "application/json"),
            ("f.woff2", "font/woff2"),
            ("m.wasm", "application/wasm"),
            ("README", UNKNOWN),
            ("a.d/README", UNKNOWN),
            ("x.unheard-of", UNKNOWN),
            (".", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(guess(path), content_type, "{path}");
        }
    }
}
