//! What happens to a request before a vendor sees it: steps 1 to 8, in the order of their files' numbers in
//! `filters/README.md`.

pub mod accept;
pub mod authenticate;
pub mod body;
pub mod model_access;
pub mod rate_limit;
pub mod reserve;
pub mod route;
pub mod upstream;
