//! SKELETON: the config file.

pub mod price_book;
