//! The stream alone, over a pipe in memory.

use super::*;
use std::future::pending;
use std::io::{self, IoSlice};
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::io::ReadBuf;
use tokio::io::{DuplexStream, duplex};

const MS: fn(u64) -> Duration = Duration::from_millis;

fn client(limits: ClientLimits) -> (ClientStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(1 << 20);
    let connection = Arc::new(Connection::new("192.0.2.1:1".parse().unwrap(), false, Arc::new(AtomicBool::new(false))));
    (ClientStream::new(near, connection, limits), far)
}

fn limits() -> ClientLimits {
    ClientLimits { header_bytes_max: 4096, header: MS(200), idle: MS(400), body_idle: MS(200), write_idle: MS(200) }
}

async fn next(client: &mut ClientStream<DuplexStream>) -> Next {
    client.next_request(pin!(pending())).await
}

async fn request(client: &mut ClientStream<DuplexStream>) -> Vec<u8> {
    match next(client).await {
        Next::Request(head) => {
            client.connection.parsed();
            client.take_request(head).unwrap().to_vec()
        }
        other => panic!("{other:?}"),
    }
}

const GET: &[u8] = b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n";
const POST: &[u8] = b"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn pipelined_requests_are_handed_over_one_at_a_time() {
    let (mut client, mut far) = client(limits());
    far.write_all(&[GET, POST, GET].concat()).await.unwrap();
    assert_eq!(request(&mut client).await, GET);
    // Pingora asks for the client's end while it answers; the next request is none of its business.
    let mut buffer = [0; 64];
    assert!(tokio::time::timeout(MS(20), client.read(&mut buffer)).await.is_err());
    assert_eq!(request(&mut client).await, POST);
    assert_eq!(request(&mut client).await, GET);
}

#[tokio::test]
async fn a_body_is_read_to_its_end_and_not_beyond() {
    let (mut client, mut far) = client(limits());
    far.write_all(&POST[..POST.len() - 3]).await.unwrap();
    assert_eq!(request(&mut client).await, &POST[..POST.len() - 3]);
    far.write_all(&[b"llo", GET].concat()).await.unwrap();
    let mut buffer = [0; 64];
    assert_eq!(client.read(&mut buffer).await.unwrap(), 3);
    assert_eq!(&buffer[..3], b"llo");
    assert_eq!(request(&mut client).await, GET);
}

#[tokio::test]
async fn a_slow_header_is_answered_408_however_often_a_byte_comes() {
    let (mut client, mut far) = client(limits());
    let drip = tokio::spawn(async move {
        for byte in GET.iter().cycle() {
            if far.write_all(&[*byte]).await.is_err() || *byte == b'\r' {
                break;
            }
            tokio::time::sleep(MS(50)).await;
        }
        far
    });
    let begun = Instant::now();
    let Next::Refused(error) = next(&mut client).await else { panic!("not refused") };
    assert_eq!(error.code, Code::RequestTimeout);
    assert!(begun.elapsed() < MS(600), "{:?}", begun.elapsed());
    drip.abort();
}

#[tokio::test]
async fn a_silent_client_is_left_at_first_and_between_requests() {
    let (mut silent, _far) = client(limits());
    let begun = Instant::now();
    assert!(matches!(next(&mut silent).await, Next::End));
    assert!(begun.elapsed() < MS(390), "the first request has the header's time");
    let (mut idle, mut far) = client(limits());
    far.write_all(GET).await.unwrap();
    request(&mut idle).await;
    let begun = Instant::now();
    assert!(matches!(next(&mut idle).await, Next::End));
    assert!(begun.elapsed() >= MS(390), "a kept connection has the idle time");
}

#[tokio::test]
async fn a_stop_ends_an_idle_connection_and_not_a_request_that_has_begun() {
    let (mut idle, _far) = client(limits());
    assert!(matches!(idle.next_request(pin!(async {})).await, Next::End));
    let (mut busy, mut far) = client(limits());
    far.write_all(&GET[..10]).await.unwrap();
    let rest = tokio::spawn(async move {
        tokio::time::sleep(MS(50)).await;
        far.write_all(&GET[10..]).await.unwrap();
        far
    });
    assert!(matches!(busy.next_request(pin!(async {})).await, Next::Request(_)));
    rest.await.unwrap();
}

#[tokio::test]
async fn a_slow_body_is_an_error_that_says_so() {
    let (mut client, mut far) = client(limits());
    far.write_all(&POST[..POST.len() - 3]).await.unwrap();
    request(&mut client).await;
    let error = client.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(client.connection.expired(Wait::Read));
}

#[tokio::test]
async fn a_late_answer_is_noticed_on_the_clients_side() {
    let (mut client, mut far) = client(limits());
    far.write_all(GET).await.unwrap();
    request(&mut client).await;
    client.connection.expect_answer_within(MS(50));
    assert!(client.read(&mut [0; 8]).await.is_err());
    assert!(client.connection.expired(Wait::Answer));
    far.write_all(GET).await.unwrap();
    request(&mut client).await;
    assert!(!client.connection.expired(Wait::Answer), "the next request begins afresh");
}

#[tokio::test]
async fn header_and_body_leave_together() {
    let (near, mut far) = duplex(1 << 20);
    let counted = Counted { io: near, writes: 0 };
    let connection = Arc::new(Connection::new("192.0.2.1:1".parse().unwrap(), false, Arc::new(AtomicBool::new(false))));
    let mut client = ClientStream::new(counted, connection, limits());
    far.write_all(GET).await.unwrap();
    let Next::Request(_) = client.next_request(pin!(pending())).await else { panic!() };
    client.connection.parsed();
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    client.write_all(b"body").await.unwrap();
    client.flush().await.unwrap();
    assert_eq!(client.io.writes, 1);
    // A large body is not copied behind the header: both go in one vectored call.
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    client.write_all(&vec![b'x'; 100_000]).await.unwrap();
    client.flush().await.unwrap();
    assert_eq!(client.io.writes, 2);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up() {
    let (near, mut far) = duplex(64);
    let connection = Arc::new(Connection::new("192.0.2.1:1".parse().unwrap(), false, Arc::new(AtomicBool::new(false))));
    let mut client = ClientStream::new(near, connection, limits());
    far.write_all(GET).await.unwrap();
    let Next::Request(_) = client.next_request(pin!(pending())).await else { panic!() };
    client.connection.parsed();
    let error = client.write_all(&vec![b'x'; 100_000]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn after_a_101_the_connection_is_a_tunnel() {
    let (mut client, mut far) = client(limits());
    far.write_all(GET).await.unwrap();
    request(&mut client).await;
    client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
    client.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").await.unwrap();
    client.flush().await.unwrap();
    far.write_all(b"\x81\x00").await.unwrap();
    let mut buffer = [0; 8];
    assert_eq!(client.read(&mut buffer).await.unwrap(), 2);
    // Silence has no deadline here.
    assert!(tokio::time::timeout(MS(400), client.read(&mut buffer)).await.is_err());
}

#[tokio::test]
async fn a_refusal_of_pingoras_is_replaced_by_ours() {
    let (mut client, mut far) = client(limits());
    far.write_all(GET).await.unwrap();
    let Next::Request(head) = next(&mut client).await else { panic!() };
    client.take_request(head).unwrap();
    client.write_all(b"HTTP/1.1 400 Bad Request\r\nServer: Pingora\r\n\r\n").await.unwrap();
    client.flush().await.unwrap();
    let mut buffer = vec![0; 4096];
    let read = far.read(&mut buffer).await.unwrap();
    let answer = String::from_utf8_lossy(&buffer[..read]);
    assert!(answer.contains("\"code\":\"BAD_REQUEST\"") && !answer.contains("Pingora"), "{answer}");
}

/// Counts writes.
#[derive(Debug)]
struct Counted {
    io: DuplexStream,
    writes: usize,
}

impl Transport for DuplexStream {
    fn reset(&self) {}
}

impl Transport for Counted {
    fn reset(&self) {}
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes += 1;
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes += 1;
        let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        Pin::new(&mut self.io).poll_write(cx, &all)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
