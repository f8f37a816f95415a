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

/// Whether content of this type becomes clearly shorter when it is encoded. Images, sound, films, archives and WOFF are compressed
/// in a way of their own.
pub fn is_compressible(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || ["+json", "+xml", "+yaml"].iter().any(|suffix| essence.ends_with(suffix))
        || COMPRESSIBLE.contains(&essence.as_str())
}

/// What is text without saying so, and binary formats that leave compressing to others.
const COMPRESSIBLE: &[&str] = &[
    "application/ecmascript",
    "application/font-sfnt",
    "application/graphql",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/rtf",
    "application/sql",
    "application/toml",
    "application/vnd.apple.mpegurl",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-font-otf",
    "application/x-font-ttf",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-subrip",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
    "font/collection",
    "font/otf",
    "font/sfnt",
    "font/ttf",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "image/x-icon",
    "model/gltf-binary",
];

/// Extension and type, sorted by extension.
const TYPES: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("aif", "audio/aiff"),
    ("aiff", "audio/aiff"),
    ("apng", "image/apng"),
    ("atom", "application/atom+xml"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("br", "application/octet-stream"),
    ("bz2", "application/x-bzip2"),
    ("cjs", "application/javascript"),
    ("css", "text/css"),
    ("csv", "text/csv; charset=utf-8"),
    ("cur", "image/x-icon"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eot", "application/vnd.ms-fontobject"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("geojson", "application/geo+json"),
    ("gif", "image/gif"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("gpx", "application/gpx+xml"),
    ("graphql", "application/graphql"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jfif", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "application/javascript"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("jxl", "image/jxl"),
    ("kml", "application/vnd.google-earth.kml+xml"),
    ("log", "text/plain; charset=utf-8"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/mp4"),
    ("map", "application/json"),
    ("markdown", "text/markdown; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("mid", "audio/midi"),
    ("midi", "audio/midi"),
    ("mjs", "application/javascript"),
    ("mkv", "video/matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpd", "application/dash+xml"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("ndjson", "application/x-ndjson"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rss", "application/rss+xml"),
    ("rtf", "application/rtf"),
    ("sql", "application/sql"),
    ("srt", "application/x-subrip"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tgz", "application/gzip"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values; charset=utf-8"),
    ("ttc", "font/collection"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("usdz", "model/vnd.usdz+zip"),
    ("vcf", "text/vcard; charset=utf-8"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("wgsl", "text/wgsl"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xhtml", "application/xhtml+xml"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("xsl", "text/xsl"),
    ("xslt", "application/xslt+xml"),
    ("xz", "application/x-xz"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn what_is_compressed_already_is_not_compressed_again() {
        for content_type in [
            "text/html; charset=utf-8",
            "TEXT/CSS",
            "application/javascript",
            "application/json ; charset=utf-8",
            "application/ld+json",
            "application/rss+xml",
            "application/manifest+json",
            "application/wasm",
            "image/svg+xml",
            "image/x-icon",
            "font/ttf",
        ] {
            assert!(is_compressible(content_type), "{content_type}");
        }
        for content_type in [
            "image/png",
            "image/webp",
            "font/woff2",
            "video/mp4",
            "audio/mpeg",
            "application/zip",
            "application/gzip",
            "application/pdf",
            "application/octet-stream",
            "application/jsonx",
            "",
            "text",
        ] {
            assert!(!is_compressible(content_type), "{content_type}");
        }
    }

    #[test]
    fn every_type_is_one() {
        for (extension, content_type) in TYPES {
            assert!(
                content_type.split_once('/').is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty())
            );
            assert!(content_type.bytes().all(|b| (b' '..=b'~').contains(&b)), "{extension}");
            // What browsers show as text says how it is encoded; for the others, their formats do, or the platform's type leaves it out.
            let text = content_type.starts_with("text/") && !["css", "xsl", "wgsl"].contains(extension);
            assert_eq!(content_type.ends_with("; charset=utf-8"), text, "{extension}");
        }
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
