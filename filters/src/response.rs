//! What happens to an answer on its way to the client: steps 9 and 10.

pub mod head;
pub mod meter;
