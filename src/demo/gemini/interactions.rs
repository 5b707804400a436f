//! `/v1beta/interactions`.
