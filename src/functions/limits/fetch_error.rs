//! What JavaScript learns of a failed request: its kind. The texts of the layers below name resolved addresses, ports
//! of this machine and permissions, and are for nobody outside.

use crate::functions::egress::NOT_ALLOWED;
use deno_fetch::ClientSendError;
use std::borrow::Cow;
use std::error::Error;
use std::io::{self, ErrorKind};

/// Why a request failed.
pub(in crate::functions) fn reason(error: &ClientSendError) -> Cow<'static, str> {
    let mut reason =
        if error.is_connect_error() { "the connection could not be made" } else { "the connection was lost" };
    let mut layer: Option<&(dyn Error + 'static)> = Some(&error.source);
    while let Some(error) = layer {
        if let Some(known) = of_layer(error) {
            return known;
        }
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            if hyper.is_user() {
                return "the request body failed".into();
            }
            if hyper.is_parse() {
                reason = "the response is not valid";
            } else if hyper.is_incomplete_message() {
                reason = "the connection was closed before the response was complete";
            }
        } else if error.to_string() == "dns error" {
            // What is below says whether the name is unknown or leads to where it must not.
            reason = "the name could not be resolved";
        }
        layer = error.source();
    }
    reason.into()
}

fn of_layer(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        // Names of the certificate and of the URL at most.
        return Some(format!("TLS: {tls}").into());
    }
    let io = error.downcast_ref::<io::Error>()?;
    let reason = match io.kind() {
        // Of ours, or of the system, whose firewall thinks the same.
        ErrorKind::PermissionDenied => NOT_ALLOWED,
        ErrorKind::ConnectionRefused => "the connection was refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => "the connection was reset",
        ErrorKind::TimedOut => "the connection could not be made in time",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => "the host cannot be reached",
        _ => return io.get_ref().and_then(|inner| of_layer(inner)),
    };
    Some(reason.into())
}
