//! SKELETON: the built-in vendor.
