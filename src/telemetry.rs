//! Where log lines go: to stderr, for people or as JSON. Metrics are the data plane's (`filters::telemetry`).
//!
//! Lines of libraries that still use the `log` crate, Pingora above all, come out the same way.

mod escape;
mod human;
mod json;

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use self::human::HumanFields;
use self::json::JsonEscaping;

/// The environment variable that says what is logged, in the words of `tracing-subscriber`'s `EnvFilter`: `debug`, or
/// `info,pingora_proxy=debug`.
pub const FILTER_VARIABLE: &str = "TOLLKEEPER_LOG";

/// What is logged unless somebody says otherwise.
///
/// To Pingora a client that hangs up is an error, with a line of its own; to a gateway in front of streams it is
/// Tuesday, and our own access line tells it with its cost. What is wrong with an upstream we log ourselves, too.
const FILTER_DEFAULT: &str = "info,pingora=warn,pingora_core=warn,pingora_proxy=off,rustls=warn,h2=warn,hyper=warn";

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One line to read; in colour if stderr is a terminal.
    #[default]
    Human,
    /// One JSON object a line, to collect.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("{FILTER_VARIABLE}={filter:?} is not a log filter such as \"info\" or \"info,pingora_proxy=debug\"")]
    Filter { filter: String, source: tracing_subscriber::filter::ParseError },
    #[error("logging is set up already")]
    Twice(#[from] TryInitError),
}

/// Sends all log lines of the process to stderr from now on.
///
/// `filter` is the value of [`FILTER_VARIABLE`], if it is set.
pub fn install(format: LogFormat, filter: Option<&str>) -> Result<(), LogError> {
    let filter = filter_of(filter)?;
    match format {
        LogFormat::Human => human(filter, io::stderr, io::stderr().is_terminal()).try_init()?,
        LogFormat::Json => json(filter, io::stderr).try_init()?,
    }
    Ok(())
}

/// What `text` asks for; the default if it asks for nothing.
fn filter_of(text: Option<&str>) -> Result<EnvFilter, LogError> {
    let text = text.filter(|text| !text.trim().is_empty()).unwrap_or(FILTER_DEFAULT);
    EnvFilter::try_new(text).map_err(|source| LogError::Filter { filter: text.to_owned(), source })
}

/// Lines to read.
fn human<W>(filter: EnvFilter, writer: W, in_colour: bool) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(in_colour)
        .fmt_fields(HumanFields)
        .finish()
}

/// Lines to collect.
fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(JsonEscaping(writer))
        .finish()
}

#[cfg(test)]
mod tests;
