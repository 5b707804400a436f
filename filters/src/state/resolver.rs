//! Vendor names to addresses, remembered for a while: Pingora's own look-up would block the thread on every request.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is used before the name is looked up again.
const FRESH: Duration = Duration::from_secs(30);

/// How long a look-up may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// A cache of name look-ups. Bounded by the vendors in the config.
#[derive(Debug, Default)]
pub struct Resolver {
    known: Mutex<HashMap<(String, u16), Known>>,
    turn: AtomicUsize,
}

#[derive(Clone, Debug)]
struct Known {
    addresses: Arc<[SocketAddr]>,
    at: Instant,
}

impl Resolver {
    /// One address of `host`, in turn where it has several. When a look-up fails, the last good answer is used on.
    pub async fn address(&self, host: &str, port: u16, now: Instant) -> std::io::Result<SocketAddr> {
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
            return Ok(SocketAddr::new(address, port));
        }
        let name = (host.to_owned(), port);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some(known) = known.as_ref().filter(|known| now.duration_since(known.at) < FRESH) {
            return self.pick(&known.addresses);
        }
        match look_up(host, port).await {
            Ok(addresses) => {
                let fresh = Known { addresses: addresses.clone(), at: now };
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name, fresh);
                self.pick(&addresses)
            }
            Err(error) => known.map_or(Err(error), |stale| self.pick(&stale.addresses)),
        }
    }

    fn pick(&self, addresses: &[SocketAddr]) -> std::io::Result<SocketAddr> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        addresses
            .get(turn % addresses.len().max(1))
            .copied()
            .ok_or_else(|| std::io::Error::other("the name has no address"))
    }
}

async fn look_up(host: &str, port: u16) -> std::io::Result<Arc<[SocketAddr]>> {
    let found = tokio::time::timeout(LOOKUP_TIMEOUT, tokio::net::lookup_host((host, port))).await;
    Ok(found.map_err(std::io::Error::other)??.collect())
}
