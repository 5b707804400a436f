//! What it costs to read usage out of the bytes that pass: megabytes per second, by dialect.
//!
//! Streams are what vendors send most of: text, a few characters to an event, and one report at the end. They come in
//! chunks of 4 KiB, so that events are cut as they are in life.

use bytes::Bytes;
use divan::Bencher;
use divan::counter::BytesCount;
use filters::endpoint::UsageFormat;
use filters::usage::{Framing, UsageReader, tokens_of_text};

const EVENTS: usize = 2_000;
const CHUNK_BYTES: usize = 4096;

fn main() {
    divan::main();
}

#[divan::bench]
fn openai_chat(bencher: Bencher) {
    read(bencher, UsageFormat::OpenAiChat, Framing::EventStream, false, &chat_stream());
}

#[divan::bench]
fn openai_chat_withholding(bencher: Bencher) {
    read(bencher, UsageFormat::OpenAiChat, Framing::EventStream, true, &chat_stream());
}

#[divan::bench]
fn openai_responses(bencher: Bencher) {
    let delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,\
        \"item_id\":\"msg_0123456789abcdef0123456789abcdef\",\"output_index\":0,\"content_index\":0,\"delta\":\" word\",\
        \"logprobs\":[],\"obfuscation\":\"a1B2c3D4e5\"}\n\n";
    let last = "data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":10,\"output_tokens\":2000}}}\n\n";
    read(bencher, UsageFormat::OpenAiResponses, Framing::EventStream, false, &(delta.repeat(EVENTS) + last));
}

#[divan::bench]
fn anthropic(bencher: Bencher) {
    let delta = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\
        \"delta\":{\"type\":\"text_delta\",\"text\":\" a few words\"}}\n\n";
    let last = "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":2000}}\n\n";
    read(bencher, UsageFormat::Anthropic, Framing::EventStream, false, &(delta.repeat(EVENTS) + last));
}

#[divan::bench]
fn gemini(bencher: Bencher) {
    read(bencher, UsageFormat::Gemini, Framing::EventStream, false, &format!("data: {GEMINI}\r\n\r\n").repeat(EVENTS));
}

#[divan::bench]
fn gemini_array(bencher: Bencher) {
    let chunks = vec![GEMINI; EVENTS].join("\n,\r\n");
    read(bencher, UsageFormat::Gemini, Framing::JsonArray, false, &format!("[{chunks}]"));
}

#[divan::bench]
fn embeddings(bencher: Bencher) {
    let vector = vec!["-0.0123456789"; 1536].join(",");
    let datum = format!("{{\"object\":\"embedding\",\"index\":0,\"embedding\":[{vector}]}}");
    let body = format!("{{\"data\":[{}],\"usage\":{{\"prompt_tokens\":8}}}}", vec![datum; 32].join(","));
    read(bencher, UsageFormat::OpenAiChat, Framing::Json, false, &body);
}

#[divan::bench]
fn image(bencher: Bencher) {
    let body =
        format!("{{\"data\":[{{\"b64_json\":\"{}\"}}],\"usage\":{{\"input_tokens\":8}}}}", "QUJD".repeat(500_000));
    read(bencher, UsageFormat::Images, Framing::Json, false, &body);
}

/// What settling costs a stream whose usage never came.
#[divan::bench]
fn estimate(bencher: Bencher) {
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(100);
    // The first call loads the vocabulary.
    divan::black_box(tokens_of_text("", "gpt-4o"));
    bencher.counter(BytesCount::of_str(&text)).bench(|| tokens_of_text(divan::black_box(&text), "gpt-4o"));
}

const GEMINI: &str = "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"a sentence of some length, as Gemini sends \
    them\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 55,\"candidatesTokenCount\": 4,\
    \"totalTokenCount\": 59,\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 55}]},\"modelVersion\": \
    \"gemini-3-pro-preview\",\"responseId\": \"REVVabaiCdq4qtsPnZu96Qo\"}";

fn chat_stream() -> String {
    let delta = "data: {\"id\":\"chatcmpl-0123456789abcdefghijklmnopqrs\",\"object\":\"chat.completion.chunk\",\
        \"created\":1762179802,\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1a2b3c4d5e\",\
        \"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"logprobs\":null,\"finish_reason\":null}],\
        \"usage\":null,\"obfuscation\":\"a1B2c3\"}\n\n";
    let last = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2000}}\n\ndata: [DONE]\n\n";
    delta.repeat(EVENTS) + last
}

fn read(bencher: Bencher, format: UsageFormat, framing: Framing, withhold: bool, body: &str) {
    let body = Bytes::copy_from_slice(body.as_bytes());
    bencher.counter(BytesCount::new(body.len())).bench(|| {
        let mut reader = UsageReader::new(format, framing, withhold);
        let mut rest = body.clone();
        while !rest.is_empty() {
            let chunk = rest.split_to(rest.len().min(CHUNK_BYTES));
            divan::black_box(reader.feed(chunk, false));
        }
        reader.feed(Bytes::new(), true);
        reader.reading().usage.map(|usage| usage.output_tokens)
    });
}
