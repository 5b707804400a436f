//! A server on threads of its own, that ends at once when it is dropped.
//!
//! A runtime of its own, rather than a task on the caller's: ending it closes the port and breaks every connection, as
//! when a real vendor dies, and a test that blocks its own runtime does not block the vendor.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use tokio::runtime::{Builder, Runtime};

/// A running server.
#[derive(Debug)]
pub(super) struct Host {
    address: SocketAddr,
    // `Option` only because ending a runtime takes it by value.
    runtime: Option<Runtime>,
}

impl Host {
    /// Binds `address` (port 0: any free one) and runs `serve` with the listener.
    pub(super) fn start<F: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        threads: usize,
        serve: impl FnOnce(tokio::net::TcpListener) -> F + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime =
            Builder::new_multi_thread().worker_threads(threads.max(1)).thread_name("demo").enable_all().build()?;
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("the listener was made non-blocking");
            serve(listener).await;
        });
        Ok(Self { address, runtime: Some(runtime) })
    }

    /// Its base, without a trailing slash.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
