//! A client of a running node's deploy API, as the commands need it: one call, one JSON answer.

use crate::cli::output::Refused;
use crate::config::{self, Config};
use crate::error::{Code, Error};
use crate::release::store::ApiToken;
use anyhow::{Context, Result};
use clap::Args;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the node's API is, and what lets us in.
#[derive(Debug, Clone, Args)]
pub struct Connection {
    /// Address of the node's deploy API [default: the configuration's, or http://127.0.0.1:8081]
    #[arg(long, value_name = "URL", env = "PORTICO_API")]
    pub api: Option<String>,

    /// File with the API token [default: api-token in the node's state folder]
    #[arg(long, value_name = "FILE", env = "PORTICO_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,

    /// The node's configuration, to find its API and its state folder
    #[arg(long, value_name = "FILE", env = "PORTICO_CONFIG")]
    pub config: Option<PathBuf>,
}

/// The open client.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Connection {
    /// Reads the token and prepares the client; nothing is sent yet.
    pub fn open(&self) -> Result<Client> {
        let config = match &self.config {
            Some(file) => config::load(file)?,
            None => Config::default(),
        };
        let token = match &self.token_file {
            Some(file) => token_in(file)?,
            None => token_of(&config.state_dir)?,
        };
        let base = self.api.clone().unwrap_or_else(|| format!("http://{}", config.api_listen));
        // The API is on loopback or a private address: a proxy of the environment must never see the token.
        let http = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(5)).build()?;
        Ok(Client { http, base, token })
    }
}

impl Client {
    /// Calls the API without a body.
    pub async fn call(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        self.send(method, path, query, None).await
    }

    /// Calls the API with a JSON body.
    pub async fn call_with(&self, method: Method, path: &str, body: reqwest::Body) -> Result<Value> {
        self.send(method, path, &[], Some(body)).await
    }

    /// Calls the API with a query and a JSON body.
    pub async fn call_with_query(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: reqwest::Body,
    ) -> Result<Value> {
        self.send(method, path, query, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<reqwest::Body>,
    ) -> Result<Value> {
        let mut url = url::Url::parse(&self.base).with_context(|| format!("`{}` is not a URL", self.base))?;
        // Set as a path, not glued on as text: a `?` in a host name must not begin a query.
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.map_err(|cause| {
            Error::new(Code::NetworkError, format!("The node's API at {} does not answer.", self.base))
                .because(chain(&cause))
        })?;
        let status = response.status();
        let bytes = response.bytes().await.context("the API's answer broke off")?;
        answer(status, &bytes)
    }
}

/// The JSON of a good answer; an envelope becomes [`Refused`], anything else says what it was.
fn answer(status: StatusCode, bytes: &[u8]) -> Result<Value> {
    let body: Option<Value> = serde_json::from_slice(bytes).ok();
    match body {
        Some(body) if status.is_success() => Ok(body),
        Some(body) if body.get("code").is_some() => Err(Refused(body).into()),
        _ => anyhow::bail!("the API answered {status} without an envelope: is this a Portico node?"),
    }
}

/// The token in a file of the user's own.
fn token_in(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).map_err(|error| no_token(format!("{}: {error}", file.display())))?;
    Ok(text.trim().to_owned())
}

/// The token of the node whose state is in `state`.
fn token_of(state: &Path) -> Result<String> {
    let token = ApiToken::read(state).map_err(|error| no_token(error.cause.unwrap_or(error.message)))?;
    Ok(token.expose().to_owned())
}

fn no_token(cause: String) -> Error {
    let message = "The node's API token cannot be read: say where it is with --token-file, or where the node's state is with --config.";
    Error::new(Code::Unauthorized, message).because(cause)
}

/// The whole chain of causes: reqwest's own text leaves out the operating system's reason.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_a_refusal_and_a_foreign_answer_says_so() {
        let refused = answer(StatusCode::UNAUTHORIZED, br#"{"code":"UNAUTHORIZED","message":"no"}"#).unwrap_err();
        assert!(refused.downcast_ref::<Refused>().is_some());
        let foreign = answer(StatusCode::BAD_GATEWAY, b"<html>").unwrap_err();
        assert!(foreign.to_string().contains("502"));
    }

    #[test]
    fn a_good_answer_is_its_json() {
        assert_eq!(answer(StatusCode::OK, br#"{"status":"ok"}"#).unwrap()["status"], "ok");
    }
}
