//! SKELETON: the config file.
