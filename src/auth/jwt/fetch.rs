//! Reading key sets from servers and files, each within bounds of size and time.

use super::source::{Source, may_lead};
use crate::limits;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;
use url::Url;

/// What a source answered.
pub(super) enum Answer {
    /// The bytes of a key set, and of a file when it was written.
    Bytes(Vec<u8>, Option<Stamp>),
    /// The file is the one that was read before.
    Unchanged,
}

/// Which file it was, and when it was last changed: also one that was put in its place with an older date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    changed: (i64, i64),
    bytes: u64,
}

/// Reads a source. `seen` is the file that was read last.
///
/// # Errors
///
/// Why it cannot be read, for the log. Without its address, whose query may be a secret.
pub(super) async fn read(source: &Source, seen: Option<Stamp>) -> Result<Answer, String> {
    let reading = async {
        match source {
            Source::Url(url) => fetch(url).await.map(|bytes| Answer::Bytes(bytes, None)),
            Source::File(path) => read_file(path, seen).await,
        }
    };
    let time = Duration::from_secs(limits::JWKS_FETCH_SECONDS_MAX);
    tokio::time::timeout(time, reading).await.unwrap_or_else(|_| Err("it took too long".to_owned()))
}

// === Files ===

async fn read_file(path: &Path, seen: Option<Stamp>) -> Result<Answer, String> {
    let about = tokio::fs::metadata(path).await.map_err(|e| e.to_string())?;
    // A pipe would have us wait for ever.
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    let stamp = Stamp { inode: about.ino(), changed: (about.ctime(), about.ctime_nsec()), bytes: about.len() };
    if seen == Some(stamp) {
        return Ok(Answer::Unchanged);
    }
    let file = tokio::fs::File::open(path).await.map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    file.take(limits::JWKS_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).await.map_err(|e| e.to_string())?;
    if bytes.len() > limits::JWKS_BYTES_MAX {
        Err("it is too long".to_owned())
    } else {
        Ok(Answer::Bytes(bytes, Some(stamp)))
    }
}

// === Servers ===

type HttpClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

async fn fetch(url: &Url) -> Result<Vec<u8>, String> {
    let client = client().await?;
    let mut url = url.clone();
    for _ in 0..=limits::JWKS_REDIRECTS_MAX {
        let request = Request::get(url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("portico/", env!("CARGO_PKG_VERSION")))
            .body(Empty::new())
            .map_err(|e| e.to_string())?;
        let answer = client.request(request).await.map_err(with_sources)?;
        if answer.status().is_redirection() {
            url = next(&url, answer.headers()).ok_or("it leads to where it must not")?;
            continue;
        }
        if answer.status() != StatusCode::OK {
            return Err(format!("it answered {}", answer.status().as_u16()));
        }
        let body = Limited::new(answer.into_body(), limits::JWKS_BYTES_MAX).collect().await;
        return body.map(|body| body.to_bytes().to_vec()).map_err(|e| e.to_string());
    }
    Err("it leads on and on".to_owned())
}

fn next(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|to| may_lead(from, to))
}

async fn client() -> Result<&'static HttpClient, String> {
    static CLIENT: OnceCell<HttpClient> = OnceCell::const_new();
    CLIENT.get_or_try_init(|| async { tokio::task::spawn_blocking(build).await.map_err(|e| e.to_string())? }).await
}

/// A client without proxies of the environment, and without connections that outlive a fetch: there is one in minutes.
fn build() -> Result<HttpClient, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(authorities())
        .with_no_client_auth();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(Duration::from_secs(limits::JWKS_FETCH_SECONDS_MAX)));
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https))
}

/// The machine's certificate authorities, so that an operator's own counts; where it has none, Mozilla's.
fn authorities() -> rustls::RootCertStore {
    let mut store = rustls::RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().unwrap_or_default());
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

fn with_sources(error: hyper_util::client::legacy::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
