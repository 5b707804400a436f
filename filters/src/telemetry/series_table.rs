//! Which numbers belong to these labels? A bounded table of series.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::telemetry::Series;
use crate::telemetry::labels::{Labels, RequestLabels};

/// Enough that requests of different callers rarely meet in one.
const SHARDS: usize = 16;

/// Series by the hash of their labels. Looking up by the labels themselves would need them in one owned key, a dozen
/// allocations per request; two that share a hash share a place here and are told apart by comparing.
type Shard = HashMap<u64, Vec<Arc<Series>>, ahash::RandomState>;

/// All series.
#[derive(Debug)]
pub(super) struct SeriesTable {
    hasher: ahash::RandomState,
    // Read-mostly: written once for every combination of labels.
    shards: [RwLock<Shard>; SHARDS],
    series: AtomicUsize,
    series_max: usize,
    /// Where all those beyond the bound are counted.
    overflow: Arc<Series>,
    overflowed: AtomicU64,
}

impl SeriesTable {
    pub(super) fn new(series_max: usize) -> Self {
        Self {
            hasher: ahash::RandomState::new(),
            shards: std::array::from_fn(|_| RwLock::default()),
            series: AtomicUsize::new(0),
            series_max,
            overflow: Arc::new(Series::new(Labels::overflow())),
            overflowed: AtomicU64::new(0),
        }
    }

    /// The series of these labels, made if it is new and there is room.
    pub(super) fn series(&self, labels: &RequestLabels<'_>) -> Arc<Series> {
        let hash = self.hasher.hash_one(labels.values());
        let shard = &self.shards[usize::try_from(hash >> 32).expect("32 bits fit") % SHARDS];
        let known = find(&shard.read().unwrap_or_else(PoisonError::into_inner), hash, labels);
        known.unwrap_or_else(|| self.insert(shard, hash, labels))
    }

    /// Every series, the overflow's last.
    pub(super) fn all(&self) -> Vec<Arc<Series>> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.values().flatten().cloned());
        }
        all.push(self.overflow.clone());
        all
    }

    /// How many look-ups found no room.
    pub(super) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }

    fn insert(&self, shard: &RwLock<Shard>, hash: u64, labels: &RequestLabels<'_>) -> Arc<Series> {
        // Checked before locking, so that a flood of new labels does not stop those that are known.
        if self.series.load(Ordering::Relaxed) >= self.series_max {
            return self.overflow();
        }
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = find(&shard, hash, labels) {
            return known;
        }
        if self.series.fetch_add(1, Ordering::Relaxed) >= self.series_max {
            self.series.fetch_sub(1, Ordering::Relaxed);
            return self.overflow();
        }
        let series = Arc::new(Series::new(Labels::keep(labels)));
        shard.entry(hash).or_default().push(series.clone());
        series
    }

    fn overflow(&self) -> Arc<Series> {
        self.overflowed.fetch_add(1, Ordering::Relaxed);
        self.overflow.clone()
    }
}

fn find(shard: &Shard, hash: u64, labels: &RequestLabels<'_>) -> Option<Arc<Series>> {
    shard.get(&hash)?.iter().find(|series| series.labels().are(labels)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(name: &str) -> RequestLabels<'_> {
        RequestLabels { team: Some(name), ..RequestLabels::default() }
    }

    #[test]
    fn the_same_labels_lead_to_the_same_series() {
        let table = SeriesTable::new(10);

        assert!(Arc::ptr_eq(&table.series(&team("red")), &table.series(&team("red"))));
        assert!(!Arc::ptr_eq(&table.series(&team("red")), &table.series(&team("blue"))));
    }

    #[test]
    fn a_value_in_another_label_is_another_series() {
        let table = SeriesTable::new(10);
        let user = RequestLabels { user: Some("red"), ..RequestLabels::default() };

        assert!(!Arc::ptr_eq(&table.series(&team("red")), &table.series(&user)));
    }

    #[test]
    fn beyond_the_bound_all_share_one_series_and_the_known_keep_theirs() {
        let table = SeriesTable::new(2);
        let red = table.series(&team("red"));
        table.series(&team("blue"));

        let (green, grey) = (table.series(&team("green")), table.series(&team("grey")));

        assert!(Arc::ptr_eq(&green, &grey));
        assert!(Arc::ptr_eq(&table.series(&team("red")), &red));
        assert_eq!((table.all().len(), table.overflowed()), (3, 2));
    }

    #[test]
    fn a_bound_of_zero_counts_everything_together() {
        let table = SeriesTable::new(0);

        table.series(&team("red"));

        assert_eq!((table.all().len(), table.overflowed()), (1, 1));
    }
}
