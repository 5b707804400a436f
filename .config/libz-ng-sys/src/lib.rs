//! Stock zlib under the name of zlib-ng; `Cargo.toml` says why.
pub use libz_sys::*;
