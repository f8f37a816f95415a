//! Where functions may connect to, and what they learn when they may not.

use crate::support::functions::functions;
use crate::support::node::Node;
use crate::support::upstream::Upstream;
use std::io::Write as _;
use std::net::TcpListener;

/// Fetches the URL in its query, and answers with what came of it.
const FETCHER: &str = r#"
    export default async (req) => {
        const url = new URL(req.url).searchParams.get("u");
        try {
            const response = await fetch(url, { redirect: new URL(req.url).searchParams.get("r") ?? "follow" });
            return new Response(`${response.status} ${await response.text()}`);
        } catch (error) {
            const all = [];
            for (let e = error; e; e = e.cause) all.push(`${e.name}: ${e.message}`);
            return new Response(all.join("; "));
        }
    };"#;

fn node(more: &str) -> Node {
    let node = Node::with(more);
    node.site(functions(&[("f", FETCHER)]));
    node
}

fn fetch(node: &Node, url: &str) -> String {
    let escaped: String = url.bytes().map(|byte| format!("%{byte:02x}")).collect();
    node.get(&format!("/f?u={escaped}")).text()
}

const REFUSED: &str = "TypeError: fetch failed: destination not allowed";

#[test]
fn every_form_of_a_local_address_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let node = node("");
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "user:password@127.0.0.1",
    ];
    for host in hosts {
        assert_eq!(fetch(&node, &format!("http://{host}:{port}/")), REFUSED, "{host}");
    }
    // Not every system knows this name.
    let answer = fetch(&node, &format!("http://localhost.:{port}/"));
    assert!(answer == REFUSED || answer.ends_with("the name could not be resolved"), "{answer}");
    assert_eq!(fetch(&node, &format!("http://{}/", node.edge)), REFUSED);
    assert_eq!(fetch(&node, &format!("http://{}/", node.api)), REFUSED);
    // Nobody came.
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
    // The log, which is not the client's, names what was refused.
    node.wait_for_log("destination not allowed");
}

#[test]
fn a_redirect_is_judged_like_a_request() {
    let inside = Upstream::saying("inside");
    let target = inside.address;
    let outside = Upstream::start_at("127.0.0.2:0", move |call| {
        let target = match call.request.target() {
            "/here" => "/there".to_owned(),
            "/there" => return call.answer(200, &[], b"there"),
            "/file" => "file:///etc/passwd".to_owned(),
            _ => format!("http://{target}/"),
        };
        call.answer(302, &[("Location", &target)], b"");
    });
    let node = node("[functions]\negress_allow = [\"127.0.0.2/32\"]");
    let base = format!("http://{}", outside.address);
    assert_eq!(fetch(&node, &format!("{base}/here")), "200 there");
    assert_eq!(fetch(&node, &format!("{base}/inside")), REFUSED);
    assert!(fetch(&node, &format!("{base}/file")).starts_with("TypeError: "));
    assert_eq!(fetch(&node, &format!("http://{target}/")), REFUSED);
    assert_eq!(inside.connections(), 0);
}

#[test]
fn the_api_is_closed_to_functions_even_if_its_address_is_listed() {
    let upstream = Upstream::saying("open");
    let node = node("[functions]\negress_allow = [\"127.0.0.1\"]");
    assert_eq!(fetch(&node, &format!("http://{}/", upstream.address)), "200 open");
    assert_eq!(fetch(&node, &format!("http://localhost:{}/", upstream.address.port())), "200 open");
    assert_eq!(fetch(&node, &format!("http://{}/v1/health", node.api)), REFUSED);
    assert_eq!(fetch(&node, &format!("http://localhost:{}/v1/health", node.api.port())), REFUSED);
}

#[test]
fn errors_tell_nothing_of_the_network() {
    let closed = TcpListener::bind("127.0.0.2:0").unwrap().local_addr().unwrap();
    let silent = Upstream::start_at("127.0.0.2:0", |call| call.close());
    let garbled = Upstream::start_at("127.0.0.2:0", |call| {
        call.write(b"not http\r\n\r\n");
        call.close();
    });
    let node = node("[functions]\negress_allow = [\"127.0.0.2/32\"]");
    assert_eq!(
        fetch(&node, &format!("http://{closed}/")),
        "TypeError: fetch failed; Error: the connection was refused"
    );
    assert_eq!(
        fetch(&node, &format!("http://{}/", silent.address)),
        "TypeError: fetch failed; Error: the connection was closed before the response was complete"
    );
    let answer = fetch(&node, &format!("http://{}/", garbled.address));
    assert_eq!(answer, "TypeError: fetch failed; Error: the response is not valid");
    let plain = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = plain.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in plain.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let answer = fetch(&node, &format!("https://{address}/"));
    assert!(answer.starts_with("TypeError: fetch failed; Error: TLS") && !answer.contains("127."), "{answer}");
    let answer = fetch(&node, "http://name.invalid/");
    assert_eq!(answer, "TypeError: fetch failed; Error: the name could not be resolved");
}

#[test]
fn only_the_web_schemes_are_fetched() {
    let node = node("");
    assert_eq!(fetch(&node, "data:text/plain,hello"), "200 hello");
    assert_eq!(fetch(&node, "data:text/plain;base64,aGVsbG8="), "200 hello");
    for url in
        ["file:///etc/passwd", "ftp://1.1.1.1/", "gopher://1.1.1.1/", "unix:/run/x", "ext:core/mod.js", "blob:null/x"]
    {
        let answer = fetch(&node, url);
        assert!(answer.starts_with("TypeError: "), "{url}: {answer}");
        assert!(!answer.contains("allow-net") && !answer.contains("root:"), "{url}: {answer}");
    }
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let proxy = Upstream::saying("through the proxy");
    let outside = Upstream::start_at("127.0.0.2:0", |call| call.answer(200, &[], b"direct"));
    let address = format!("http://{}", proxy.address);
    let mut variables = Vec::new();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        variables.push((name, address.as_str()));
    }
    let node = Node::with_environment("[functions]\negress_allow = [\"127.0.0.2/32\"]", &variables);
    node.site(functions(&[("f", FETCHER)]));
    assert_eq!(fetch(&node, &format!("http://{}/", outside.address)), "200 direct");
    assert_eq!(fetch(&node, &format!("http://{}/", proxy.address)), REFUSED);
    assert_eq!(proxy.connections(), 0);
}
