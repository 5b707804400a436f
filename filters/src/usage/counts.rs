//! The numbers of one vendor report, and which of them can be believed.

use super::layout::Count;

/// More tokens than any exchange has: a report above it is broken or lying, and small enough that sums cannot overflow.
pub(super) const BELIEVABLE_MAX: u64 = 1 << 40;

/// A vendor's numbers by what they mean. What it did not report is absent, which is not zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts([u64; Count::NUMBER]);

/// Half the size of an `Option`, in something that every open stream holds three of.
const ABSENT: u64 = u64::MAX;

impl Default for Counts {
    fn default() -> Self {
        Self([ABSENT; Count::NUMBER])
    }
}

impl Counts {
    pub(super) fn get(&self, count: Count) -> Option<u64> {
        Some(self.0[count as usize]).filter(|&number| number != ABSENT)
    }

    /// The number, or zero where none was reported.
    pub(super) fn of(&self, count: Count) -> u64 {
        self.get(count).unwrap_or(0)
    }

    pub(super) fn set(&mut self, count: Count, number: u64) {
        self.0[count as usize] = number;
    }

    pub(super) fn clear(&mut self, count: Count) {
        self.0[count as usize] = ABSENT;
    }

    /// Adds to what is there, never past what can be believed.
    pub(super) fn add(&mut self, count: Count, number: u64) {
        self.set(count, self.of(count).saturating_add(number).min(BELIEVABLE_MAX));
    }
}

/// Reads a JSON number as a count: digits only, up to 2⁴⁰.
pub(super) fn whole(number: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(number).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().filter(|&count| count <= BELIEVABLE_MAX)
}

/// Reads a JSON number with or without a fraction, rounded up: seconds of audio are billed so.
pub(super) fn rounded_up(number: &[u8]) -> Option<u64> {
    let point = number.iter().position(|&byte| byte == b'.').unwrap_or(number.len());
    let (integer, fraction) = (&number[..point], number.get(point + 1..).unwrap_or_default());
    let is_fraction = fraction.iter().all(u8::is_ascii_digit);
    let has_more = fraction.iter().any(|&digit| digit != b'0');
    whole(integer).filter(|_| is_fraction).map(|seconds| seconds + u64::from(has_more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_vendor_can_mean_is_not_believed() {
        for number in ["-1", "1.5", "1e3", "NaN", "", "+1", "0x10", "1099511627777", "99999999999999999999999"] {
            assert_eq!(whole(number.as_bytes()), None, "{number}");
        }
        for number in ["-1", "1.x", "1.5e3", ".5", "1.2.3", ""] {
            assert_eq!(rounded_up(number.as_bytes()), None, "{number}");
        }
    }

    #[test]
    fn a_count_is_believed_up_to_its_bound() {
        assert_eq!(whole(b"0"), Some(0));
        assert_eq!(whole(b"1099511627776"), Some(BELIEVABLE_MAX));
    }

    #[test]
    fn a_begun_second_counts_as_one() {
        for (number, seconds) in [("9", 9), ("9.0", 9), ("9.01", 10), ("0.4", 1), ("0", 0)] {
            assert_eq!(rounded_up(number.as_bytes()), Some(seconds), "{number}");
        }
    }
}
