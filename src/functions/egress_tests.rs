use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every way of writing an address that is not the public internet, as far as a URL can.
const FORBIDDEN: [&str; 62] = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1.2.3",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "167772161",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.31.196.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::8.8.8.8]",
    "[64:ff9b:1::7f00:1]",
    "[100::1]",
    "[2001::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
];

const PUBLIC: [&str; 7] = [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "[2606:4700:4700::1111]",
    "[2a00:1450:4001:82a::200e]",
    "[::ffff:1.1.1.1]",
];

fn url(host: &str) -> Url {
    format!("http://{host}/").parse().unwrap()
}

fn address(host: &str) -> Option<IpAddr> {
    match url(host).host()? {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    }
}

#[test]
fn only_public_addresses_are_allowed() {
    assert_eq!(DENIED.iter().filter_map(|network| network.parse::<IpNet>().ok()).count(), DENIED.len());
    let policy = Policy::new(&[], None);
    let mut permissions = policy.permissions();
    for host in FORBIDDEN {
        assert!(!policy.allows_host_of(&url(host)), "{host}");
        let address = address(host).unwrap_or_else(|| panic!("{host} is not read as an address"));
        assert!(!policy.allows(address), "{host}");
        assert!(permissions.check_net_resolved(&address, 80, "").is_err(), "the connector lets {host} pass");
    }
    for host in PUBLIC {
        assert!(policy.allows_host_of(&url(host)), "{host}");
        assert!(permissions.check_net_resolved(&address(host).unwrap(), 80, "").is_ok(), "{host}");
    }
    // What cannot be an address cannot be asked for.
    for host in ["[fe80::1%25eth0]", "[fe80::1%eth0]", "256.256.256.256", "0x7f.1.1.1.1", "127.0.0.1:99999"] {
        assert!(format!("http://{host}/").parse::<Url>().is_err(), "{host}");
    }
}

#[test]
fn what_the_operator_lists_is_allowed_and_no_more() {
    let listed: Vec<IpNet> = ["10.1.0.0/16", "127.0.0.2/32", "64:ff9b::/96"].map(|n| n.parse().unwrap()).to_vec();
    let policy = Policy::new(&listed, Some("127.0.0.2:8081".parse().unwrap()));
    let mut permissions = policy.permissions();
    for host in ["10.1.0.0", "10.1.255.255", "127.0.0.2", "[::ffff:127.0.0.2]", "[64:ff9b::8.8.8.8]", "1.1.1.1"] {
        assert!(policy.allows_host_of(&url(host)), "{host}");
        assert!(permissions.check_net_resolved(&address(host).unwrap(), 80, "").is_ok(), "{host}");
    }
    for host in ["10.0.255.255", "10.2.0.0", "127.0.0.1", "127.0.0.3", "192.168.0.1"] {
        assert!(!policy.allows_host_of(&url(host)), "{host}");
        assert!(permissions.check_net_resolved(&address(host).unwrap(), 80, "").is_err(), "{host}");
    }
    // The gateway is listed, what is behind it is not.
    assert!(
        !policy.allows_host_of(&url("[64:ff9b::7f00:1]")) && !policy.allows_host_of(&url("[64:ff9b::192.168.0.1]"))
    );
    // The API stays closed.
    let api: IpAddr = "127.0.0.2".parse().unwrap();
    assert!(!policy.allows_host_of(&url("127.0.0.2:8081")) && policy.allows_host_of(&url("127.0.0.2:8082")));
    assert!(permissions.check_net_resolved(&api, 8081, "").is_err());
}

#[test]
fn an_api_on_every_address_closes_its_port() {
    let policy = Policy::new(&["127.0.0.0/8".parse().unwrap()], Some("0.0.0.0:8081".parse().unwrap()));
    assert!(!policy.allows_host_of(&url("127.0.0.1:8081")) && policy.allows_host_of(&url("127.0.0.1:8082")));
    assert!(policy.permissions().check_net_resolved(&"127.0.0.1".parse().unwrap(), 8081, "").is_err());
}

#[test]
fn the_door_is_open_at_its_own_address_and_port_and_its_client_goes_nowhere_else() {
    let door = "127.0.0.1:4022".parse().unwrap();
    let policy = Policy { door: Some(door), ..Policy::new(&[], Some("127.0.0.1:8081".parse().unwrap())) };
    let way = |text: &str| policy.way_to(&text.parse().unwrap());
    for text in ["http://127.0.0.1:4022/", "http://user:pw@127.1:4022/a?b", "http://0x7f000001:4022/internal/v1/x"] {
        assert_eq!(way(text), Some(Way::Door), "{text}");
    }
    for text in [
        "http://127.0.0.1/",
        "http://127.0.0.1:4021/",
        "http://127.0.0.1:8081/",
        "https://127.0.0.1:4022/",
        "http://127.0.0.2:4022/",
        "http://0.0.0.0:4022/",
        "http://[::1]:4022/",
        "http://[::ffff:127.0.0.1]:4022/",
    ] {
        assert_eq!(way(text), None, "{text}");
    }
    // A name goes the other way, and what it resolves to is judged there.
    assert_eq!(way("http://localhost:4022/"), Some(Way::Out));
    let mut out = policy.permissions();
    assert!(out.check_net_resolved(&door.ip(), door.port(), "").is_err(), "the other client has no hole");
    let mut permissions = policy.permissions_of_door();
    assert!(permissions.check_net_resolved(&door.ip(), door.port(), "").is_ok());
    for host in PUBLIC.iter().chain(&["127.0.0.2", "10.0.0.1", "[::1]"]) {
        assert!(permissions.check_net_resolved(&address(host).unwrap(), 4022, "").is_err(), "{host}");
    }
    let closed = Policy::new(&[], None);
    assert_eq!(closed.way_to(&"http://127.0.0.1:4022/".parse().unwrap()), None);
}

#[test]
fn addresses_of_this_machine_are_known() {
    assert!(is_own("127.0.0.1".parse().unwrap()));
    assert!(!is_own("192.0.2.1".parse().unwrap()) && !is_own("1.1.1.1".parse().unwrap()));
    // Whatever address this machine would be seen from, if it has a network at all.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    if socket.connect("1.1.1.1:9").is_ok() {
        assert!(is_own(socket.local_addr().unwrap().ip()));
    }
}

#[test]
fn a_network_without_another_is_the_rest() {
    let rest = without("10.0.0.0/8".parse().unwrap(), &"10.1.0.0/16".parse().unwrap());
    assert_eq!(rest.len(), 8);
    for (address, inside) in [("10.0.255.255", true), ("10.1.0.0", false), ("10.1.255.255", false), ("10.2.0.0", true)]
    {
        assert_eq!(rest.iter().any(|n| n.contains(&address.parse::<IpAddr>().unwrap())), inside, "{address}");
    }
    assert_eq!(without("10.0.0.0/8".parse().unwrap(), &"0.0.0.0/0".parse().unwrap()), []);
    let other = "10.0.0.0/8".parse().unwrap();
    assert_eq!(without(other, &"::/0".parse().unwrap()), [other]);
}

/// A server on a loopback address and port; answers with the address it was reached at.
fn server(address: &str) -> SocketAddr {
    let listener = std::net::TcpListener::bind(address).unwrap();
    let own = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut head);
            let answer =
                format!("HTTP/1.1 200 OK\r\nx-at: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", own.ip());
            let _ = std::io::Write::write_all(&mut stream, answer.as_bytes());
        }
    });
    own
}

/// A resolver as the rebinding attack has one: an allowed address first, then the machine itself.
static ASKED: AtomicUsize = AtomicUsize::new(0);

fn rebinding(_name: String) -> Resolving {
    let address = if ASKED.fetch_add(1, Ordering::SeqCst) == 0 { "127.0.0.2:0" } else { "127.0.0.1:0" };
    Box::pin(async move { Ok(vec![address.parse().unwrap()].into_iter()) })
}

#[tokio::test(flavor = "current_thread")]
async fn a_name_is_looked_up_once_and_only_what_was_looked_at_is_connected_to() {
    // As `main` does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let at = server("127.0.0.2:0");
    let _inside = server(&format!("127.0.0.1:{}", at.port()));
    let policy = Arc::new(Policy::new(&["127.0.0.2/32".parse().unwrap()], None));
    let look_up: fn(String) -> Resolving = rebinding;
    let resolver = Arc::new(CheckedResolver { policy: Arc::clone(&policy), look_up });
    let client = client_with(&policy, Way::Out, resolver).unwrap();
    let request = || {
        let mut request = http::Request::new(deno_fetch::ReqBody::empty());
        *request.uri_mut() = format!("http://rebinding.test:{}/", at.port()).parse().unwrap();
        request
    };
    let answer = client.clone().send(request()).await.unwrap();
    assert_eq!((answer.headers()["x-at"].to_str().unwrap(), ASKED.load(Ordering::SeqCst)), ("127.0.0.2", 1));
    let error = client.send(request()).await.map(drop).unwrap_err();
    assert_eq!(crate::functions::limits::fetch_reason(&error), NOT_ALLOWED);
    assert_eq!(ASKED.load(Ordering::SeqCst), 2);
}
