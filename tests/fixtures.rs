//! What every test of the whole gateway stands on: the real binary in front of the built-in vendor, a client that can
//! say anything, and books that are compared when a test ends.

mod answer;
mod ask;
mod books;
mod broken_vendor;
mod connection;
mod gateway;
mod metrics;
mod names;
mod prices;
mod process;
mod setup;

pub(crate) use answer::{Answer, Ending};
pub(crate) use ask::{Ask, Shape};
pub(crate) use books::Charge;
pub(crate) use broken_vendor::BrokenVendor;
pub(crate) use gateway::{TestGateway, eventually};
pub(crate) use names::*;
pub(crate) use setup::Setup;
