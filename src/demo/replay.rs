//! A vendor that answers everything with one recorded exchange, byte for byte, and dies where it is told to.
//!
//! Below HTTP libraries on purpose: none of them would send what a broken vendor sends.

mod request;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::host::Host;

/// What a vendor once answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub status: u16,
    /// Those about framing and encoding are left out: the body is sent decoded and in chunks.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// How an exchange travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The most body bytes in one chunk and one write; at least one.
    pub chunk_bytes: usize,
    pub cut: Option<Cut>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { chunk_bytes: 16 << 10, cut: None }
    }
}

/// Where an answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Body bytes that are still sent. At or beyond the end, only the mark of the end is missing.
    pub after_bytes: usize,
    pub then: Then,
}

/// What happens at the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The connection is closed in good order.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing for that long, and then the connection is closed.
    Stall(Duration),
}

/// A running replayer. It ends, with every connection it holds, when it is dropped.
#[derive(Debug)]
pub struct Replayer {
    host: Host,
    stage: Arc<Stage>,
}

/// What is being played.
#[derive(Debug)]
struct Stage {
    // Not a Tokio mutex: it is held only to copy what is inside, and that is cheap to copy.
    play: Mutex<(Exchange, Delivery)>,
    requests: AtomicU64,
}

impl Replayer {
    /// Starts on any free port of the loopback.
    ///
    /// # Errors
    /// When no port can be bound, or the system gives no thread.
    pub fn start(exchange: Exchange, delivery: Delivery) -> io::Result<Self> {
        let stage = Arc::new(Stage { play: Mutex::new((exchange, delivery)), requests: AtomicU64::new(0) });
        let serving = Arc::clone(&stage);
        let host = Host::start(SocketAddr::from(([127, 0, 0, 1], 0)), 1, |listener| serve(listener, serving))?;
        Ok(Self { host, stage })
    }

    /// Its base, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.host.url()
    }

    /// Plays something else from the next request on.
    pub fn play(&self, exchange: Exchange, delivery: Delivery) {
        *self.stage.play.lock().unwrap_or_else(PoisonError::into_inner) = (exchange, delivery);
    }

    /// How many requests it has answered, or begun to.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.stage.requests.load(Ordering::Relaxed)
    }
}

/// Serves until the runtime ends.
async fn serve(listener: TcpListener, stage: Arc<Stage>) {
    loop {
        // An accept that fails (out of files, or the client is gone again) is the client's loss.
        let Ok((socket, _)) = listener.accept().await else { continue };
        let stage = Arc::clone(&stage);
        // Ends with its connection, and at the latest with the runtime.
        tokio::spawn(async move {
            // A client that breaks the connection has no use for the error.
            let _ended = converse(socket, &stage).await;
        });
    }
}

/// Answers the requests of one connection until either side ends it.
async fn converse(socket: TcpStream, stage: &Stage) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut socket = BufReader::new(socket);
    while request::skip(&mut socket).await? {
        stage.requests.fetch_add(1, Ordering::Relaxed);
        let (exchange, delivery) = stage.play.lock().unwrap_or_else(PoisonError::into_inner).clone();
        socket.write_all(head(&exchange).as_bytes()).await?;
        send_body(&mut socket, &exchange.body, delivery).await?;
        if let Some(cut) = delivery.cut {
            return end(socket.into_inner(), cut.then).await;
        }
        socket.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

/// Headers that describe how the recorded bytes travelled, not what they are.
const FRAMING_HEADERS: [&str; 5] =
    ["connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"];

/// The head of the answer.
fn head(exchange: &Exchange) -> String {
    let mut head = format!("HTTP/1.1 {} Recorded\r\ntransfer-encoding: chunked\r\n", exchange.status);
    for (name, value) in &exchange.headers {
        if !FRAMING_HEADERS.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head + "\r\n"
}

/// The body in chunks, up to the cut.
async fn send_body(socket: &mut BufReader<TcpStream>, body: &Bytes, delivery: Delivery) -> io::Result<()> {
    let end = delivery.cut.map_or(body.len(), |cut| cut.after_bytes.min(body.len()));
    for chunk in body[..end].chunks(delivery.chunk_bytes.max(1)) {
        // One write for the three parts: no other boundaries than those that were chosen.
        let mut framed = format!("{:x}\r\n", chunk.len()).into_bytes();
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
        socket.write_all(&framed).await?;
        // Lets a reader on this machine take the chunk before the next one joins it.
        tokio::task::yield_now().await;
    }
    socket.flush().await
}

/// Ends a connection.
async fn end(mut socket: TcpStream, then: Then) -> io::Result<()> {
    match then {
        Then::Close => socket.shutdown().await,
        Then::Reset => {
            // What was sent has to be read first: a reset throws away what is still on its way.
            tokio::time::sleep(BEFORE_RESET).await;
            socket.set_zero_linger()
        }
        Then::Stall(silence) => {
            tokio::time::sleep(silence).await;
            socket.shutdown().await
        }
    }
}

/// How long the other side gets to read before a reset.
const BEFORE_RESET: Duration = Duration::from_millis(20);
