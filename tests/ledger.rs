//! The ledger on its database: restarts, crashes, faults of the disk, and everything in any order.

mod damage;
mod disk;
mod faults;
mod kill;
mod model;
mod restart;
mod threads;
