//! The built-in vendor: what `tollkeeper demo`, the tests and the benches talk to instead of a real one.
//!
//! It speaks the OpenAI, Anthropic and Gemini dialects natively on one loopback port, whole and streamed, in shapes
//! that the vendors' own SDKs accept. It needs no side channel: the request alone decides what comes back.
//!
//! # What it answers
//!
//! `You said: ` and the last text of the user. A request that asks for one of its tools gets a call of it with dummy
//! arguments that fit the tool's schema; one that demands a JSON schema gets a dummy document that fits; one whose last
//! message is a tool result gets `The tool has answered: ` and that. A tool is asked for by `use the tool NAME`, `call NAME` (optionally followed by
//! the arguments as JSON), by a `tool_choice` that leaves no choice, or, when at most [`FEW_TOOLS`] are offered, by any
//! mention of the word "tool" or of its name: the coding agents always offer more and mention them freely.
//!
//! # What it counts
//!
//! One token is one word: a run of characters between white space. That is never more than a real tokenizer would
//! count, so a bound that holds for the real vendors holds here. An image, sound or document part counts
//! [`MEDIA_TOKENS`]; a tool call counts one for its name and one for every piece of eight bytes of its arguments.
//! The [`Bill`] is the truth: it grows with every event that leaves, so an aborted stream is billed as far as it came,
//! and it is what was used even when `!usage` makes the vendor report something else.
//!
//! # Faults on demand
//!
//! Words of the last user text, of the header `x-demo-fault` or of [`Options::default_fault`]; the later in this list
//! gives way to the earlier.
//!
//! | words | effect |
//! |---|---|
//! | `!status 429` | an error of that status, in the caller's dialect |
//! | `!status 429 retry-after=7` | the same, with a `retry-after` header |
//! | `!delay 200ms` | silence before the head |
//! | `!slow 50ms` | that long between two events, or between the two halves of a whole answer |
//! | `!cut 3` | the connection dies after three events; a whole answer dies half-way |
//! | `!stall 5s` | silence in the middle of the answer |
//! | `!usage none` | usage is not reported |
//! | `!usage negative`, `huge`, `string` | every number in it is negated, beyond any reason, a string |
//! | `!usage double 3` | every number in it is three times (default: twice) the truth |
//! | `!length 5000` | that many words of text, if the output limit allows |
//! | `!cached 100` | that many of the prompt's tokens are reported and billed as read from a cache |
//! | `!redirect URL` | 307 to there |
//! | `!echo-credential` | 401 whose body quotes the credential received |
//! | `!gzip` | the answer is gzip-encoded, asked for or not |
//! | `!big-error 1MB` | 500 with a body of that size (`B`, `KB`, `MB`) |
//! | `!bad-sse` | lines that are no valid event, and invalid JSON, before the real events |

mod answer;
mod anthropic;
mod bill;
mod call;
mod embedding;
mod fault;
mod gemini;
mod gzip;
mod host;
mod models;
mod openai;
mod prompt;
mod refusal;
pub mod replay;
mod reply;
mod route;
mod schema;
mod server;
mod tokens;
mod tools;
mod upload;

use std::{io, net::SocketAddr, sync::Arc};

pub use self::{
    bill::{Bill, ModelBill, Received},
    tokens::MEDIA_TOKENS,
    tools::FEW_TOOLS,
};
use self::{host::Host, server::State};

/// How a [`Vendor`] differs from one that is well, open to all and unobserved.
#[derive(Clone, Debug)]
pub struct Options {
    /// The only credential it accepts, in whichever header the dialect carries it; `None` accepts any and none.
    pub expected_credential: Option<String>,
    /// Fault words that apply to every request, as if each carried them.
    pub default_fault: String,
    /// How many requests the bill keeps as received; the oldest go first. Zero keeps none and is fastest.
    pub requests_kept: usize,
    /// Threads that serve.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { expected_credential: None, default_fault: String::new(), requests_kept: 64, threads: 1 }
    }
}

/// A running vendor. It has threads of its own and ends, with every connection it holds, when it is dropped.
#[derive(Debug)]
pub struct Vendor {
    host: Host,
    state: Arc<State>,
}

impl Vendor {
    /// Binds `address` (port 0: any free one) and serves there.
    ///
    /// # Errors
    /// When the address cannot be bound, or the system gives no thread.
    pub fn start(address: SocketAddr, options: Options) -> io::Result<Self> {
        let threads = options.threads;
        let state = Arc::new(State::new(options));
        let serving = Arc::clone(&state);
        let host = Host::start(address, threads, |listener| server::serve(listener, serving))?;
        Ok(Self { host, state })
    }

    /// Its base, without a trailing slash: `http://127.0.0.1:43210`.
    #[must_use]
    pub fn url(&self) -> String {
        self.host.url()
    }

    /// What it has seen and what it would ask to be paid for, up to now.
    #[must_use]
    pub fn bill(&self) -> Bill {
        self.state.bill()
    }

    /// Ends it at once: the port closes and open connections break.
    pub fn shutdown(self) {}
}
