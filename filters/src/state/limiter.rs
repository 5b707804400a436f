//! SKELETON: the exact limiter.
