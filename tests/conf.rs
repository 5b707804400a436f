//! The config file from outside: a text in, its meaning or its mistakes out.

mod examples;
mod fixture;
mod models;
mod people;
mod refusals;
mod robustness;
mod settings;
