//! SKELETON: SQLite.
