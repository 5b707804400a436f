//! One request on its way to its dialect: everything that an answer may depend on.

use axum::http::Method;
use filters::endpoint::Endpoint;
use serde_json::Value;

use super::{fault::Faults, prompt::Prompt, server::State};

/// A request that the vendor will answer.
pub(super) struct Call<'a> {
    pub(super) endpoint: Endpoint,
    /// The model as it was asked for, in the body or in the path.
    pub(super) model: &'a str,
    /// The id of a stored response, or the model, where the path has it.
    pub(super) path_name: Option<&'a str>,
    pub(super) query: &'a str,
    pub(super) method: &'a Method,
    /// The document; of an upload, its fields.
    pub(super) body: &'a Value,
    /// What the body asks of the model.
    pub(super) prompt: &'a Prompt,
    pub(super) faults: &'a Faults,
    /// How many requests came before: what makes ids differ, and the same ones come back in every run.
    pub(super) number: u64,
    pub(super) state: &'a State,
}

/// When everything the vendor makes was made, in seconds since 1970: the same run gives the same bytes.
pub(super) const CREATED: u64 = 1_790_000_000;

impl Call<'_> {
    /// An id of the dialect's kind: `chatcmpl-demo000000000042`.
    pub(super) fn id(&self, prefix: &str) -> String {
        format!("{prefix}demo{:012}", self.number)
    }

    /// Whether the body asks for a stream.
    pub(super) fn is_streaming(&self) -> bool {
        self.body.get("stream") == Some(&Value::Bool(true))
    }
}
