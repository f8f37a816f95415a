//! What Pingora asks of a stream beside reading and writing. The digests are of no use here and cost an allocation each.

use super::{ClientStream, Transport};
use async_trait::async_trait;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest, UniqueID,
    UniqueIDType,
};
use std::sync::Arc;

#[async_trait]
impl<T: Transport> Shutdown for ClientStream<T> {
    async fn shutdown(&mut self) {
        self.close().await;
    }
}

impl<T: Transport> UniqueID for ClientStream<T> {
    fn id(&self) -> UniqueIDType {
        0
    }
}
impl<T: Transport> Ssl for ClientStream<T> {}
impl<T: Transport> Peek for ClientStream<T> {}
impl<T: Transport> GetTimingDigest for ClientStream<T> {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}
impl<T: Transport> GetProxyDigest for ClientStream<T> {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        None
    }
}
impl<T: Transport> GetSocketDigest for ClientStream<T> {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        None
    }
}
