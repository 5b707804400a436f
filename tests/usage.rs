//! Usage, read out of what real vendors sent.

mod corpus;
