//! Functions: the request is gathered, handed to JavaScript, and the answer is checked before it is believed.
//!
//! Rules of reference 2.4 and 2.8. The body is held whole, up to a limit that is enforced before the client has sent more
//! than that. When the client leaves, the call is dropped, and with it cancelled.

mod gather;
mod invocation;
mod reply;

use super::Release;
use super::exchange::Exchange;
use super::request::asks_for_upgrade;
use crate::error::{Code, Error};
use crate::functions::Host;
use pingora::Result;
use pingora::proxy::Session;
use std::sync::Arc;

/// Asks the function for an answer and writes it; or gives the error that the client is to get instead, before anything
/// was written.
pub(super) async fn answer(
    host: &Host,
    session: &mut Session,
    exchange: &mut Exchange,
    release: &Arc<Release>,
    name: &str,
) -> Result<Option<Error>> {
    if asks_for_upgrade(session.req_header()) {
        return Ok(Some(Error::new(Code::UpgradeNotSupported, "Functions do not take upgraded connections.")));
    }
    let Some(function) = release.payload.get(name).cloned() else {
        let error = Error::new(Code::RuntimeUnavailable, "The function is not available.");
        return Ok(Some(error.because(format!("the release has no handle for function {name}"))));
    };
    exchange.function = Some(name.to_owned());
    let body = match gather::gather(session, exchange).await? {
        Ok(body) => body,
        Err(error) => return Ok(Some(error)),
    };
    let invocation = match invocation::invocation(session, exchange, release, body) {
        Ok(invocation) => invocation,
        Err(error) => return Ok(Some(error)),
    };
    let reply = tokio::select! {
        reply = host.invoke(&function, invocation) => reply,
        gone = left(session) => return Err(gone),
    };
    match reply.and_then(|reply| reply::check(&reply).map(|status| (status, reply))) {
        Ok((status, reply)) => reply::write(session, exchange, status, reply).await.map(|()| None),
        Err(error) => Ok(Some(error)),
    }
}

/// Ends when the client is gone.
async fn left(session: &mut Session) -> Box<pingora::Error> {
    if !session.is_body_done() {
        // The rest of a body that nobody wants stands between here and the client's end.
        return std::future::pending().await;
    }
    match session.downstream_session.read_body_or_idle(true).await {
        Err(error) => error.into_down(),
        // Nothing but an end is read after the body.
        Ok(_) => std::future::pending().await,
    }
}
