//! An upstream server that does what a test says, byte by byte, and remembers what it was sent.

use super::node::PATIENCE;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// A request as it was on the wire.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// Request line and fields, with their line ends.
    pub head: String,
    /// The body with its framing undone, as far as the test's code read it.
    pub body: Vec<u8>,
}

impl Received {
    pub fn request_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// What was asked for: the path and query of most requests.
    pub fn target(&self) -> &str {
        self.request_line().split(' ').nth(1).unwrap_or_default()
    }

    /// Every value of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// The only value of a header, or none.
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} appears {} times: {}", all.len(), self.head);
        all.first().copied()
    }
}

/// A request that is being answered.
pub struct Call {
    pub request: Received,
    stream: BufReader<TcpStream>,
    closed: bool,
    body_read: bool,
    shared: Arc<Shared>,
    /// Its place among the requests received.
    index: usize,
}

impl Call {
    /// Sends bytes as they are. A peer that is gone is not the upstream's problem.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        // Before the answer: a test that has it may look.
        self.record();
        self.stream.get_mut().write_all(bytes).is_ok()
    }

    fn record(&self) {
        self.shared.received.lock().unwrap()[self.index].clone_from(&self.request);
    }

    /// Answers with a length.
    pub fn answer(&mut self, status: u16, fields: &[(&str, &str)], body: &[u8]) {
        let mut bytes = format!("HTTP/1.1 {status} Status\r\n").into_bytes();
        for (name, value) in fields {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        self.write(&bytes);
    }

    /// Reads the body to its end.
    pub fn read_body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        while let Some(part) = self.read_part() {
            body.extend_from_slice(&part);
        }
        self.request.body.clone_from(&body);
        body
    }

    /// Reads some of the body: a chunk, or what has come of a body with a length. Nothing at its end.
    pub fn read_part(&mut self) -> Option<Vec<u8>> {
        if self.body_read {
            return None;
        }
        let part =
            if self.request.header("transfer-encoding").is_some() { self.read_chunk() } else { self.read_length() };
        self.body_read = part.is_none();
        part
    }

    fn read_chunk(&mut self) -> Option<Vec<u8>> {
        let mut line = String::new();
        self.stream.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim_end(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk).ok()?;
        chunk.truncate(size);
        (size > 0).then_some(chunk)
    }

    fn read_length(&mut self) -> Option<Vec<u8>> {
        let length: usize = self.request.header("content-length")?.parse().unwrap();
        let left = length - self.request.body.len();
        if left == 0 {
            return None;
        }
        let mut part = vec![0; left.min(64 * 1024)];
        let read = self.stream.read(&mut part).ok().filter(|&read| read > 0)?;
        part.truncate(read);
        self.request.body.extend_from_slice(&part);
        Some(part)
    }

    /// Sends back every byte that comes, until the other side ends.
    pub fn echo(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = self.stream.read(&mut buffer) {
            if !self.write(&buffer[..read]) {
                break;
            }
        }
        self.close();
    }

    /// Waits until the other side closes the connection.
    pub fn wait_for_end(&mut self) {
        let mut rest = [0; 4096];
        while let Ok(1..) = self.stream.read(&mut rest) {}
        self.closed = true;
    }

    /// Ends the connection after what was written.
    pub fn close(&mut self) {
        self.closed = true;
        let _ = self.stream.get_ref().shutdown(Shutdown::Both);
    }
}

/// A running upstream. Its thread ends when it is dropped.
pub struct Upstream {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    stop: AtomicBool,
}

impl Upstream {
    /// A server that gives every request to `serve`, and keeps its connections open unless that closes them.
    pub fn start(serve: impl Fn(&mut Call) + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", serve)
    }

    /// Such a server on another address.
    pub fn start_at(address: &str, serve: impl Fn(&mut Call) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let (address, shared, serve) = (listener.local_addr().unwrap(), Arc::new(Shared::default()), Arc::new(serve));
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if own.stop.load(Ordering::SeqCst) {
                    return;
                }
                own.connections.fetch_add(1, Ordering::SeqCst);
                let (own, serve) = (Arc::clone(&own), Arc::clone(&serve));
                std::thread::spawn(move || connection(stream, &own, &*serve));
            }
        });
        Self { address, shared }
    }

    /// A server that answers everything with this text.
    pub fn saying(text: &'static str) -> Self {
        Self::start(move |call| {
            call.read_body();
            call.answer(200, &[("Content-Type", "text/plain")], text.as_bytes());
        })
    }

    /// The table of a node's configuration that names this server, with more keys.
    pub fn table(&self, name: &str, more: &str) -> String {
        format!("[upstreams.{name}]\naddress = \"{}\"\n{more}\n", self.address)
    }

    /// The requests so far, in the order in which they came.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The only request so far.
    pub fn only(&self) -> Received {
        let all = self.received();
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn connection(stream: TcpStream, shared: &Arc<Shared>, serve: &(impl Fn(&mut Call) + ?Sized)) {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE * 2)).unwrap();
    stream.set_write_timeout(Some(PATIENCE * 2)).unwrap();
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_head(&mut stream) {
        let request = Received { head, body: Vec::new() };
        let index = {
            let mut received = shared.received.lock().unwrap();
            received.push(request.clone());
            received.len() - 1
        };
        let shared = Arc::clone(shared);
        let mut call = Call { request, stream, closed: false, body_read: false, shared, index };
        serve(&mut call);
        call.record();
        if call.closed {
            return;
        }
        stream = call.stream;
    }
}

fn read_head(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Something that a test lets happen, or waits for.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits until the gate is open. Fails when that takes too long.
    pub fn wait(&self) {
        let open = self.0.0.lock().unwrap();
        let (open, _) = self.0.1.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap();
        assert!(*open, "what should have happened has not");
    }
}
