//! A bare loop: read, parse the head, write head and body of a fixed answer at once. No limits, no log, no time-outs.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Fields of one request that are parsed.
const FIELDS_MAX: usize = 64;

fn main() -> io::Result<()> {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).ok_or(io::ErrorKind::InvalidInput)?;
    let body = "0123456789abcdef".repeat(64);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer: &'static [u8] = answer.leak().as_bytes();
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (client, _) = listener.accept().await?;
            tokio::spawn(serve(client, answer));
        }
    })
}

async fn serve(mut client: TcpStream, answer: &[u8]) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1024);
    loop {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
        match httparse::Request::new(&mut fields).parse(&buffer).map_err(io::Error::other)? {
            httparse::Status::Complete(length) => {
                buffer.drain(..length);
                client.write_all(answer).await?;
            }
            httparse::Status::Partial => {
                if client.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            }
        }
    }
}
