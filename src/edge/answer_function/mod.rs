//! Functions: the request is gathered, handed to JavaScript, and the answer is checked before it is believed.
//!
//! Rules of reference 2.4 and 2.8. The body is held whole, up to a limit that is enforced before the client has sent more
//! than that; a function that streams gets it piece by piece instead, and answers so. When the client leaves, the call is dropped,
//! and with it cancelled.

pub(super) mod caller;
mod feed;
mod gather;
mod invocation;
mod mint;
mod reply;

pub(crate) use reply::{answer_fields, check as check_answer};

use super::Release;
use super::exchange::Exchange;
use super::request::asks_for_upgrade;
use super::wire::Wire;
use crate::error::{Code, Error};
use crate::functions::{Host, RequestBody};
use caller::Passage;
use feed::Feed;
use pingora::Result;
use std::sync::Arc;

/// Asks the function for an answer and writes it; or gives the error that the client is to get instead, before anything
/// was written.
pub(super) async fn answer<W: Wire>(
    host: &Host,
    wire: &mut W,
    exchange: &mut Exchange,
    release: &Arc<Release>,
    name: &str,
) -> Result<Option<Error>> {
    if asks_for_upgrade(wire.request()) {
        return Ok(Some(Error::new(Code::UpgradeNotSupported, "Functions do not take upgraded connections.")));
    }
    let declared = release.release.functions.get(name);
    let (Some(function), Some(gate)) = (release.payload.get(name).cloned(), declared.map(|function| &function.gate))
    else {
        let error = Error::new(Code::RuntimeUnavailable, "The function is not available.");
        return Ok(Some(error.because(format!("the release has no function {name}, or no handle for it"))));
    };
    exchange.function = Some(Arc::clone(&function));
    // Before anything is read of the body: who may not call does not cost more than the answer.
    let Passage::Open(admission) = caller::pass(wire, exchange, release, gate).await? else { return Ok(None) };
    let (body, mut feed) = if function.source().settings.streaming {
        feed::begin(wire).await?
    } else {
        match gather::gather(wire, exchange).await? {
            Ok(body) => (RequestBody::Whole(body), Feed::nothing()),
            Err(error) => return Ok(Some(error)),
        }
    };
    let invocation = match invocation::invocation(wire, exchange, release, &admission, body) {
        Ok(invocation) => invocation,
        Err(error) => return Ok(Some(error)),
    };
    let mut invoke = std::pin::pin!(host.invoke(&function, invocation));
    let reply = loop {
        tokio::select! {
            biased;
            reply = &mut invoke => break reply,
            // With nothing more to hand over, this waits for the client's end.
            fed = feed.go_on(wire) => fed?,
        }
    };
    let mut reply = match reply {
        Ok(reply) => reply,
        Err(error) => return Ok(Some(error)),
    };
    if let Err(error) = mint::follow(release, name, &mut reply).await {
        return Ok(Some(error));
    }
    match reply::check(&reply).map(|status| (status, reply)) {
        Ok((status, reply)) => reply::write(wire, exchange, feed, status, reply).await.map(|()| None),
        Err(error) => Ok(Some(error)),
    }
}
