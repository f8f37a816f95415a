//! From a request to what answers it.
//!
//! Host, release, canonical path, resolution: the steps of reference 3.4, each of which can end in an error of its own. The
//! request keeps the release it found to its end.

use super::answer_static::Manner;
use super::exchange::Exchange;
use super::gateway::Gateway;
use super::redirect::Facts;
use super::request::Request;
use super::wire::Wire;
use super::{Release, answer_function, answer_static, redirect, responder};
use crate::error::{Code, Error};
use crate::route::method::Method;
use crate::route::path;
use crate::route::resolve::{Ask, Resolution};
use crate::telemetry::ServedBy;
use http::StatusCode;
use http::request::Parts;
use pingora::Result;
use std::sync::Arc;

/// Answers, and says so with `true`; or with `false` leaves the request to the upstream of `exchange`.
pub(super) async fn answer<W: Wire>(gateway: &Gateway, wire: &mut W, exchange: &mut Exchange) -> Result<bool> {
    let (release, path) = match find(gateway, wire.request()) {
        Ok(found) => found,
        Err(error) => return responder::send_error(wire, exchange, error, None).await.map(|()| true),
    };
    exchange.release = Some(Arc::clone(&release));
    let shared = &gateway.shared;
    let header = wire.request();
    // The usual path is canonical already and is read where it is.
    let asked = match &path {
        Canonical::AsSent => header.uri.path(),
        Canonical::Changed(path) => path,
    };
    let country_header = &shared.config.country_header;
    let facts = match release.tables.redirects.asks_client() {
        true => Request::read(header).map(|request| Facts::read(&request, country_header)).unwrap_or_default(),
        false => Facts::default(),
    };
    let secure = exchange.connection.as_ref().is_some_and(|connection| connection.secure);
    let role = redirect::role(&release, wire, asked, secure).await;
    let roles: Option<&str> = role.as_deref();
    let client = facts.client(roles.as_slice());
    let ask = Ask { method: Method::parse(header.method.as_str()), path: asked, query: header.uri.query(), client };
    let decision = release.tables.decide(&ask);
    let fields = release.tables.fields(&decision, asked);
    let location = match decision.answer {
        Resolution::Redirect { rule } => rule.location(asked, ask.query).unwrap_or_default(),
        _ => String::new(),
    };
    exchange.country = redirect::country_code(&header.headers, country_header);
    exchange.vary = redirect::vary(decision.varies, country_header);
    let refusal = match decision.answer {
        Resolution::Static { file, .. } => {
            exchange.served_by = ServedBy::Static;
            let manner = Manner { status: StatusCode::OK, cache_control: decision.cache_control(), fields };
            match answer_static::answer(&shared.blobs, wire, exchange, file, &manner).await? {
                None => return Ok(true),
                Some(error) => (error, None),
            }
        }
        Resolution::NotFound { page: Some(file), status } => {
            exchange.served_by = ServedBy::Static;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
            let manner = Manner { status, cache_control: decision.cache_control(), fields };
            match answer_static::answer(&shared.blobs, wire, exchange, file, &manner).await? {
                None => return Ok(true),
                Some(error) => (error, None),
            }
        }
        Resolution::Redirect { rule } => {
            return redirect::answer(wire, exchange, rule, &location).await.map(|()| true);
        }
        Resolution::Function { name, .. } => {
            exchange.served_by = ServedBy::Function;
            match Box::pin(answer_function::answer(&shared.functions, wire, exchange, &release, name)).await? {
                None => return Ok(true),
                Some(error) => (error, None),
            }
        }
        Resolution::Proxy { upstream, .. } => {
            exchange.served_by = ServedBy::Upstream;
            match gateway.check_length(wire.request()).and_then(|()| gateway.upstreams.attempt(upstream)) {
                Ok(attempt) => {
                    exchange.attempt = Some(attempt);
                    return Ok(false);
                }
                Err(error) => (error, None),
            }
        }
        Resolution::MethodNotAllowed { allow, by_route, .. } => {
            let code = if by_route { Code::RouteMethodNotAllowed } else { Code::MethodNotAllowed };
            (Error::new(code, "The path does not take this method."), Some(allow.allow_header()))
        }
        Resolution::NotFound { page: None, .. } => {
            (Error::new(Code::StaticNotFound, "There is nothing at this path."), None)
        }
    };
    let (error, allow) = refusal;
    responder::send_error(wire, exchange, error, allow).await.map(|()| true)
}

/// The path of a request in its one spelling.
enum Canonical {
    /// As the client wrote it.
    AsSent,
    /// Otherwise.
    Changed(String),
}

fn find(gateway: &Gateway, header: &Parts) -> Result<(Arc<Release>, Canonical), Error> {
    let request = Request::read(header)?;
    let release = gateway.shared.live.lookup(&request.host).map_err(|miss| match miss.code() {
        code @ Code::NoSiteDeployed => Error::new(code, "Nothing has been deployed to this site yet."),
        code @ (Code::HostNotConfigured | Code::SubdomainNotConfigured) => {
            Error::new(code, "There is no site at this address.")
        }
        code => Error::new(code, "The site is there, but what it is made of cannot be read at the moment."),
    })?;
    let raw = request.raw_path();
    let canonical = path::canonicalize(raw).map_err(|error| Error::new(error.code(), "The path is not valid."))?;
    let canonical = if canonical == raw { Canonical::AsSent } else { Canonical::Changed(canonical.into_owned()) };
    Ok((release, canonical))
}

pub(super) fn body_too_large() -> Error {
    Error::new(Code::RequestBodyTooLarge, "The request body is too large.")
}
