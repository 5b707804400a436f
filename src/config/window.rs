//! How long a cap lasts: `30d`, `1mo`, `weekly` …, as people type it.

use filters::state::ledger::Window;
use jiff::Timestamp;

/// Ten years: longer than any cap, short enough that adding windows up cannot overflow a timestamp.
const SECONDS_MAX: i64 = 10 * 366 * 86_400;

/// Reads a `budget_duration`, or says what is wrong with it. Fixed lengths begin at `since`.
///
/// `30d` is thirty days from when the cap was set, not LiteLLM's first of the month; who wants that says `month`.
pub(super) fn parse(text: &str, since: Timestamp) -> Result<Window, &'static str> {
    match text {
        "hour" | "hourly" => Ok(Window::Every { seconds: 3600, since }),
        "day" | "daily" => Ok(Window::Day),
        "week" | "weekly" => Ok(Window::Week),
        "month" | "monthly" | "1mo" => Ok(Window::Month),
        "year" | "yearly" => Ok(Window::Year),
        length => fixed(length).map(|seconds| Window::Every { seconds, since }),
    }
}

fn fixed(text: &str) -> Result<i64, &'static str> {
    const UNREADABLE: &str =
        "is no length of time: write `30s`, `30m`, `24h`, `7d`, `4w`, `day`, `week`, `month` or `year`";
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or(UNREADABLE)?;
    let (number, unit) = text.split_at(split);
    let unit_seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "mo" => return Err("is no window: the only one in months is `1mo`, the calendar month"),
        _ => return Err(UNREADABLE),
    };
    let number: i64 = number.parse().map_err(|_| UNREADABLE)?;
    match number.checked_mul(unit_seconds) {
        Some(0) => Err("lasts no time at all"),
        Some(seconds) if seconds <= SECONDS_MAX => Ok(seconds),
        _ => Err("is more than ten years"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_window_is_refused_with_the_words_that_are() {
        for text in
            ["", "30", "d", "0d", "-1d", "1.5h", "2mo", "30 d", "30D", "fortnight", "99999999999999999999d", "3661d"]
        {
            assert!(parse(text, Timestamp::UNIX_EPOCH).is_err(), "{text}");
        }
        assert!(parse("soon", Timestamp::UNIX_EPOCH).unwrap_err().contains("write `30s`"));
    }

    #[test]
    fn lengths_are_fixed_and_words_are_calendar_windows() {
        let since = Timestamp::UNIX_EPOCH;
        for (text, seconds) in [
            ("1s", 1),
            ("30m", 1800),
            ("24h", 86_400),
            ("1d", 86_400),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
            ("3660d", SECONDS_MAX),
        ] {
            assert_eq!(parse(text, since), Ok(Window::Every { seconds, since }), "{text}");
        }
        for (text, window) in
            [("day", Window::Day), ("weekly", Window::Week), ("1mo", Window::Month), ("year", Window::Year)]
        {
            assert_eq!(parse(text, since), Ok(window), "{text}");
        }
    }
}
