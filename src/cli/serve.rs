//! `tollkeeper serve`: the gateway in front of real vendors.

use std::io;
use std::path::Path;

use super::{Failure, environment, prices};
use crate::config::{self, Resolved};
use crate::server;

/// Reads the config and serves until told to stop.
pub(super) fn run(path: &Path) -> Result<(), Failure> {
    let resolved = load(path, &environment)?;
    server::serve(resolved, Box::new(io::stderr()))?;
    Ok(())
}

/// What the file means; every mistake in it, should there be one, as the one error.
pub(super) fn load(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Resolved, Failure> {
    let loaded = prices::with_surroundings(environment, |surroundings| config::load(path, surroundings));
    let (resolved, warnings) = loaded.map_err(|mistakes| {
        let list: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        format!("the config cannot be used:\n{}", list.join("\n"))
    })?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(resolved)
}
