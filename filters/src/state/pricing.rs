//! SKELETON: usage × price = money. Replaced by its author.

/// What one model costs at one time.
#[derive(Debug)]
pub struct Price {}
