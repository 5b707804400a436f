//! The life of the process: build the state, open the listeners, serve, drain, flush.

mod listeners;
mod publish;
mod ready;
mod shutdown;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use filters::Gateway;
use filters::local::LocalService;
use filters::state::State;
use pingora::listeners::tls::TlsSettings;
use pingora::prelude::Opt;
use pingora::proxy::http_proxy_service;
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::services::background::background_service;

use crate::api::LocalApi;
use crate::config::{Resolved, Settings};
use crate::store::StoreError;

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("cannot listen on {address}: {source}. Stop what listens there, or choose another address")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot use the certificate {cert} with the key {key}: {reason}")]
    Certificate { cert: String, key: String, reason: String },
    #[error("the config names no address to listen on: set `server.listen` or `server.tls`")]
    NoListener,
}

/// Connections to each vendor that are kept for the next request, for each thread.
const UPSTREAM_CONNECTIONS_KEPT: usize = 256;

/// Serves until the process is told to stop. `announce` gets one line for each listener, with its real port, once it
/// takes connections.
pub fn serve(resolved: Resolved, announce: Box<dyn Write + Send>) -> Result<(), StartError> {
    let settings = resolved.settings.clone();
    let state = publish::state(resolved)?;
    let addresses = listeners::Addresses::reserve(&settings.server)?;
    let api: Arc<dyn LocalService> = Arc::new(LocalApi::new(state.clone()));
    let mut server = server(&settings);
    add_gateway(&mut server, &settings, &addresses, Gateway::new(state.clone(), api))?;
    if let Some(address) = addresses.metrics {
        server.add_service(crate::api::metrics::listener(state.clone(), address));
    }
    let ready = ready::Announcer::new(addresses.urls(), announce);
    server.add_service(background_service("ready", ready));
    let drain = shutdown::Drain::new(state.clone(), settings.server.drain_timeout);
    server.add_service(background_service("drain", drain));
    // Pingora binds its own sockets to the addresses that these keep free for it.
    let reserved = addresses;
    server.run(RunArgs::default());
    drop(reserved);
    shutdown::flush(state);
    Ok(())
}

fn server(settings: &Settings) -> Server {
    let threads =
        settings.server.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let conf = ServerConf {
        threads,
        upstream_keepalive_pool_size: UPSTREAM_CONNECTIONS_KEPT,
        // Ours ends the process earlier, as soon as nothing runs any more.
        grace_period_seconds: Some(settings.server.drain_timeout.as_secs()),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(Opt::default(), conf);
    server.bootstrap();
    server
}

fn add_gateway(
    server: &mut Server,
    settings: &Settings,
    addresses: &listeners::Addresses,
    gateway: Gateway,
) -> Result<(), StartError> {
    let mut service = http_proxy_service(&server.configuration, gateway);
    for address in &addresses.plain {
        service.add_tcp_with_settings(&address.to_string(), listeners::options());
    }
    for (listener, address) in settings.server.tls.iter().zip(&addresses.tls) {
        let (cert, key) = (listener.cert.display().to_string(), listener.key.display().to_string());
        let mut tls = TlsSettings::intermediate(&cert, &key).map_err(|error| StartError::Certificate {
            cert,
            key,
            reason: error.to_string(),
        })?;
        tls.enable_h2();
        service.add_tls_with_settings(&address.to_string(), Some(listeners::options()), tls);
    }
    server.add_service(service);
    Ok(())
}

/// How long anything that watches the process waits between two looks.
const POLL: Duration = Duration::from_millis(10);

/// Everything the process shares with its requests.
pub type Shared = Arc<State>;
