//! Which addresses are listened on, with the port that port 0 became.
//!
//! Pingora opens its own sockets and does not say which port the system chose. So a port is chosen here, by a socket that
//! is bound but does not listen, and kept until the process ends: with `SO_REUSEPORT` on both, nobody else gets it and no
//! connection goes to the wrong one.

use std::net::SocketAddr;

use pingora::listeners::TcpSocketOptions;
use socket2::{Domain, Socket, Type};

use crate::config::Server;
use crate::server::StartError;

/// The addresses of a process, ports known.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) plain: Vec<SocketAddr>,
    pub(super) tls: Vec<SocketAddr>,
    pub(super) metrics: Option<SocketAddr>,
    /// What keeps the ports that the system chose.
    _reserved: Vec<Socket>,
}

impl Addresses {
    /// Checks that every address is free, and gives port 0 a number.
    pub(super) fn reserve(server: &Server) -> Result<Self, StartError> {
        let mut reserved = Vec::new();
        let mut all = |addresses: &mut dyn Iterator<Item = SocketAddr>| -> Result<Vec<SocketAddr>, StartError> {
            addresses.map(|address| one(address, &mut reserved)).collect()
        };
        let plain = all(&mut server.listen.iter().copied())?;
        let tls = all(&mut server.tls.iter().map(|listener| listener.listen))?;
        let metrics = all(&mut server.metrics_listen.into_iter())?.pop();
        if plain.is_empty() && tls.is_empty() {
            return Err(StartError::NoListener);
        }
        Ok(Self { plain, tls, metrics, _reserved: reserved })
    }

    /// Every listener as people write it.
    pub(super) fn urls(&self) -> Vec<(SocketAddr, String)> {
        let plain = self.plain.iter().map(|address| (*address, format!("http://{address}")));
        let tls = self.tls.iter().map(|address| (*address, format!("https://{address}")));
        let metrics = self.metrics.iter().map(|address| (*address, format!("http://{address}/metrics")));
        plain.chain(tls).chain(metrics).collect()
    }
}

fn one(address: SocketAddr, reserved: &mut Vec<Socket>) -> Result<SocketAddr, StartError> {
    let failed = |source| StartError::Listen { address, source };
    if address.port() != 0 {
        // A listener of somebody else's would share the port with ours, and take half of the connections.
        std::net::TcpListener::bind(address).map_err(failed)?;
        return Ok(address);
    }
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).map_err(failed)?;
    socket.set_reuse_port(true).map_err(failed)?;
    socket.set_reuse_address(true).map_err(failed)?;
    socket.bind(&address.into()).map_err(failed)?;
    let chosen = socket.local_addr().map_err(failed)?.as_socket().unwrap_or(address);
    reserved.push(socket);
    Ok(chosen)
}

/// What Pingora's own sockets are opened with.
pub(super) fn options() -> TcpSocketOptions {
    let mut options = TcpSocketOptions::default();
    options.so_reuseport = Some(true);
    options
}
