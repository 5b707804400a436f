//! What the sections mean: from typed values to the words of the data plane, one file for each part that reads them.

mod access;
mod aliases;
mod allowance;
mod api_base;
mod budgets;
mod deployments;
mod keys;
mod master_key;
mod members;
mod model_names;
mod models;
mod once;
mod people;
mod provider;
mod routing;
mod server;
mod storage;
mod wildcard;

pub(super) use self::master_key::fresh as fresh_master_key;

use self::model_names::ModelNames;
use super::section::Section;
use super::settings::Settings;
use super::{Prices, Resolved};

/// Resolves a whole file. Every section is read whatever is wrong with another; `None` where nothing sensible could
/// stand for what is missing, which has then been reported.
pub(super) fn resolve(file: Section<'_>, prices: &dyn Prices) -> Option<Resolved> {
    let server = server::server(file.section("server"));
    let storage = storage::storage(file.section("general_settings"));
    let routing = routing::routing(file);
    let models = models::models(file, &routing, prices);
    let names = ModelNames::new(&models.catalog);
    let access = access::access(file, &names);
    let (declared, roles) = people::people(file, &names, access.as_ref());
    let budgets = budgets::budgets(file, models.budgets);
    file.section("budget");
    file.section("auth").section("dex");
    file.section("dex_mapping");
    let settings = Settings { server, access: access?, budgets, routing, storage };
    Some(Resolved { settings, catalog: models.catalog, declared, roles })
}
