//! What is turned away: each with its status and type, in the caller's dialect, with a word on retrying; nothing reaches
//! the vendor and nothing is charged.

mod bodies;
mod budgets;
mod keys;
mod limits;
mod models;
mod paths;

use filters::endpoint::Dialect;

const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];
