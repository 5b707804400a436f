//! An error as the caller sees it: status, headers and a body in the dialect they speak. The one place that knows the
//! three shapes; why it is sent is for [`crate::denial`] (we refused) and [`crate::failure`] (something broke).

use bytes::Bytes;
use pingora::http::ResponseHeader;
use serde_json::json;

use crate::endpoint::Dialect;

/// Whether trying again can help, told to clients in the header they look at.
///
/// Measured: on a bare 401 Claude Code tries in silence for more than 100 seconds, on a bare 400 six times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// `x-should-retry: false`.
    Never,
    /// `retry-after`, in whole seconds, at least one and at most [`RETRY_AFTER_MAX_SECONDS`].
    After(u64),
    /// It may help; when is not known.
    Maybe,
}

/// Some SDKs sleep for as long as they are told, an hour included.
const RETRY_AFTER_MAX_SECONDS: u64 = 60;

/// One error, before it is put into a dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The machine-readable word, LiteLLM's where it has one.
    pub kind: &'static str,
    /// What stands in `code` instead of the status, where a client acts on it.
    pub code: Option<&'static str>,
    pub message: String,
    pub param: Option<String>,
    pub retry: Retry,
}

/// What every version of Claude Code begins its user agent with.
const CLAUDE_CODE: &str = "claude-cli/";

/// The same of Codex, which has several programs (`codex_cli_rs`, `codex_exec`, …).
const CODEX: &str = "codex";

impl Answer {
    /// The same in the words that the client stops at.
    ///
    /// Claude Code takes a 400 for a feature the vendor does not know, drops one after another and asks six times, whatever
    /// `x-should-retry` says, but for the type that Anthropic has for a bill that cannot be paid. Codex asks six times on a
    /// 403, but for the code that OpenAI has for a model that a project may not use.
    #[must_use]
    pub fn for_client(mut self, user_agent: Option<&str>) -> Self {
        let is = |client| user_agent.is_some_and(|agent| agent.starts_with(client));
        if self.kind == "budget_exceeded" && is(CLAUDE_CODE) {
            (self.kind, self.code) = ("billing_error", Some("budget_exceeded"));
        } else if self.kind.ends_with("_model_access_denied") && is(CODEX) {
            self.code = Some("model_not_found");
        }
        self
    }

    /// The body in `dialect`: the same fields in each, in the places its SDKs look.
    #[must_use]
    pub fn body(&self, dialect: Dialect, request_id: &str) -> Bytes {
        let code = self.code.map_or_else(|| self.status.to_string(), str::to_owned);
        let body = match dialect {
            Dialect::OpenAi => json!({ "error": {
                "message": self.message, "type": self.kind, "param": self.param, "code": code,
            }}),
            Dialect::Anthropic => json!({
                "type": "error",
                "error": { "type": self.kind, "message": self.message, "code": code, "param": self.param },
                "request_id": request_id,
            }),
            Dialect::Gemini => json!({ "error": {
                "code": self.status, "message": self.message, "status": google_status(self.status), "type": self.kind,
            }}),
        };
        Bytes::from(body.to_string())
    }

    /// The event that ends a stream which has begun: an error, and never the dialect's own clean end.
    #[must_use]
    pub fn event(&self, dialect: Dialect, request_id: &str) -> Bytes {
        let body = self.body(dialect, request_id);
        let name: &[u8] = if dialect == Dialect::Anthropic { b"event: error\n" } else { b"" };
        Bytes::from([name, b"data: ", &body, b"\n\n"].concat())
    }

    /// The head that goes with a body of `content_length` bytes.
    pub fn head(&self, content_length: usize, request_id: &str) -> pingora::Result<ResponseHeader> {
        let mut head = ResponseHeader::build(self.status, Some(8))?;
        head.insert_header("content-type", "application/json")?;
        head.insert_header("content-length", content_length)?;
        head.insert_header("x-request-id", request_id)?;
        head.insert_header("x-litellm-call-id", request_id)?;
        match self.retry {
            Retry::Never => head.insert_header("x-should-retry", "false")?,
            Retry::After(seconds) => head.insert_header("retry-after", seconds.clamp(1, RETRY_AFTER_MAX_SECONDS))?,
            Retry::Maybe => {}
        }
        if self.status == 401 {
            head.insert_header("www-authenticate", "Bearer")?;
        }
        Ok(head)
    }
}

/// Google's word for an HTTP status, as its SDKs expect beside the number.
fn google_status(status: u16) -> &'static str {
    match status {
        400 | 413 | 415 | 422 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        402 | 403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        502 | 503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(retry: Retry) -> Answer {
        Answer { status: 401, kind: "auth_error", code: None, message: "no \"key\"".into(), param: None, retry }
    }

    #[test]
    fn each_dialect_finds_the_message_where_its_sdks_look() {
        let read =
            |dialect| serde_json::from_slice::<serde_json::Value>(&answer(Retry::Never).body(dialect, "r1")).unwrap();

        assert_eq!(read(Dialect::OpenAi)["error"]["code"], "401");
        assert_eq!(read(Dialect::Anthropic)["type"], "error");
        assert_eq!(read(Dialect::Anthropic)["request_id"], "r1");
        assert_eq!(read(Dialect::Gemini)["error"]["status"], "UNAUTHENTICATED");
        for dialect in [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini] {
            assert_eq!(read(dialect)["error"]["message"], "no \"key\"");
            assert_eq!(read(dialect)["error"]["type"], "auth_error");
        }
    }

    #[test]
    fn a_retry_is_invited_only_within_a_minute() {
        let retry_after = |seconds| {
            let head = answer(Retry::After(seconds)).head(0, "r1").unwrap();
            head.headers["retry-after"].to_str().unwrap().to_owned()
        };

        assert_eq!([retry_after(0), retry_after(7), retry_after(3600)], ["1", "7", "60"]);
        let never = answer(Retry::Never).head(0, "r1").unwrap();
        assert_eq!(never.headers["x-should-retry"], "false");
        assert!(!never.headers.contains_key("retry-after"));
    }

    #[test]
    fn clients_are_told_in_the_one_word_they_stop_at() {
        let spent = || Answer { kind: "budget_exceeded", ..answer(Retry::Never) };

        assert_eq!(spent().for_client(Some("claude-cli/2.1.329 (external, cli)")).kind, "billing_error");
        assert_eq!(spent().for_client(Some("anthropic-python/1.0 claude-cli/2")).kind, "budget_exceeded");
        assert_eq!(spent().for_client(None).kind, "budget_exceeded");
        assert_eq!(answer(Retry::Never).for_client(Some("claude-cli/2")).kind, "auth_error");
        let denied = || Answer { kind: "key_model_access_denied", ..answer(Retry::Never) };
        assert_eq!(denied().for_client(Some("codex_exec/0.169.0")).code, Some("model_not_found"));
        assert_eq!(denied().for_client(Some("OpenAI/Python 2.0")).code, None);
    }

    #[test]
    fn an_error_event_names_itself_where_the_dialect_wants_it() {
        let event = answer(Retry::Never).event(Dialect::Anthropic, "r1");

        assert!(event.starts_with(b"event: error\ndata: {"));
        assert!(event.ends_with(b"}\n\n"));
        assert!(answer(Retry::Never).event(Dialect::OpenAi, "r1").starts_with(b"data: {\"error\""));
    }
}
