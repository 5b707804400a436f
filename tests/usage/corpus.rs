//! Replays recorded answers of real vendors, cut in many ways, and compares the usage read with what was to be billed.
//!
//! The records are not part of this repository. `TOLLKEEPER_CORPUS` names their folder (one JSON file each); without it
//! `../shared/corpus` beside the repository is tried, and without that there is nothing to replay.
//! `TOLLKEEPER_CORPUS_CUTS` sets how many random cuttings each record gets.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use filters::endpoint::UsageFormat;
use filters::usage::{Framing, Reading, Usage, UsageReader};
use serde_json::Value;

const RANDOM_CUTTINGS: usize = 40;

#[test]
fn every_recorded_answer_is_billed_as_its_vendor_billed_it_however_it_is_cut() {
    let records = records();

    let wrong: Vec<String> = records.iter().filter_map(|record| record.complaint()).collect();

    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), records.len(), wrong.join("\n"));
}

#[test]
fn an_answer_is_passed_on_byte_for_byte_unless_its_usage_chunk_is_not_the_clients() {
    for record in records() {
        let passed = record.replay(Cutting::Random(7), false, |_| ()).0;
        assert_eq!(passed, record.body, "{}", record.name);

        let expected = record.body_without_usage_chunk();
        for cutting in [Cutting::Whole, Cutting::Bytes, Cutting::Random(1), Cutting::Random(2)] {
            let passed = record.replay(cutting, true, |_| ()).0;
            assert_eq!(passed, expected, "{} {cutting:?}", record.name);
        }
    }
}

#[test]
fn every_recorded_stream_is_seen_to_end_and_to_name_its_model() {
    for record in records().iter().filter(|record| record.status == 200 && record.generates_text()) {
        let (_, (finished, error, model)) = record.replay(Cutting::Whole, false, |reading| {
            (reading.finished, reading.vendor_error, reading.model.map(str::to_owned))
        });

        let lacks_its_end = record.features.iter().any(|feature| feature == "no_done");
        assert_eq!(finished, !lacks_its_end, "{}", record.name);
        let has_error = String::from_utf8_lossy(&record.body).contains("\"error\":{");
        assert_eq!(error, has_error, "{}", record.name);
        // What compacts a response names no model.
        assert_eq!(model.is_some(), record.kind != "responses-compact", "{}", record.name);
    }
}

#[test]
fn an_estimate_is_near_the_truth_where_the_whole_output_could_be_seen() {
    let mut errors = Vec::new();
    for record in records().iter().filter(|record| record.status == 200 && record.generates_text()) {
        let (_, (usage, estimate)) =
            record.replay(Cutting::Whole, false, |reading| (reading.usage, reading.estimated_output_tokens()));
        let Some(usage) = usage.filter(|usage| usage.output_tokens >= 50 && record.shows_its_output(*usage)) else {
            continue;
        };
        let error = estimate as f64 / usage.output_tokens as f64 - 1.0;
        println!(
            "{:55} {:>6} reported {estimate:>6} estimated {:+.1} %",
            record.name,
            usage.output_tokens,
            error * 100.0
        );
        errors.push(error);
    }
    if errors.is_empty() {
        return;
    }

    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let mean_absolute = errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len() as f64;

    println!("{} answers: mean {:+.1} %, mean absolute {:.1} %", errors.len(), mean * 100.0, mean_absolute * 100.0);
    assert!(mean.abs() < 0.15 && mean_absolute < 0.15, "{mean} {mean_absolute}");
}

/// One recorded exchange.
struct Record {
    name: String,
    vendor: String,
    kind: String,
    status: u64,
    content_type: String,
    features: Vec<String>,
    body: Bytes,
    expected: Value,
}

#[derive(Clone, Copy, Debug)]
enum Cutting {
    Whole,
    Bytes,
    Random(u64),
}

#[expect(clippy::print_stdout, reason = "a test that had nothing to test says so")]
fn records() -> Vec<Record> {
    let Some(folder) = folder() else {
        println!("skipped: no corpus");
        return Vec::new();
    };
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| Record::read(&path)).collect()
}

fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("TOLLKEEPER_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

impl Record {
    fn read(path: &Path) -> Self {
        let record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let headers = record["response_headers"].as_object().unwrap();
        let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            vendor: text("vendor"),
            kind: text("kind"),
            status: record["response_status"].as_u64().unwrap(),
            content_type: content_type.and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned(),
            features: serde_json::from_value(record["features"].clone()).unwrap(),
            body: body(&text("body_encoding"), text("response_body_raw")),
            expected: record["expected_usage"].clone(),
        }
    }

    /// What the gateway knows from the endpoint.
    fn format(&self) -> UsageFormat {
        match (self.kind.as_str(), self.vendor.as_str()) {
            ("messages", _) => UsageFormat::Anthropic,
            ("responses" | "responses-compact", _) => UsageFormat::OpenAiResponses,
            ("gemini" | "gemini-stream", _) | ("embeddings", "gemini") => UsageFormat::Gemini,
            ("interactions", _) => UsageFormat::GeminiInteractions,
            ("chat" | "completions" | "embeddings", _) => UsageFormat::OpenAiChat,
            ("images" | "images-edits" | "images-variations", _) => UsageFormat::Images,
            ("transcriptions" | "translations", _) => UsageFormat::Transcription,
            ("speech", _) => UsageFormat::Speech,
            ("rerank", _) => UsageFormat::Rerank,
            ("count_tokens" | "models" | "moderations", _) => UsageFormat::Free,
            (kind, vendor) => panic!("no rule for {kind} of {vendor}"),
        }
    }

    /// What the gateway knows from the content type, and, where a recording lost that, from the first bytes.
    fn framing(&self) -> Framing {
        let starts_as_events = ["data:", "event:", ":"].iter().any(|start| self.body.starts_with(start.as_bytes()));
        match self.content_type.split(';').next().unwrap_or_default().trim() {
            "text/event-stream" => Framing::EventStream,
            "" if starts_as_events => Framing::EventStream,
            "application/json" | "" if self.kind == "gemini-stream" => Framing::JsonArray,
            "application/json" | "" => Framing::Json,
            _ => Framing::Opaque,
        }
    }

    fn generates_text(&self) -> bool {
        !matches!(self.format(), UsageFormat::Free) && self.kind != "embeddings"
    }

    /// Feeds the body, cut as asked; returns what came out, and what `look` saw at the end.
    fn replay<T>(&self, cutting: Cutting, withhold: bool, look: impl FnOnce(Reading<'_>) -> T) -> (Vec<u8>, T) {
        let mut reader = UsageReader::new(self.format(), self.framing(), withhold);
        let (mut passed, mut rest) = (Vec::new(), self.body.clone());
        let mut random = Random(match cutting {
            Cutting::Random(seed) => seed,
            Cutting::Whole | Cutting::Bytes => 0,
        });
        while !rest.is_empty() {
            let length = match cutting {
                Cutting::Whole => rest.len(),
                Cutting::Bytes => 1,
                Cutting::Random(_) => random.up_to(self.body.len() / 4 + 1).clamp(1, rest.len()),
            };
            passed.extend_from_slice(&reader.feed(rest.split_to(length), false));
        }
        passed.extend_from_slice(&reader.feed(Bytes::new(), true));
        (passed, look(reader.reading()))
    }

    /// What is wrong with the usage read, if anything.
    fn complaint(&self) -> Option<String> {
        let (_, whole) = self.replay(Cutting::Whole, false, |reading| (reading.usage, reading.unbelievable));
        if let Some(difference) = self.difference(whole.0) {
            return Some(format!("{}: {difference}", self.name));
        }
        let cuttings = std::env::var("TOLLKEEPER_CORPUS_CUTS").map_or(RANDOM_CUTTINGS, |cuts| cuts.parse().unwrap());
        let random = (1..=cuttings as u64).map(Cutting::Random);
        let mut other = [Cutting::Bytes].into_iter().chain(random);
        let cutting = other.find(|cutting| {
            let (passed, read) = self.replay(*cutting, false, |reading| (reading.usage, reading.unbelievable));
            read != whole || passed != self.body
        })?;
        Some(format!("{}: another answer when cut as {cutting:?}", self.name))
    }

    fn difference(&self, usage: Option<Usage>) -> Option<String> {
        let Some(expected) = self.expected_counts() else {
            return usage.map(|usage| format!("no usage expected, read {usage:?}"));
        };
        let Some(usage) = usage else {
            return Some(format!("no usage read, expected {expected:?}"));
        };
        let cache_write = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens;
        let read = [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
            ("cache_read", usage.cache_read_tokens),
            ("cache_write", cache_write),
            ("cache_write_1h", usage.cache_write_1h_tokens),
            ("reasoning", usage.reasoning_tokens),
            ("audio_input", usage.audio_input_tokens),
            ("audio_output", usage.audio_output_tokens),
        ];
        let wrong = read.iter().find(|(name, count)| expected[*name].as_u64().unwrap_or(0) != *count);
        let searches = expected["server_tools"]["web_search_requests"].as_u64();
        match (wrong, searches) {
            (Some((name, count)), _) => Some(format!("{name} is {count}, expected {expected}")),
            (None, Some(searches)) if searches != usage.web_searches => Some(format!("searches, expected {expected}")),
            _ => None,
        }
    }

    /// What was to be billed. The corpus has no reading of its own for two of Google's formats: theirs is derived here,
    /// from the last report in the body.
    fn expected_counts(&self) -> Option<Value> {
        let is_unread = self.kind == "interactions" || (self.kind == "embeddings" && self.vendor == "gemini");
        if !is_unread || self.status != 200 {
            return Some(self.expected.clone()).filter(|expected| !expected.is_null());
        }
        let number = |name: &str| self.last_number(name).unwrap_or(0);
        let (cached, thought) = (number("total_cached_tokens"), number("total_thought_tokens"));
        let input = self.last_number("total_input_tokens").or(self.last_number("promptTokenCount"))?;
        Some(serde_json::json!({
            "input": input - cached + number("total_tool_use_tokens"),
            "output": number("total_output_tokens") + thought,
            "cache_read": cached,
            "reasoning": thought,
        }))
    }

    /// The number after the last mention of a name, in the plainest way there is.
    fn last_number(&self, name: &str) -> Option<u64> {
        let text = std::str::from_utf8(&self.body).unwrap();
        let (_, after) = text.rsplit_once(&format!("\"{name}\""))?;
        let digits = after.trim_start_matches([':', ' ']);
        digits.split(|byte: char| !byte.is_ascii_digit()).next()?.parse().ok()
    }

    /// The body as a client gets it that did not ask for usage: in the plainest way there is.
    fn body_without_usage_chunk(&self) -> Vec<u8> {
        let text = String::from_utf8_lossy(&self.body);
        if self.format() != UsageFormat::OpenAiChat || self.framing() != Framing::EventStream {
            return self.body.to_vec();
        }
        let kept = text.split_inclusive("\n\n").filter(|event| {
            let document = event.trim().strip_prefix("data:").and_then(|data| serde_json::from_str::<Value>(data).ok());
            !document.is_some_and(|chunk| {
                chunk["usage"].is_object() && chunk["choices"].as_array().is_some_and(Vec::is_empty)
            })
        });
        kept.collect::<String>().into_bytes()
    }

    /// Whether all that was generated stands in the answer as text: no reasoning that the vendor keeps to itself, no
    /// calls of tools (each vendor writes those in words of its own that no client sees), no sound.
    fn shows_its_output(&self, usage: Usage) -> bool {
        let shows_reasoning = matches!(self.vendor.as_str(), "deepseek" | "groq");
        let text = String::from_utf8_lossy(&self.body);
        let hides = ["\"function\"", "\"functionCall\"", "tool_use", "_call\"", "encrypted_content"];
        (usage.reasoning_tokens == 0 || shows_reasoning) && !hides.iter().any(|mark| text.contains(mark))
    }
}

fn body(encoding: &str, raw: String) -> Bytes {
    use base64::Engine;
    match encoding {
        "base64" => base64::engine::general_purpose::STANDARD.decode(raw).unwrap().into(),
        _ => raw.into(),
    }
}

/// A small generator: the cuts of one seed are the same everywhere.
struct Random(u64);

impl Random {
    fn up_to(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}
