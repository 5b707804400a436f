//! Says where the gateway listens, as soon as it does.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::BackgroundService;
use tokio::net::TcpStream;

use super::POLL;

/// Announces every listener once it takes connections.
pub(super) struct Announcer {
    urls: Vec<(SocketAddr, String)>,
    out: Mutex<Box<dyn Write + Send>>,
}

impl Announcer {
    pub(super) fn new(urls: Vec<(SocketAddr, String)>, out: Box<dyn Write + Send>) -> Self {
        Self { urls, out: Mutex::new(out) }
    }
}

#[async_trait]
impl BackgroundService for Announcer {
    async fn start(&self, _shutdown: ShutdownWatch) {
        // The listeners of a service open together, and a TLS one takes a mere connection for a failed handshake.
        let plain = self.urls.iter().filter(|(_, url)| url.starts_with("http:")).count();
        for (address, _) in self.urls.iter().filter(|(_, url)| plain == 0 || url.starts_with("http:")) {
            while TcpStream::connect(reachable(*address)).await.is_err() {
                tokio::time::sleep(POLL).await;
            }
        }
        let lines: String = self.urls.iter().map(|(_, url)| format!("listening on {url}\n")).collect();
        if let Ok(mut out) = self.out.lock() {
            // Nobody listening to the announcement is no reason to stop.
            let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
        }
    }
}

/// An address to reach a listener at that listens on all of them.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        match address {
            SocketAddr::V4(_) => address.set_ip(std::net::Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(_) => address.set_ip(std::net::Ipv6Addr::LOCALHOST.into()),
        }
    }
    address
}
