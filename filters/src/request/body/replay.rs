//! Lets Pingora send a body that we have already read, as often as it takes.
//!
//! Pingora 0.9 has no phase that buffers a request body: what is read in `request_filter` is gone, but for a retry buffer
//! of 64 KiB. So the real downstream session moves into a [`ReplaySession`], which passes everything on but hands out the
//! buffered body, from its start again for each attempt. It also knows what to do when the client goes away.
//!
//! The trait it implements is hidden from Pingora's docs, hence the pinned version; to be replaced by a body buffer of
//! Pingora's own when a release has one (its pull request 816).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use http::HeaderMap;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::Digest;
use pingora::protocols::http::custom::CustomMessageWrite;
use pingora::protocols::http::custom::server::Session as CustomSession;
use pingora::protocols::http::{HttpTask, ServerSession};
use pingora::protocols::l4::socket::SocketAddr;
use pingora::proxy::Session;
use pingora::{Error, ErrorSource, ErrorType, Result};

use crate::media_type;
use crate::state::ledger::JournalDown;
use crate::state::settings::OnDisconnect;

/// How much of the body the upstream is handed at once. Small enough that a vendor which answers early, before it has
/// read a long body, is still heard.
const PIECE_BYTES: usize = 256 * 1024;

/// An answer that is not streamed is held back up to this size, so that its head can say what it cost.
const WHOLE_ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// The status of the error that an answer ends with which may not leave.
pub const NOT_ACCOUNTED_FOR: u16 = 503;

/// Headers for the head of an answer that are known only when its body is complete.
#[derive(Clone, Debug, Default)]
pub struct LateHeaders(Arc<Mutex<Vec<(&'static str, String)>>>);

impl LateHeaders {
    /// Adds headers, in time if the answer is still held back.
    pub fn add(&self, headers: impl IntoIterator<Item = (&'static str, String)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(headers);
    }

    fn take(&self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Resolves when an answer may leave: when the journal has its hold.
pub type Permission = Pin<Box<dyn Future<Output = Result<(), JournalDown>> + Send + Sync>>;

/// What an answer that is not streamed waits for: its last byte, the headers that are known only then, and permission.
///
/// Asking for permission at its end instead of its beginning costs no time, and by then the charge is in the journal's
/// queue as well, so that hold and charge of a quick answer are one write.
pub struct HeldBack {
    headers: LateHeaders,
    permission: Permission,
    tasks: Vec<HttpTask>,
    bytes: usize,
}

type Slot = Arc<Mutex<Option<Box<ServerSession>>>>;

/// The way back to the real session.
pub struct ReplayHandle {
    slot: Slot,
    outgoing: Outgoing,
}

impl std::fmt::Debug for ReplayHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReplayHandle")
    }
}

impl ReplayHandle {
    /// Sets what the next attempt sends: bodies differ in the model's name from one vendor to the next.
    pub fn send(&self, body: Bytes) {
        *self.outgoing.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }
}

/// The body of the next attempt.
type Outgoing = Arc<Mutex<Option<Bytes>>>;

/// Moves the real session behind one that replays `body`.
///
/// With `held_back`, an answer that is not streamed waits for what that says.
pub fn wrap(
    session: &mut Session,
    body: Bytes,
    on_disconnect: OnDisconnect,
    held_back: Option<HeldBack>,
) -> ReplayHandle {
    let (slot, outgoing) = (Slot::default(), Outgoing::default());
    let placeholder = Box::new(ServerSession::Custom(Box::new(())));
    let inner = std::mem::replace(&mut session.downstream_session, placeholder);
    let replay = ReplaySession {
        inner: Some(inner),
        slot: slot.clone(),
        outgoing: outgoing.clone(),
        body,
        at: 0,
        on_disconnect,
        client_gone: false,
        held_back,
    };
    *session.downstream_session = ServerSession::Custom(Box::new(replay));
    ReplayHandle { slot, outgoing }
}

/// Puts the real session back. Must run before Pingora finishes the request, or its connection is not kept alive.
pub fn unwrap(session: &mut Session, handle: ReplayHandle) {
    // Dropping the wrapper puts the real session into the slot: the trait offers no other way to get it out.
    *session.downstream_session = ServerSession::Custom(Box::new(()));
    if let Some(inner) = handle.slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
        session.downstream_session = inner;
    }
}

/// The real downstream session, with its body replaced by a buffered one.
struct ReplaySession {
    /// `None` only while being dropped.
    inner: Option<Box<ServerSession>>,
    slot: Slot,
    outgoing: Outgoing,
    body: Bytes,
    at: usize,
    on_disconnect: OnDisconnect,
    /// The client has hung up and the answer is being drained.
    client_gone: bool,
    /// What has come of an answer that is not streamed. `None` once it is passed on.
    held_back: Option<HeldBack>,
}

impl HeldBack {
    #[must_use]
    pub fn new(headers: LateHeaders, permission: Permission) -> Self {
        Self { headers, permission, tasks: Vec::new(), bytes: 0 }
    }

    /// Whether it is time to pass everything on: the answer is complete, broken, too long to wait for, or a stream after
    /// all.
    fn push(&mut self, tasks: Vec<HttpTask>) -> bool {
        let mut is_stream = false;
        for task in tasks {
            match &task {
                HttpTask::Body(Some(data), _) => self.bytes += data.len(),
                HttpTask::Header(answer, _) => is_stream |= media_type::is_event_stream(&answer.headers),
                _ => {}
            }
            self.tasks.push(task);
        }
        is_stream || self.bytes > WHOLE_ANSWER_BYTES_MAX || self.tasks.iter().any(HttpTask::is_end)
    }

    async fn release(mut self) -> Result<Vec<HttpTask>> {
        if self.permission.as_mut().await.is_err() {
            return Err(
                Error::explain(ErrorType::HTTPStatus(NOT_ACCOUNTED_FOR), "the journal cannot be written").into_in()
            );
        }
        if let Some(HttpTask::Header(head, _)) = self.tasks.first_mut() {
            for (name, value) in self.headers.take() {
                // A header we made ourselves is valid; if not, the answer matters more.
                let _ = head.insert_header(name, value);
            }
        }
        Ok(self.tasks)
    }

    /// A broken answer of which the client has seen nothing is not begun: it gets an error instead.
    fn failure(&mut self) -> Option<Box<Error>> {
        let broken = self.tasks.iter().position(|task| matches!(task, HttpTask::Failed(_)))?;
        match self.tasks.swap_remove(broken) {
            HttpTask::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl Drop for ReplaySession {
    fn drop(&mut self) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = self.inner.take();
    }
}

impl ReplaySession {
    fn inner(&self) -> &ServerSession {
        self.inner.as_deref().expect("the session is taken out only when this is dropped")
    }

    fn inner_mut(&mut self) -> &mut ServerSession {
        self.inner.as_deref_mut().expect("the session is taken out only when this is dropped")
    }

    /// Twenty streams with prompts of 10 MiB hold 14 MB instead of 310 once their answers have begun: a final head on its
    /// way means that there will be no other attempt.
    fn free_body_once_answered(&mut self, tasks: &[HttpTask]) {
        let is_final = |task: &HttpTask| matches!(task, HttpTask::Header(head, _) if !head.status.is_informational());
        if self.at >= self.body.len() && tasks.iter().any(is_final) {
            self.body = Bytes::new();
            self.at = 0;
        }
    }

    fn discard(tasks: Vec<HttpTask>) -> Result<bool> {
        for task in tasks {
            match task {
                HttpTask::Failed(error) => return Err(error),
                task if task.is_end() => return Ok(true),
                _ => {}
            }
        }
        Ok(false)
    }
}

#[async_trait]
impl CustomSession for ReplaySession {
    async fn read_body_or_idle(&mut self, no_body_expected: bool) -> Result<Option<Bytes>> {
        if !no_body_expected && self.at < self.body.len() {
            let end = self.body.len().min(self.at + PIECE_BYTES);
            let piece = self.body.slice(self.at..end);
            self.at = end;
            return Ok(Some(piece));
        }
        if self.client_gone {
            return std::future::pending().await;
        }
        match self.inner_mut().read_body_or_idle(true).await {
            Ok(_) => std::future::pending().await,
            Err(_) if self.on_disconnect == OnDisconnect::Drain => {
                self.client_gone = true;
                std::future::pending().await
            }
            Err(error) => Err(error),
        }
    }

    /// Pingora calls this once for each attempt, just before it pumps the body.
    fn enable_retry_buffering(&mut self) {
        self.at = 0;
        if let Some(body) = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.body = body;
        }
        if let Some(held_back) = &mut self.held_back {
            held_back.tasks.clear();
            held_back.bytes = 0;
        }
    }

    fn retry_buffer_truncated(&self) -> bool {
        false
    }

    fn get_retry_buffer(&self) -> Option<Bytes> {
        None
    }

    fn is_body_done(&mut self) -> bool {
        self.at >= self.body.len()
    }

    fn is_body_empty(&mut self) -> bool {
        self.body.is_empty()
    }

    async fn read_body_bytes(&mut self) -> Result<Option<Bytes>> {
        Ok(None)
    }

    async fn drain_request_body(&mut self) -> Result<()> {
        Ok(())
    }

    async fn response_duplex_vec(&mut self, mut tasks: Vec<HttpTask>) -> Result<bool> {
        if let Some(held_back) = &mut self.held_back {
            if !held_back.push(tasks) {
                return Ok(false);
            }
            if let Some(error) = held_back.failure() {
                return Err(error);
            }
            if let Some(held_back) = self.held_back.take() {
                tasks = held_back.release().await?;
            } else {
                tasks = Vec::new();
            }
        }
        self.free_body_once_answered(&tasks);
        if self.client_gone {
            return Self::discard(tasks);
        }
        let ends = tasks.iter().any(HttpTask::is_end);
        match self.inner_mut().response_duplex_vec(tasks).await {
            Err(error) if self.on_disconnect == OnDisconnect::Drain && *error.esource() == ErrorSource::Downstream => {
                self.client_gone = true;
                Ok(ends)
            }
            other => other,
        }
    }

    async fn finish(&mut self) -> Result<()> {
        if self.client_gone {
            return Err(Error::explain(ErrorType::ConnectionClosed, "the client hung up and the answer was drained"));
        }
        self.inner_mut().finish_body().await
    }

    // From here on everything is the real session's.

    fn req_header(&self) -> &RequestHeader {
        self.inner().req_header()
    }

    fn req_header_mut(&mut self) -> &mut RequestHeader {
        self.inner_mut().req_header_mut()
    }

    async fn write_response_header(&mut self, head: Box<ResponseHeader>, _end: bool) -> Result<()> {
        self.inner_mut().write_response_header(head).await
    }

    async fn write_response_header_ref(&mut self, head: &ResponseHeader, _end: bool) -> Result<()> {
        self.inner_mut().write_response_header_ref(head).await
    }

    async fn write_body(&mut self, data: Bytes, end: bool) -> Result<()> {
        self.inner_mut().write_response_body(data, end).await
    }

    async fn write_trailers(&mut self, trailers: HeaderMap) -> Result<()> {
        self.inner_mut().write_response_trailers(trailers).await
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) {
        self.inner_mut().set_read_timeout(timeout);
    }

    fn get_read_timeout(&self) -> Option<Duration> {
        self.inner().get_read_timeout()
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) {
        self.inner_mut().set_write_timeout(timeout);
    }

    fn get_write_timeout(&self) -> Option<Duration> {
        self.inner().get_write_timeout()
    }

    fn set_total_drain_timeout(&mut self, timeout: Option<Duration>) {
        self.inner_mut().set_total_drain_timeout(timeout);
    }

    fn get_total_drain_timeout(&self) -> Option<Duration> {
        self.inner().get_total_drain_timeout()
    }

    fn request_summary(&self) -> String {
        self.inner().request_summary()
    }

    fn response_written(&self) -> Option<&ResponseHeader> {
        self.inner().response_written()
    }

    async fn shutdown(&mut self, _code: u32, _context: &str) {
        self.inner_mut().shutdown().await;
    }

    fn body_bytes_sent(&self) -> usize {
        self.inner().body_bytes_sent()
    }

    fn body_bytes_read(&self) -> usize {
        self.inner().body_bytes_read()
    }

    fn digest(&self) -> Option<&Digest> {
        self.inner().digest()
    }

    fn digest_mut(&mut self) -> Option<&mut Digest> {
        self.inner_mut().digest_mut()
    }

    fn client_addr(&self) -> Option<&SocketAddr> {
        self.inner().client_addr()
    }

    fn server_addr(&self) -> Option<&SocketAddr> {
        self.inner().server_addr()
    }

    fn pseudo_raw_h1_request_header(&self) -> Bytes {
        self.inner().to_h1_raw()
    }

    async fn finish_custom(&mut self) -> Result<()> {
        Ok(())
    }

    fn take_custom_message_reader(&mut self) -> Option<Box<dyn Stream<Item = Result<Bytes>> + Unpin + Send + Sync>> {
        None
    }

    fn restore_custom_message_reader(
        &mut self,
        _reader: Box<dyn Stream<Item = Result<Bytes>> + Unpin + Send + Sync>,
    ) -> Result<()> {
        Ok(())
    }

    fn take_custom_message_writer(&mut self) -> Option<Box<dyn CustomMessageWrite>> {
        None
    }

    fn restore_custom_message_writer(&mut self, _writer: Box<dyn CustomMessageWrite>) -> Result<()> {
        Ok(())
    }
}
