//! `server`: where the process listens and what it lets in.

use std::path::PathBuf;

use crate::config::section::Section;
use crate::config::settings::{Server, TlsListener};

/// The largest body limit that may be asked for: bodies are held in memory while they are checked.
const BODY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
const DAY_SECONDS: u64 = 86_400;
const THREADS_MAX: u64 = 1024;

pub(super) fn server(section: Section<'_>) -> Server {
    let tls: Vec<_> = section.sections("tls").into_iter().filter_map(tls).collect();
    let listen = section.addresses("listen");
    if section.words("listen").is_empty() && section.items("tls").is_empty() {
        section.complain(
            section.place_of("listen"),
            "no address to listen on, neither in `server.listen` nor in `server.tls`",
        );
    }
    let body_max_bytes = section.count("max_body_bytes", 1..=BODY_BYTES_MAX).unwrap_or_default();
    Server {
        listen,
        tls,
        metrics_listen: section.address("metrics_listen"),
        admin_listen: section.address("admin_listen"),
        body_max_bytes: usize::try_from(body_max_bytes).unwrap_or(usize::MAX),
        drain_timeout: section.seconds("drain_timeout", 0..=DAY_SECONDS).unwrap_or_default(),
        client_timeout: section.seconds("request_timeout", 1..=DAY_SECONDS).unwrap_or_default(),
        cors_origins: section.words("cors_origins").into_iter().map(|origin| origin.value).collect(),
        threads: section.count("threads", 1..=THREADS_MAX).and_then(|threads| usize::try_from(threads).ok()),
    }
}

fn tls(section: Section<'_>) -> Option<TlsListener> {
    let (listen, cert, key) = (section.address("listen"), section.text("cert"), section.text("key"));
    for (name, is_missing) in [("listen", !section.has("listen")), ("cert", cert.is_none()), ("key", key.is_none())] {
        if is_missing {
            section.complain(section.place(), format!("{} needs `{name}`", section.name()));
        }
    }
    Some(TlsListener { listen: listen?, cert: PathBuf::from(cert?), key: PathBuf::from(key?) })
}
