//! Our own way to an upstream, over real sockets on that side and a client in memory on the other.

use super::super::Upstream;
use super::*;
use crate::config;
use crate::error::Code;
use http::HeaderValue;
use http::Request;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// A client that takes everything.
struct Sink {
    taken: Vec<u8>,
    left: oneshot::Receiver<()>,
}

impl Client for Sink {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.taken.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        pin!(&mut self.left).poll(cx).map(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn keep(&mut self) -> bool {
        true
    }
}

/// An upstream that says what a test wants, one connection and one request at a time.
struct Server(TcpListener);

impl Server {
    async fn start() -> (Self, Arc<Upstream>) {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut config::Upstream)) -> (Self, Arc<Upstream>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut config = config::Upstream { address, ..config::Upstream::default() };
        change(&mut config);
        (Self(listener), Arc::new(Upstream::new("up", &config)))
    }

    async fn accept(&self) -> TcpStream {
        self.0.accept().await.unwrap().0
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// What came of an exchange: its end, the client's header and body, and what is known of it.
struct Outcome {
    end: Result<(), Failure>,
    head: String,
    body: String,
    passed: Passed,
}

async fn exchange(upstream: &Arc<Upstream>, request: Request<()>) -> Outcome {
    let (_stay, left) = oneshot::channel();
    let mut client = Sink { taken: Vec::new(), left };
    let (end, passed) = run(upstream, request, &mut client).await;
    let text = String::from_utf8(client.taken).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Outcome { end, head: head.to_owned(), body: body.to_owned(), passed }
}

async fn run(upstream: &Arc<Upstream>, request: Request<()>, client: &mut Sink) -> (Result<(), Failure>, Passed) {
    let (parts, ()) = request.into_parts();
    let address = HeaderValue::from_static("192.0.2.1");
    let ask = Ask { request: &parts, forwarded_for: Some(&address), secure: false, id: RequestId::new(), vary: None };
    let mut attempt = Attempt { upstream: Arc::clone(upstream), failed: 0 };
    let mut passed = Passed::default();
    (pass(&mut attempt, &ask, client, &mut passed).await, passed)
}

fn asking(method: &str) -> Request<()> {
    Request::builder().method(method).uri("/a?b").header("host", "shop.example").body(()).unwrap()
}

/// One request of this method that is answered with these bytes, after which the connection is closed.
async fn answered_with(method: &str, answer: &'static [u8]) -> Outcome {
    let (server, upstream) = Server::start().await;
    let serve = async move {
        let mut stream = server.accept().await;
        read_request(&mut stream).await;
        stream.write_all(answer).await.unwrap();
    };
    tokio::join!(exchange(&upstream, asking(method)), serve).0
}

fn no_answer_of(outcome: &Outcome) -> (Code, String) {
    match &outcome.end {
        Err(Failure::NoAnswer(error)) => (error.code, error.cause.clone().unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_is_used_again_and_the_request_is_the_rules() {
    let (server, upstream) = Server::start().await;
    let serve = tokio::spawn(async move {
        let mut stream = server.accept().await;
        for _ in 0..3 {
            let head = read_request(&mut stream).await;
            assert!(head.starts_with("GET /a?b HTTP/1.1\r\nhost: shop.example\r\n"), "{head}");
            assert!(head.contains("\r\nx-forwarded-for: 192.0.2.1\r\n"), "{head}");
            stream.write_all(b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        }
    });
    for _ in 0..3 {
        let outcome = exchange(&upstream, asking("GET")).await;
        outcome.end.unwrap();
        assert!(outcome.head.starts_with("HTTP/1.1 200 Fine\r\nx-a: 1\r\nvia: 1.1 portico\r\n"), "{}", outcome.head);
        assert!(outcome.head.contains("content-length: 2\r\nconnection: keep-alive"), "{}", outcome.head);
        assert_eq!((outcome.body.as_str(), outcome.passed.bytes), ("ok", 2));
    }
    serve.await.unwrap();
}

#[tokio::test]
async fn a_request_that_finds_its_connection_closed_is_sent_once_more_if_it_may() {
    for (method, again) in [("GET", true), ("HEAD", true), ("DELETE", true), ("POST", false), ("PATCH", false)] {
        let (server, upstream) = Server::start().await;
        let serve = async {
            let mut first = server.accept().await;
            read_request(&mut first).await;
            first.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            // It takes the second request as well, and ends without a word.
            read_request(&mut first).await;
            drop(first);
            if again {
                let mut second = server.accept().await;
                read_request(&mut second).await;
                second.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            }
        };
        let ask = async {
            exchange(&upstream, asking("GET")).await.end.unwrap();
            exchange(&upstream, asking(method)).await
        };
        let (outcome, ()) = tokio::join!(ask, serve);
        match again {
            true => assert_eq!(outcome.passed.status, Some(StatusCode::NO_CONTENT), "{method}"),
            false => assert_eq!(no_answer_of(&outcome).0, Code::UpstreamUnavailable, "{method}"),
        }
    }
}

#[tokio::test]
async fn a_fresh_connection_that_is_closed_is_not_tried_again() {
    let (server, upstream) = Server::start().await;
    let serve = async {
        let mut stream = server.accept().await;
        read_request(&mut stream).await;
    };
    let (outcome, ()) = tokio::join!(exchange(&upstream, asking("GET")), serve);
    assert_eq!(no_answer_of(&outcome).0, Code::UpstreamUnavailable);
    assert!(outcome.head.is_empty());
}

#[tokio::test]
async fn an_answer_that_has_begun_is_not_asked_for_again() {
    let (server, upstream) = Server::start().await;
    let serve = async {
        let mut stream = server.accept().await;
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 2").await.unwrap();
    };
    let ask = async {
        exchange(&upstream, asking("GET")).await.end.unwrap();
        exchange(&upstream, asking("GET")).await
    };
    let (outcome, ()) = tokio::join!(ask, serve);
    assert_eq!(no_answer_of(&outcome).0, Code::UpstreamUnavailable);
}

#[tokio::test]
async fn bodies_are_framed_anew() {
    for (answer, framing, body) in [
        (&b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nContent-Length: 5\r\n\r\nhello"[..], "content-length: 5", "hello"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n03\r\nllo\r\n0\r\nT: 1\r\n\r\n",
            "transfer-encoding: chunked",
            "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", "transfer-encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "transfer-encoding: chunked", "0\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "content-length: 0", ""),
    ] {
        let outcome = answered_with("GET", answer).await;
        outcome.end.unwrap();
        assert_eq!(outcome.body, body);
        assert_eq!(outcome.head.matches("content-length").count() + outcome.head.matches("transfer-enc").count(), 1);
        assert!(outcome.head.contains(framing), "{}", outcome.head);
    }
}

#[tokio::test]
async fn rfc9112_6_3_answers_without_a_body() {
    for (method, answer, framing) in [
        ("HEAD", &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"[..], Some("content-length: 5")),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", None),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", Some("content-length: 5")),
        ("GET", b"HTTP/1.1 304 Not Modified\r\n\r\n", None),
    ] {
        let outcome = answered_with(method, answer).await;
        outcome.end.unwrap();
        assert_eq!(outcome.body, "");
        let said = outcome.head.lines().find(|line| line.starts_with("content-length") || line.starts_with("transfer"));
        assert_eq!(said, framing, "{method}");
    }
}

#[tokio::test]
async fn what_follows_an_answer_never_reaches_the_next_request() {
    let (server, upstream) = Server::start().await;
    let serve = tokio::spawn(async move {
        for body in ["one", "two"] {
            let mut stream = server.accept().await;
            read_request(&mut stream).await;
            let extra = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra";
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{body}{extra}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            // Closed by the other side.
            assert!(matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)));
        }
    });
    assert_eq!(exchange(&upstream, asking("GET")).await.body, "one");
    assert_eq!(exchange(&upstream, asking("GET")).await.body, "two");
    serve.await.unwrap();
}

#[tokio::test]
async fn interim_answers_pass_and_100_does_not() {
    let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nKeep-Alive: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let outcome = answered_with("GET", answer).await;
    outcome.end.unwrap();
    assert_eq!(outcome.head, "HTTP/1.1 103 Early Hints\r\nlink: </a>");
    assert!(
        outcome.body.starts_with("HTTP/1.1 200 OK\r\n") && outcome.body.ends_with("\r\n\r\nok"),
        "{}",
        outcome.body
    );
}

#[tokio::test]
async fn what_is_no_answer_is_told_as_such() {
    for answer in [
        &b"\x16\x03\x01 this is not HTTP\r\n\r\n"[..],
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"",
    ] {
        let outcome = answered_with("GET", answer).await;
        let (code, cause) = no_answer_of(&outcome);
        assert_eq!(code, Code::UpstreamUnavailable);
        assert!(!cause.is_empty() && outcome.passed.status.is_none() && outcome.head.is_empty());
    }
    let endless = Box::leak("HTTP/1.1 102 Processing\r\n\r\n".repeat(100).into_boxed_str());
    no_answer_of(&answered_with("GET", endless.as_bytes()).await);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_broken_off() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n",
    ] {
        let outcome = answered_with("GET", answer).await;
        let Err(Failure::BrokenOff(error)) = outcome.end else { panic!("{:?}", outcome.end) };
        assert_eq!(error.code, Code::UpstreamUnavailable);
        assert!(!outcome.body.contains("0\r\n\r\n"), "{}", outcome.body);
    }
}

#[tokio::test]
async fn each_wait_has_its_limit() {
    let (server, upstream) = Server::with(|config| config.response_timeout_seconds = 0).await;
    let outcome = tokio::select! {
        outcome = exchange(&upstream, asking("GET")) => outcome,
        _ = async { let _stream = server.accept().await; std::future::pending::<()>().await } => unreachable!(),
    };
    assert_eq!(no_answer_of(&outcome).0, Code::UpstreamTimeout);
    let (server, upstream) = Server::with(|config| config.idle_timeout_seconds = 0).await;
    let serve = async {
        let mut stream = server.accept().await;
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab").await.unwrap();
        std::future::pending::<()>().await;
    };
    let outcome =
        tokio::select! { outcome = exchange(&upstream, asking("GET")) => outcome, _ = serve => unreachable!() };
    let Err(Failure::BrokenOff(error)) = outcome.end else { panic!("{:?}", outcome.end) };
    assert_eq!(error.code, Code::UpstreamTimeout);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_as_such() {
    let (server, upstream) = Server::start().await;
    drop(server);
    assert_eq!(no_answer_of(&exchange(&upstream, asking("POST")).await).0, Code::UpstreamUnavailable);
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_exchange_and_the_connection() {
    let (server, upstream) = Server::start().await;
    let (leave, left) = oneshot::channel();
    let serve = async {
        let mut stream = server.accept().await;
        read_request(&mut stream).await;
        leave.send(()).unwrap();
        assert!(matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)));
    };
    let mut client = Sink { taken: Vec::new(), left };
    let ((end, _), ()) = tokio::join!(run(&upstream, asking("GET"), &mut client), serve);
    assert!(matches!(end, Err(Failure::Client(_))), "{end:?}");
}

#[tokio::test]
async fn large_answers_pass_whole() {
    const SIZE: usize = 5 << 20;
    let (server, upstream) = Server::start().await;
    let serve = tokio::spawn(async move {
        let mut stream = server.accept().await;
        for _ in 0..2 {
            read_request(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\nX-Large: {}\r\nContent-Length: {SIZE}\r\n\r\n", "x".repeat(100_000));
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&vec![b'y'; SIZE]).await.unwrap();
        }
    });
    for _ in 0..2 {
        let outcome = exchange(&upstream, asking("GET")).await;
        outcome.end.unwrap();
        assert!(outcome.body.len() == SIZE && outcome.body.bytes().all(|byte| byte == b'y'));
        assert!(outcome.head.contains(&"x".repeat(100_000)));
    }
    serve.await.unwrap();
}
