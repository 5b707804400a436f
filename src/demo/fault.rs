//! What is to go wrong with one answer: the magic words, read. [`super`] has the table of them.

use std::time::Duration;

use serde_json::{Number, Value};

/// The longest silence that can be asked for, so that a slip of the keyboard does not hang a test for a day.
const SILENCE_MAX: Duration = Duration::from_secs(600);

/// The largest error body.
const ERROR_BODY_MAX_BYTES: usize = 64 << 20;

/// The longest answer.
const LENGTH_MAX_TOKENS: u64 = 1_000_000;

/// The faults of one answer; `Faults::default()` is a vendor in good health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) status: Option<u16>,
    /// As it will stand in the header.
    pub(super) retry_after: Option<String>,
    pub(super) delay: Option<Duration>,
    pub(super) slow: Option<Duration>,
    /// Events that still pass before the connection dies.
    pub(super) cut_after: Option<usize>,
    pub(super) stall: Option<Duration>,
    pub(super) usage: Option<UsageLie>,
    pub(super) length_tokens: Option<u64>,
    pub(super) cached_tokens: Option<u64>,
    pub(super) redirect: Option<String>,
    pub(super) echoes_credential: bool,
    pub(super) gzips: bool,
    pub(super) error_bytes: Option<usize>,
    pub(super) breaks_sse: bool,
}

/// How the reported usage differs from the true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsageLie {
    None,
    Negative,
    Huge,
    String,
    Times(u64),
}

impl Faults {
    /// Adds the faults that `text` asks for; a later word overrides an earlier one of its kind.
    pub(super) fn read(&mut self, text: &str) {
        if !text.contains('!') {
            return;
        }
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            match word {
                "!echo-credential" => self.echoes_credential = true,
                "!gzip" => self.gzips = true,
                "!bad-sse" => self.breaks_sse = true,
                _ if word.starts_with('!') => {
                    if let Some(value) = words.peek() {
                        self.set(word, value);
                    }
                }
                _ => self.set_option(word),
            }
            if word == "!usage" && words.next_if_eq(&"double").is_some() {
                let times = words.peek().and_then(|word| word.parse().ok()).unwrap_or(2);
                self.usage = Some(UsageLie::Times(times));
            }
        }
    }

    /// Reads a fault that takes a value. One that cannot be read is no fault: it may be ordinary prose.
    fn set(&mut self, word: &str, value: &str) {
        match word {
            "!status" => self.status = value.parse().ok().filter(|status| (400..600).contains(status)),
            "!delay" => self.delay = duration(value),
            "!slow" => self.slow = duration(value),
            "!cut" => self.cut_after = value.parse().ok(),
            "!stall" => self.stall = duration(value),
            "!usage" => self.usage = UsageLie::read(value),
            "!length" => self.length_tokens = value.parse().ok().map(|length: u64| length.min(LENGTH_MAX_TOKENS)),
            "!cached" => self.cached_tokens = value.parse().ok(),
            "!redirect" => self.redirect = Some(value.to_owned()),
            "!big-error" => self.error_bytes = bytes(value).map(|size| size.min(ERROR_BODY_MAX_BYTES)),
            _ => {}
        }
    }

    /// Reads a `name=value` that qualifies the fault before it.
    fn set_option(&mut self, word: &str) {
        if let Some(value) = word.strip_prefix("retry-after=") {
            self.retry_after = Some(value.to_owned());
        }
    }

    /// Whether a whole body may go out as it is.
    pub(super) const fn leave_bodies_alone(&self) -> bool {
        self.slow.is_none() && self.cut_after.is_none() && self.stall.is_none() && !self.gzips && !self.breaks_sse
    }

    /// The usage as it will be reported; `None` when nothing will.
    pub(super) fn reported(&self, mut usage: Value) -> Option<Value> {
        match self.usage {
            None => {}
            Some(UsageLie::None) => return None,
            Some(lie) => lie.distort(&mut usage),
        }
        Some(usage)
    }
}

impl UsageLie {
    /// The lie a word names, but for `double`, which takes a value of its own.
    fn read(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "negative" => Some(Self::Negative),
            "huge" => Some(Self::Huge),
            "string" => Some(Self::String),
            _ => None,
        }
    }

    /// Applies the lie to every number within.
    fn distort(self, usage: &mut Value) {
        match usage {
            Value::Number(number) => *usage = self.told(number),
            Value::Array(items) => items.iter_mut().for_each(|item| self.distort(item)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.distort(value)),
            _ => {}
        }
    }

    /// What is said in place of a number.
    fn told(self, number: &Number) -> Value {
        let truth = number.as_i64().unwrap_or(0);
        match self {
            Self::None => Value::Null,
            // Zero has no negative: minus one is as wrong.
            Self::Negative => Value::from(-truth.max(1)),
            Self::Huge => Value::from(u64::MAX),
            Self::String => Value::from(number.to_string()),
            Self::Times(factor) => Value::from(truth.unsigned_abs().saturating_mul(factor)),
        }
    }
}

/// Reads `200ms` or `5s`.
fn duration(text: &str) -> Option<Duration> {
    let length = match text.strip_suffix("ms") {
        Some(milliseconds) => Duration::from_millis(milliseconds.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s')?.parse().ok()?),
    };
    Some(length.min(SILENCE_MAX))
}

/// Reads `500B`, `64KB` or `1MB`.
fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = match (text.strip_suffix("MB"), text.strip_suffix("KB")) {
        (Some(number), _) => (number, 1 << 20),
        (_, Some(number)) => (number, 1 << 10),
        _ => (text.strip_suffix('B')?, 1),
    };
    number.parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Faults {
        let mut faults = Faults::default();
        faults.read(text);
        faults
    }

    #[test]
    fn ordinary_prose_asks_for_nothing() {
        for text in ["hello", "oh! no", "!status", "!status fine", "!status 200", "!stall forever", "!unknown 7"] {
            assert_eq!(read(text), Faults::default(), "{text:?}");
        }
    }

    #[test]
    fn words_with_values_are_read_wherever_they_stand() {
        let faults = read("please !status 429 retry-after=7 and !delay 200ms then !stall 5s !big-error 1MB");

        assert_eq!(faults.status, Some(429));
        assert_eq!(faults.retry_after.as_deref(), Some("7"));
        assert_eq!(faults.delay, Some(Duration::from_millis(200)));
        assert_eq!(faults.stall, Some(Duration::from_secs(5)));
        assert_eq!(faults.error_bytes, Some(1 << 20));
    }

    #[test]
    fn what_could_hang_or_fill_a_machine_is_bounded() {
        let faults = read("!stall 86400s !big-error 9999MB !length 99999999");

        assert_eq!(faults.stall, Some(SILENCE_MAX));
        assert_eq!(faults.error_bytes, Some(ERROR_BODY_MAX_BYTES));
        assert_eq!(faults.length_tokens, Some(LENGTH_MAX_TOKENS));
    }

    #[test]
    fn each_lie_distorts_every_number_and_nothing_else() {
        let truth = json!({"input": 3, "details": {"cached": 0}, "tier": "standard"});
        let told = |text: &str| read(text).reported(truth.clone());

        assert_eq!(told("hi"), Some(truth.clone()));
        assert_eq!(told("!usage none"), None);
        let negative = json!({"input": -3, "details": {"cached": -1}, "tier": "standard"});
        assert_eq!(told("!usage negative"), Some(negative));
        let string = json!({"input": "3", "details": {"cached": "0"}, "tier": "standard"});
        assert_eq!(told("!usage string"), Some(string));
        assert_eq!(told("!usage double").unwrap()["input"], 6);
        assert_eq!(told("!usage double 5").unwrap()["input"], 15);
        assert_eq!(told("!usage huge").unwrap()["input"], u64::MAX);
    }
}
