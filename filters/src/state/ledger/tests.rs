//! The ledger over a journal without a disk.

mod caps;
mod charges;
mod fixture;
mod periods;
mod waiting;
mod windows;
