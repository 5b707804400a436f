//! When a vendor's peak hours are: ranges of the week in UTC.

use jiff::Timestamp;

const DAY_MINUTES: u32 = 24 * 60;
const WEEK_MINUTES: i64 = 7 * 24 * 60;
/// The first of January 1970 was a Thursday, three days into a week that begins on Monday.
const EPOCH_MINUTE: i64 = 3 * 24 * 60;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The hours in which the standard price applies; outside them it is the off-peak price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeakHours(Vec<WeeklyRange>);

/// The same hours on some days in a row. The end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeeklyRange {
    first_day: u32,
    last_day: u32,
    from_minute: u32,
    to_minute: u32,
}

/// Why a text names no hours of the week.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not hours of the week in UTC, such as \"Mon-Fri 01:00-04:00\" or \"Sat 00:00-24:00\"")]
pub struct NotHours(pub String);

impl PeakHours {
    #[must_use]
    pub fn new(ranges: Vec<WeeklyRange>) -> Self {
        Self(ranges)
    }

    #[must_use]
    pub fn contain(&self, at: Timestamp) -> bool {
        let minute = (at.as_second().div_euclid(60) + EPOCH_MINUTE).rem_euclid(WEEK_MINUTES);
        let minute = u32::try_from(minute).expect("a remainder of a week fits");
        let (day, minute) = (minute / DAY_MINUTES, minute % DAY_MINUTES);
        self.0.iter().any(|range| range.contains(day, minute))
    }
}

impl WeeklyRange {
    /// Reads `Mon-Fri 01:00-04:00` or `Sun 20:00-24:00`. Neither days nor hours may run backwards: what crosses
    /// midnight or Sunday is written as two.
    pub fn parse(text: &str) -> Result<Self, NotHours> {
        Self::read(text).ok_or_else(|| NotHours(text.to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let (days, hours) = text.split_once(' ')?;
        let (first_day, last_day) = days.split_once('-').unwrap_or((days, days));
        let (from, to) = hours.split_once('-')?;
        let range = Self {
            first_day: day(first_day)?,
            last_day: day(last_day)?,
            from_minute: minute_of_day(from)?,
            to_minute: minute_of_day(to)?,
        };
        (range.first_day <= range.last_day && range.from_minute < range.to_minute).then_some(range)
    }

    fn contains(&self, day: u32, minute: u32) -> bool {
        (self.first_day..=self.last_day).contains(&day) && (self.from_minute..self.to_minute).contains(&minute)
    }
}

fn day(name: &str) -> Option<u32> {
    DAYS.iter().position(|day| *day == name).and_then(|place| u32::try_from(place).ok())
}

fn minute_of_day(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    if [hour, minute].iter().any(|digits| digits.len() != 2 || !digits.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_hours_of_the_week_is_refused() {
        for text in [
            "",
            "Mon",
            "01:00-04:00",
            "Mon 04:00-01:00",
            "Mon 01:00-01:00",
            "Fri-Mon 01:00-04:00",
            "Mon 1:00-4:00",
            "Mon 01:60-04:00",
            "Mon 01:00-24:01",
            "Mon +1:00-04:00",
            "mon 01:00-04:00",
        ] {
            assert_eq!(WeeklyRange::parse(text), Err(NotHours(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_range_holds_its_first_minute_and_not_its_last() {
        let hours = PeakHours::new(vec![WeeklyRange::parse("Mon-Fri 01:00-04:00").unwrap()]);

        // The 20th of November 2026 is a Friday.
        assert!(!hours.contain(at("2026-11-20T00:59:59Z")));
        assert!(hours.contain(at("2026-11-20T01:00:00Z")));
        assert!(hours.contain(at("2026-11-20T03:59:59Z")));
        assert!(!hours.contain(at("2026-11-20T04:00:00Z")));
        assert!(!hours.contain(at("2026-11-21T02:00:00Z")), "Saturday");
        assert!(hours.contain(at("2026-11-23T02:00:00Z")), "Monday");
    }

    #[test]
    fn a_day_may_last_until_midnight() {
        let hours = PeakHours::new(vec![WeeklyRange::parse("Sun 00:00-24:00").unwrap()]);

        assert!(hours.contain(at("2026-11-22T23:59:59Z")));
        assert!(!hours.contain(at("2026-11-23T00:00:00Z")));
    }
}
