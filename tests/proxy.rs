//! The gateway from outside: the real binary, real sockets, the built-in vendor.

mod bytes;
mod concurrency;
mod connections;
mod desync;
mod endpoints;
mod failures;
mod h2;
mod headers;
mod lifecycle;
mod local;
mod refusals;
mod streams;
mod usage;
