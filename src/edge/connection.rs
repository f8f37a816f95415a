//! The life of one connection: request after request, until one of the two sides has had enough.

use super::client::{ClientLimits, ClientStream, Connection, Next, Transport};
use super::direct::{self, Direct, scratch};
use super::exchange::{Exchange, log_refusal};
use super::gateway::Gateway;
use super::head::Head;
use super::request_id::RequestId;
use super::wire::Wire;
use super::{dispatch, responder, upstream};
use crate::error::Error;
use bytes::BytesMut;
use pingora::apps::HttpServerApp;
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
    /// The same that the proxy asks.
    pub(super) gateway: Gateway,
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
        for remaining in (0..self.requests_max).rev() {
            let head = match client.next_request(stop.as_mut()).await {
                Next::Request(head) => head,
                Next::Refused(error) => return refuse(&mut client, &connection, &error).await,
                Next::End => return,
            };
            let request = if head.body.is_done() {
                match self.answer(&mut client, &connection, &head, remaining > 0).await {
                    Answered::KeptOpen => continue,
                    Answered::Ended => return,
                    Answered::NotPlain(request) => Ok(request),
                }
            } else {
                client.take_request(head)
            };
            let request = match request {
                Ok(request) => request,
                Err(error) => return refuse(&mut client, &connection, &error).await,
            };
            let mut session = ServerSession::new_http1(client as Stream);
            session.set_keepalive_reuses_remaining(Some(remaining));
            session.set_connection_user_context(Some(Box::new(Arc::clone(&connection))));
            session.set_pipelined_prefix(request);
            let Some(reused) = self.proxy.process_new_http(session, &self.stop).await else {
                return;
            };
            let (stream, _) = reused.consume();
            client = match stream.into_any().downcast::<ClientStream<T>>() {
                Ok(client) => client,
                // It went in as one and nothing in between replaces it.
                Err(_) => return,
            };
        }
    }

    /// Answers a request without a body, if it is a plain one. `keep_alive` says whether the connection may have another.
    async fn answer<T: Transport>(
        &self,
        client: &mut ClientStream<T>,
        connection: &Arc<Connection>,
        head: &Head,
        keep_alive: bool,
    ) -> Answered {
        let header = client.take_header(head);
        let mut parts = scratch::take();
        let Some(wanted) = direct::read(&header, &mut parts) else {
            return Answered::NotPlain(client.untaken(header));
        };
        let mut exchange = Exchange::new();
        exchange.connection = Some(Arc::clone(connection));
        let mut wire = Direct::new(client, &parts, keep_alive && wanted);
        let answered = match dispatch::answer(&self.gateway, &mut wire, &mut exchange).await {
            Ok(true) => Ok(()),
            Ok(false) if exchange.takes_plain_request() => wire.pass(&mut exchange).await,
            Ok(false) => return Answered::NotPlain(client.untaken(header)),
            Err(error) => Err(error),
        };
        let (kept, failure) = match answered {
            Ok(()) => match wire.finish().await {
                Ok(kept) => (kept, None),
                Err(error) => (false, Some(error)),
            },
            Err(error) => {
                let told = exchange.error.take().or_else(|| upstream::failure(Some(connection), &error));
                wire.end_connection();
                match (told, wire.status()) {
                    (Some(told), None) => {
                        // If that fails as well, there is nobody to be told.
                        let _ = responder::send_error(&mut wire, &mut exchange, told, None).await;
                        let _ = wire.finish().await;
                    }
                    (told, _) => exchange.error = told,
                }
                (false, Some(error))
            }
        };
        let orderly = failure.is_none() || exchange.error.is_some();
        exchange.log(&wire, failure.map(|error| error.to_string()).as_deref());
        scratch::give_back(parts);
        if kept {
            return Answered::KeptOpen;
        }
        if orderly {
            client.close().await;
        }
        Answered::Ended
    }
}

/// What became of a request.
enum Answered {
    /// It was answered, and another may come.
    KeptOpen,
    /// It was the connection's last.
    Ended,
    /// It is for Pingora.
    NotPlain(BytesMut),
}

async fn refuse<T: Transport>(client: &mut ClientStream<T>, connection: &Connection, error: &Error) {
    let id = RequestId::new();
    log_refusal(id, connection, error);
    client.refuse(&responder::refusal(id, error)).await;
}
