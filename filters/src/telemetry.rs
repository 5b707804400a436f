//! SKELETON: every metric the data plane emits.
