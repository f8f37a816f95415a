//! An empty answer of Pingora's proxy: each request is answered in its first filter, with a fixed body.

use async_trait::async_trait;
use bytes::Bytes;
use pingora::http::ResponseHeader;
use pingora::proxy::{ProxyHttp, Session, http_proxy_service};
use pingora::server::Server;
use pingora::server::configuration::ServerConf;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};

/// The answer.
struct Fixed(Bytes);

#[async_trait]
impl ProxyHttp for Fixed {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn request_filter(&self, session: &mut Session, (): &mut ()) -> Result<bool> {
        let mut head = ResponseHeader::build(200, Some(2))?;
        head.insert_header("content-type", "text/plain")?;
        head.insert_header("content-length", self.0.len())?;
        session.write_response_header(Box::new(head), false).await?;
        session.write_response_body(Some(self.0.clone()), true).await?;
        Ok(true)
    }

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        Err(Error::new(ErrorType::InternalError))
    }
}

fn main() -> Result<()> {
    let port = std::env::args().nth(1).unwrap_or_default();
    let conf = ServerConf { threads: 1, ..ServerConf::default() };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let body = Bytes::from("0123456789abcdef".repeat(64));
    let mut service = http_proxy_service(&server.configuration, Fixed(body));
    service.add_tcp(&format!("127.0.0.1:{port}"));
    server.add_service(service);
    server.run_forever()
}
