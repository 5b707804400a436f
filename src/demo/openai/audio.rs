//! `/v1/audio/…`: noise for text, text for noise.

use std::collections::VecDeque;

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_STANDARD};
use filters::usage::Usage;
use serde_json::{Value, json};

use crate::demo::{
    call::Call,
    reply::{Account, Event, Reply, sse},
    tokens,
};

/// Bytes of sound that last a second: 16 bits, 16 kHz, one channel.
const BYTES_PER_SECOND: u64 = 32_000;

/// Tokens of one second of sound.
const TOKENS_PER_SECOND: u64 = 10;

/// Speaks a text: a hundred bytes of "sound" for every character, billed by the character.
pub(super) fn speech(call: &Call<'_>) -> Reply {
    let characters = call.prompt.text.chars().count() as u64;
    let sound = vec![0x55; call.prompt.text.chars().count() * 100];
    if call.body.get("stream_format").is_some_and(|format| format == "sse") {
        return speech_stream(call, &sound);
    }
    let content_type = match call.body.get("response_format").and_then(Value::as_str) {
        Some("wav") => "audio/wav",
        Some("opus") => "audio/opus",
        Some("aac") => "audio/aac",
        Some("flac") => "audio/flac",
        Some("pcm") => "audio/pcm",
        _ => "audio/mpeg",
    };
    let usage = Usage { characters, ..Usage::default() };
    let account = Some(Account { model: call.model.to_owned(), usage });
    Reply { account, ..Reply::whole(StatusCode::OK, content_type, sound) }
}

/// Speaks in events, which end with the tokens used.
fn speech_stream(call: &Call<'_>, sound: &[u8]) -> Reply {
    let output_tokens = tokens::of_text(&call.prompt.text) * TOKENS_PER_SECOND;
    let input_tokens = call.prompt.input_tokens;
    let usage = Usage { input_tokens, output_tokens, audio_output_tokens: output_tokens, ..Usage::default() };
    let delta = json!({"type": "speech.audio.delta", "audio": BASE64_STANDARD.encode(sound)});
    let mut done = json!({"type": "speech.audio.done"});
    let told = json!({
        "input_tokens": input_tokens, "output_tokens": output_tokens, "total_tokens": input_tokens + output_tokens});
    if let Some(told) = call.faults.reported(told) {
        done["usage"] = told;
    }
    let delta = Event { output_tokens, ..Event::free(sse(&delta)) };
    Reply::events(call.model, usage, VecDeque::from([delta, Event::free(sse(&done))]))
}

/// Writes down a sound, billed by the second or, for newer models, by tokens.
pub(super) fn transcription(call: &Call<'_>) -> Reply {
    let bytes = call.body.pointer("/file/file_bytes").and_then(Value::as_u64).unwrap_or(0);
    let seconds = bytes.div_ceil(BYTES_PER_SECOND).max(1);
    let text = format!("I heard {seconds} seconds of sound.");
    let usage = transcription_usage(call, seconds, &text);
    // The fields of an upload are text.
    if call.body.get("stream").is_some_and(|stream| stream == "true") {
        return transcription_stream(call, &text, usage, seconds);
    }
    match call.body.get("response_format").and_then(Value::as_str) {
        Some("text" | "srt" | "vtt") => {
            let account = Some(Account { model: call.model.to_owned(), usage });
            Reply { account, ..Reply::whole(StatusCode::OK, "text/plain; charset=utf-8", format!("{text}\n")) }
        }
        format => {
            let mut body = json!({"text": text});
            if format == Some("verbose_json") {
                let task = json!({"task": "transcribe", "language": "english", "duration": seconds, "segments": []});
                body.as_object_mut()
                    .zip(task.as_object().cloned())
                    .into_iter()
                    .for_each(|(body, task)| body.extend(task));
            }
            report(call, &mut body, &usage, seconds);
            Reply::billed(call.model, usage, &body)
        }
    }
}

/// Whether the model is billed by tokens.
fn has_tokens(call: &Call<'_>) -> bool {
    call.model.contains("transcribe")
}

fn transcription_usage(call: &Call<'_>, seconds: u64, text: &str) -> Usage {
    if !has_tokens(call) {
        return Usage { audio_seconds: seconds, ..Usage::default() };
    }
    let audio_input_tokens = seconds * TOKENS_PER_SECOND;
    Usage {
        input_tokens: audio_input_tokens + call.prompt.input_tokens,
        audio_input_tokens,
        output_tokens: tokens::of_text(text),
        ..Usage::default()
    }
}

/// Adds what was used, as far as it is told.
fn report(call: &Call<'_>, body: &mut Value, usage: &Usage, seconds: u64) {
    let text_tokens = usage.input_tokens - usage.audio_input_tokens;
    let told = if has_tokens(call) {
        json!({
            "type": "tokens", "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
            "input_token_details": {"text_tokens": text_tokens, "audio_tokens": usage.audio_input_tokens},
            "total_tokens": usage.total_tokens()})
    } else {
        json!({"type": "duration", "seconds": seconds})
    };
    if let Some(told) = call.faults.reported(told) {
        body["usage"] = told;
    }
}

/// Writes word by word.
fn transcription_stream(call: &Call<'_>, text: &str, usage: Usage, seconds: u64) -> Reply {
    let delta = |word: &str| json!({"type": "transcript.text.delta", "delta": word});
    let due = u64::from(has_tokens(call));
    let words = text.split_inclusive(' ');
    let words = words.map(|word| Event { output_tokens: due, ..Event::free(sse(&delta(word))) });
    let mut events: VecDeque<Event> = words.collect();
    let mut done = json!({"type": "transcript.text.done", "text": text});
    report(call, &mut done, &usage, seconds);
    events.push_back(Event::free(sse(&done)));
    Reply::events(call.model, usage, events)
}
