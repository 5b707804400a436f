//! Vectors for texts: deterministic, of unit length or nearly, and otherwise meaningless.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// Dimensions of a vector when the request does not choose.
pub(super) const DIMENSIONS_DEFAULT: u64 = 1536;

/// The most dimensions of a vector.
const DIMENSIONS_MAX: u64 = 4096;

/// The vector of whatever was to be embedded.
pub(super) fn vector(input: &Value, dimensions: u64) -> Vec<f32> {
    let mut hasher = DefaultHasher::new();
    input.to_string().hash(&mut hasher);
    let dimensions = dimensions.clamp(1, DIMENSIONS_MAX);
    let length = (dimensions as f32).sqrt();
    (0..dimensions)
        .map(|dimension| {
            dimension.hash(&mut hasher);
            let sign = if hasher.finish() & 1 == 0 { 1.0 } else { -1.0 };
            sign / length
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_vector_depends_on_its_input_alone_and_keeps_to_its_bounds() {
        assert_eq!(vector(&json!("a"), 64), vector(&json!("a"), 64));
        assert_ne!(vector(&json!("a"), 64), vector(&json!("b"), 64));
        assert_eq!(vector(&json!("a"), 0).len(), 1);
        assert_eq!(vector(&json!("a"), u64::MAX).len() as u64, DIMENSIONS_MAX);
    }
}
