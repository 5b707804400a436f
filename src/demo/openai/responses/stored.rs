//! Responses that can be fetched, continued, cancelled and deleted after they were made.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use axum::http::{Method, StatusCode};
use filters::{endpoint::Dialect, usage::Usage};
use serde_json::{Value, json};

use crate::demo::{call::Call, refusal::refusal, reply::Reply};

/// Responses kept; the oldest go first.
const STORED_MAX: usize = 1024;

/// A response as it was when it was finished.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Stored {
    pub(in crate::demo) response: Value,
    pub(in crate::demo) usage: Usage,
}

/// The finished responses, by their id.
#[derive(Debug, Default)]
pub(in crate::demo) struct StoredResponses {
    // Not a Tokio mutex: nothing is awaited while it is held.
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    by_id: HashMap<String, Stored>,
    by_age: VecDeque<String>,
}

impl StoredResponses {
    /// Keeps a response, for as long as there is room.
    pub(super) fn insert(&self, id: String, stored: Stored) {
        self.with(|shelf| {
            shelf.by_age.push_back(id.clone());
            shelf.by_id.insert(id, stored);
            if shelf.by_age.len() > STORED_MAX
                && let Some(oldest) = shelf.by_age.pop_front()
            {
                shelf.by_id.remove(&oldest);
            }
        });
    }

    /// The response of that id.
    pub(super) fn get(&self, id: &str) -> Option<Stored> {
        self.with(|shelf| shelf.by_id.get(id).cloned())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Shelf) -> T) -> T {
        act(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Answers `GET`, `DELETE` and `cancel` of one response.
pub(in crate::demo::openai) fn answer(call: &Call<'_>) -> Reply {
    let id = call.path_name.unwrap_or_default();
    let responses = &call.state.stored_responses;
    let Some(stored) = responses.get(id) else {
        let message = format!("Response with id '{id}' not found.");
        return refusal(Dialect::OpenAi, StatusCode::NOT_FOUND, &message);
    };
    match *call.method {
        Method::GET => Reply::json(StatusCode::OK, &stored.response),
        Method::DELETE => {
            responses.with(|shelf| shelf.by_id.remove(id));
            Reply::json(StatusCode::OK, &json!({"id": id, "object": "response", "deleted": true}))
        }
        _ => cancel(responses, id, stored),
    }
}

/// Cancels a response, which only one in the background can be.
fn cancel(responses: &StoredResponses, id: &str, mut stored: Stored) -> Reply {
    if stored.response["background"] != Value::Bool(true) {
        let message = "Cannot cancel a synchronous response.";
        return refusal(Dialect::OpenAi, StatusCode::BAD_REQUEST, message);
    }
    stored.response["status"] = "cancelled".into();
    responses.with(|shelf| shelf.by_id.insert(id.to_owned(), stored.clone()));
    Reply::json(StatusCode::OK, &stored.response)
}
