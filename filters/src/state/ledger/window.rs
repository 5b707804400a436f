//! When does a cap start again? The periods of a budget window, as instants.
//!
//! A period is defined by its boundaries and not by the civil date of an instant: where a zone sets its clock back over
//! midnight, one date comes twice, and a date-based answer would give an instant to two periods.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// How long a cap lasts before spend starts again from nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Fixed lengths in seconds, one after another from `since`, and before it as well.
    Every {
        seconds: i64,
        since: Timestamp,
    },
    Day,
    /// Starts on Monday.
    Week,
    Month,
    Year,
}

/// One turn of a window: from `start` until just before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Identifies the period among those of its account, in the journal too: it only ever grows.
    pub start: Timestamp,
    /// `None`: for ever.
    pub end: Option<Timestamp>,
}

impl Period {
    /// The one period of an account whose cap never resets.
    pub const FOREVER: Self = Self { start: Timestamp::UNIX_EPOCH, end: None };

    /// Whether `instant` is in it.
    #[must_use]
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && !self.is_over(instant)
    }

    pub(super) fn is_over(&self, instant: Timestamp) -> bool {
        self.end.is_some_and(|end| end <= instant)
    }
}

impl Window {
    /// The period that `instant` is in. Each instant is in exactly one, and one starts where another ends.
    #[must_use]
    pub fn period_at(self, instant: Timestamp, zone: &TimeZone) -> Period {
        match self {
            Self::Every { seconds, since } => fixed(seconds, since, instant),
            Self::Day | Self::Week | Self::Month | Self::Year => self.calendar(instant, zone),
        }
    }

    fn calendar(self, instant: Timestamp, zone: &TimeZone) -> Period {
        let mut first = self.first_day(zone.to_datetime(instant).date());
        // Where the civil date ran ahead of a boundary or fell behind it, the neighbour has the instant. More than one
        // step is taken only over days that a zone left out.
        while begin(first, zone) > instant {
            first = self.first_day(first.saturating_sub(Span::new().days(1)));
        }
        let mut next = self.next_first_day(first);
        while begin(next, zone) <= instant && next > first {
            (first, next) = (next, self.next_first_day(next));
        }
        Period { start: begin(first, zone), end: Some(begin(next, zone)) }
    }

    fn first_day(self, date: Date) -> Date {
        match self {
            Self::Every { .. } | Self::Day => date,
            Self::Week => date.saturating_sub(Span::new().days(date.weekday().since(Weekday::Monday))),
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
        }
    }

    fn next_first_day(self, first: Date) -> Date {
        first.saturating_add(match self {
            Self::Every { .. } | Self::Day => Span::new().days(1),
            Self::Week => Span::new().weeks(1),
            Self::Month => Span::new().months(1),
            Self::Year => Span::new().years(1),
        })
    }
}

/// The first instant of a date. Where midnight is skipped, that is the instant the clock jumps.
fn begin(date: Date, zone: &TimeZone) -> Timestamp {
    // The ends of time, for dates that no timestamp reaches.
    let unreachable = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let start = date.to_zoned(zone.clone()).and_then(|midnight| midnight.start_of_day());
    start.map_or(unreachable, |start| start.timestamp())
}

fn fixed(seconds: i64, since: Timestamp, instant: Timestamp) -> Period {
    let length_ns = i128::from(seconds.max(1)) * 1_000_000_000;
    let turns = (instant.as_nanosecond() - since.as_nanosecond()).div_euclid(length_ns);
    let start_ns = since.as_nanosecond() + turns * length_ns;
    Period { start: at_nanosecond(start_ns), end: Some(at_nanosecond(start_ns + length_ns)) }
}

/// The instant, or the nearest that a timestamp can name.
fn at_nanosecond(nanosecond: i128) -> Timestamp {
    let bounded = nanosecond.clamp(Timestamp::MIN.as_nanosecond(), Timestamp::MAX.as_nanosecond());
    Timestamp::from_nanosecond(bounded).unwrap_or(Timestamp::MAX)
}
