//! The gateway from outside: the real binary, real sockets, the built-in vendor.

mod refusals;
