//! What an operator types: one file for each command.

pub mod check;
