//! The gateway from outside: the real binary, real sockets, the built-in vendor.

mod endpoints;
mod failures;
mod refusals;
mod streams;
mod usage;
