//! Pingora's session as the HTTP side of a request.

use super::super::request::{content_length, expects_continue};
use super::{Head, Wire};
use crate::limits;
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, Result};
use std::time::Duration;

impl Wire for Session {
    fn request(&self) -> &Parts {
        self.req_header()
    }

    fn status(&self) -> Option<StatusCode> {
        self.response_written().map(|answer| answer.status)
    }

    fn bytes_in(&self) -> u64 {
        self.body_bytes_read() as u64
    }

    fn bytes_out(&self) -> u64 {
        self.body_bytes_sent() as u64
    }

    fn is_body_done(&mut self) -> bool {
        self.downstream_session.is_body_done()
    }

    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        self.downstream_session.read_request_body().await
    }

    async fn write_continue(&mut self) -> Result<()> {
        // Pingora takes this for the answer, and would end the connection because the body is not read yet.
        self.downstream_session.set_close_on_response_before_downstream_finish(false);
        let sent = self.downstream_session.write_continue_response().await;
        self.downstream_session.set_close_on_response_before_downstream_finish(true);
        sent.map_err(|error| error.into_down())
    }

    /// If it is not quick, Pingora ends the connection after the answer, and [`super::super::client`] lets the client read it.
    async fn discard_body(&mut self) {
        if Wire::is_body_done(self) {
            return;
        }
        let small = content_length(self.req_header()).is_some_and(|length| length <= limits::UNWANTED_BODY_BYTES_MAX);
        // A client that waits for `100 Continue` may never send what it announced.
        if small && !expects_continue(self.req_header()) && self.get_keepalive().is_some() {
            self.set_total_drain_timeout(Some(Duration::from_secs(limits::UNWANTED_BODY_SECONDS_MAX)));
            // If it fails, the body is not done, and that is what ends the connection.
            let _ = self.drain_request_body().await;
        }
    }

    fn end_connection(&mut self) {
        self.set_keepalive(None);
    }

    async fn write_head(&mut self, head: Head, early: bool) -> Result<()> {
        // Names keep no case of their own: that would be a second map to fill and to walk. Two fields more are Pingora's: Date and
        // Connection.
        let mut header = ResponseHeader::build_no_case(head.status, Some(head.fields().len() + 2))?;
        for (name, value) in head.into_fields() {
            header.append_header(name, value)?;
        }
        if early {
            // How the connection goes on is decided at the end of both.
            self.downstream_session.set_close_on_response_before_downstream_finish(false);
        }
        self.downstream_session.write_response_header(Box::new(header)).await.map_err(|error| error.into_down())
    }

    async fn write_body(&mut self, bytes: Bytes, last: bool) -> Result<()> {
        self.downstream_session.write_response_body(bytes, last).await.map_err(|error| error.into_down())
    }

    async fn left(&mut self) -> Box<Error> {
        if !Wire::is_body_done(self) {
            // The rest of a body that nobody wants stands between here and the client's end.
            return std::future::pending().await;
        }
        match self.downstream_session.read_body_or_idle(true).await {
            Err(error) => error.into_down(),
            // Nothing but an end is read after the body.
            Ok(_) => std::future::pending().await,
        }
    }
}
