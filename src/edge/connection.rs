//! The life of one connection: request after request, until one of the two sides has had enough.

use super::client::{ClientLimits, ClientStream, Connection, Next, Transport};
use super::exchange::log_refusal;
use super::gateway::Gateway;
use super::request_id::RequestId;
use super::responder;
use pingora::apps::{HttpPersistentSettings, HttpServerApp};
use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use pingora::proxy::HttpProxy;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::watch;

/// What every connection of the edge shares.
pub(super) struct Connections {
    pub(super) proxy: Arc<HttpProxy<Gateway>>,
    pub(super) limits: ClientLimits,
    /// Requests on one connection, at least one.
    pub(super) requests_max: u32,
    /// Becomes true when the edge stops.
    pub(super) stop: watch::Receiver<bool>,
    /// The same, where it is asked for every answer.
    pub(super) stopping: Arc<AtomicBool>,
}

impl Connections {
    /// Serves a connection to its end. A connection on which nothing is under way ends at once when the edge stops.
    ///
    /// Pingora's own loop is not used: it would look for HTTP/2 without TLS by a read that can wait for ever, and it
    /// would let a client that sends nothing stay.
    pub(super) async fn serve<T: Transport>(&self, io: T, client: SocketAddr, secure: bool) {
        let connection = Arc::new(Connection::new(client, secure, Arc::clone(&self.stopping)));
        let mut client = Box::new(ClientStream::new(io, Arc::clone(&connection), self.limits));
        let mut watched = self.stop.clone();
        let mut stop = pin!(async move {
            // An error means that the edge is gone, which is a stop as well.
            let _ = watched.wait_for(|stop| *stop).await;
        });
        let mut kept: Option<HttpPersistentSettings> = None;
        loop {
            let request = match client.next_request(stop.as_mut()).await {
                Next::Request(request) => request,
                Next::Refused(error) => {
                    let id = RequestId::new();
                    log_refusal(id, &connection, &error);
                    return client.refuse(&responder::refusal(id, &error)).await;
                }
                Next::End => return,
            };
            let mut session = ServerSession::new_http1(client as Stream);
            match kept.take() {
                Some(settings) => settings.apply_to_session(&mut session),
                None => session.set_keepalive_reuses_remaining(Some(self.requests_max.saturating_sub(1))),
            }
            session.set_connection_user_context(Some(Box::new(Arc::clone(&connection))));
            session.set_pipelined_prefix(request);
            let Some(reused) = self.proxy.process_new_http(session, &self.stop).await else {
                return;
            };
            let (stream, settings) = reused.consume();
            kept = settings;
            client = match stream.into_any().downcast::<ClientStream<T>>() {
                Ok(client) => client,
                // It went in as one and nothing in between replaces it.
                Err(_) => return,
            };
        }
    }
}
