//! What an operator reads when the file is wrong.

use super::*;
use crate::config::{LogFormat, Static};

fn read(text: &str) -> Result<Config, String> {
    parse(Path::new("portico.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn an_empty_file_is_the_default_and_a_field_replaces_its_default_only() {
    assert_eq!(read("").unwrap(), Config::default());
    let config =
        read("domain = \"example.com\"\n[log]\nformat = \"json\"\n[static]\nmemory_cache_bytes = 0\n").unwrap();
    assert_eq!(config.domain, "example.com");
    assert_eq!(config.log.format, LogFormat::Json);
    assert!(config.log.access);
    assert_eq!(config.statics, Static { memory_cache_bytes: 0, ..Static::default() });
    assert_eq!(config.listen, Config::default().listen);
}

#[test]
fn upstreams_have_names_and_only_the_address_is_required() {
    let config = read(
        "[upstreams.api]\naddress = \"[::1]:3000\"\n[upstreams.Shop_1]\naddress = \"shop.internal:443\"\ntls = true\n",
    )
    .unwrap();
    assert_eq!(config.upstreams["api"].host(), "::1");
    assert_eq!(config.upstreams["Shop_1"].tls_name(), "shop.internal");
    assert_eq!(config.upstreams["api"].connect_timeout_seconds, 5);
}

#[test]
fn each_mistake_is_named_with_its_place() {
    for (text, expected) in [
        // Unknown keys
        ("lisen = []", "portico.toml:1:1: `lisen`: is not a known key; did you mean `listen`?"),
        ("\n[log]\n  fromat = \"json\"", "portico.toml:3:3: `log.fromat`: is not a known key; did you mean `format`?"),
        ("[functoins]\nthreads = 1", "portico.toml:1:2: `functoins`: is not a known key; did you mean `functions`?"),
        ("[statics]\n", "portico.toml:1:2: `statics`: is not a known key; did you mean `static`?"),
        (
            "[upstreams.api]\naddress = \"a:1\"\nconnect_timeout_second = 3",
            "portico.toml:3:1: `upstreams.api.connect_timeout_second`: is not a known key; did you mean `connect_timeout_seconds`?",
        ),
        ("[log]\nzzz = 1", "portico.toml:2:1: `log.zzz`: is not a known key; known are format, level, access"),
        // Not TOML
        ("domain = ", "portico.toml:1:10:"),
        ("domain = 1\ndomain = 2", "portico.toml:2:1:"),
        // Wrong types
        ("threads = \"two\"", "portico.toml:1:11: `threads`: invalid type: string \"two\", expected usize"),
        ("[log]\nlevel = \"loud\"", "portico.toml:2:9: `log.level`: unknown variant `loud`, expected one of"),
        ("drain_seconds = -1", "portico.toml:1:17: `drain_seconds`: invalid value: integer `-1`"),
        ("listen = [\"0.0.0.0:80\",\n  \"localhost\"]", "portico.toml:2:3: `listen[1]`: is not `ip:port`"),
        ("api_listen = \"8081\"", "portico.toml:1:14: `api_listen`: is not `ip:port`, such as `127.0.0.1:8080`"),
        ("upstreams = 1", "portico.toml:1:13: `upstreams`: invalid type"),
        // Impossible values
        ("listen = []", "portico.toml:1:10: `listen`: is empty"),
        ("listen = [\"0.0.0.0:80\",\n  \"0.0.0.0:80\"]", "portico.toml:2:3: `listen[1]`: 0.0.0.0:80 is listed twice"),
        ("api_listen = \"0.0.0.0:8080\"", "portico.toml:1:14: `api_listen`: 0.0.0.0:8080 is taken by the public"),
        (
            "api_listen = \"127.0.0.1:8080\"",
            "`api_listen`: 127.0.0.1:8080 is taken by the public listener 0.0.0.0:8080",
        ),
        ("domain = \"exa mple\"", "portico.toml:1:10: `domain`: is not a domain name"),
        ("domain = \"Example.com\"", "`domain`: is not a domain name in lower case"),
        ("domain = \"example.com:80\"", "`domain`: is not a domain name"),
        ("state_dir = \"\"", "`state_dir`: names no folder"),
        ("drain_seconds = 100000", "`drain_seconds`: is more than a day"),
        ("[limits]\nheader_seconds_max = 0", "portico.toml:2:22: `limits.header_seconds_max`: is zero"),
        ("[limits]\nkeepalive_idle_seconds_max = 75000000", "is more than a day (86400); the unit is seconds"),
        ("[limits]\nheader_bytes_max = 100", "`limits.header_bytes_max`: is less than 8192"),
        ("[limits]\nrequests_per_connection_max = 0", "`limits.requests_per_connection_max`: is zero"),
        ("[functions]\ntimeout_seconds_default = 400", "is more than `timeout_seconds_max`"),
        ("[functions]\nmemory_mb_max = 64", "`functions.memory_mb_default`: is more than `memory_mb_max`"),
        ("[functions]\nisolates_per_thread_max = 0", "`functions.isolates_per_thread_max`: is zero"),
        ("[upstreams.api]\ntls = true", "portico.toml:1:12: `upstreams.api.address`: is missing"),
        ("[upstreams.api]\naddress = \"localhost\"", "portico.toml:2:11: `upstreams.api.address`: is not `host:port`"),
        ("[upstreams.api]\naddress = \"::1:80\"", "`upstreams.api.address`: is not `host:port`"),
        ("[upstreams.api]\naddress = \"a:0\"", "`upstreams.api.address`: is not `host:port`"),
        ("[upstreams.api]\naddress = \"a:+1\"", "`upstreams.api.address`: is not `host:port`"),
        ("[upstreams.api]\naddress = \"http://a:1\"", "`upstreams.api.address`: is not `host:port`"),
        (
            "[upstreams.api]\naddress = \"a:1\"\nconnect_timeout_seconds = 0",
            "portico.toml:3:27: `upstreams.api.connect_timeout_seconds`: is zero",
        ),
        ("[upstreams.api]\naddress = \"a:1\"\nsni = \"b\"", "`upstreams.api.sni`: is set, but `tls` is false"),
        ("[upstreams.\"a b\"]\naddress = \"a:1\"", "an upstream's name is 1 to 64"),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(expected), "{text}\n  got:      {error}\n  expected: {expected}");
    }
}

#[test]
fn all_unknown_keys_and_all_impossible_values_are_named_at_once_in_order() {
    let error = read("zomain = 1\n[log]\nformt = 1\n").unwrap_err();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 2, "{error}");
    assert!(lines[0].contains(":1:1: `zomain`") && lines[1].contains(":3:1: `log.formt`"), "{error}");

    let error = read("listen = []\n[limits]\nbody_idle_seconds_max = 0\n").unwrap_err();
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = load(Path::new("/no/such/portico.toml")).unwrap_err().to_string();
    assert!(error.starts_with("/no/such/portico.toml: cannot be read:"), "{error}");
}

#[test]
fn columns_count_characters() {
    let error = read("state_dir = \"/é\" \nx = { \"ü\" = 1 }").unwrap_err();
    assert!(error.contains(":2:1: `x`"), "{error}");
    let error = read("log = { \"ü\" = 1, \"ö\" = 2 }").unwrap_err();
    assert!(error.contains(":1:18: `log.ö`"), "{error}");
}
