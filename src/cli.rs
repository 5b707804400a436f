//! What an operator types: the commands and their arguments, one file for each command.

pub mod check;
mod demo;
mod prices;
mod serve;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::telemetry::{self, FILTER_VARIABLE, LogFormat};

/// A gateway in front of LLM vendors: virtual keys, team budgets that cannot be overrun, usage to the token.
#[derive(Debug, Parser)]
#[command(name = "tollkeeper", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How log lines on stderr look.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    log_format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tries everything out on this machine: a built-in vendor, the gateway, a team and a key.
    Demo {
        /// Where the gateway listens on 127.0.0.1; 0 for any free port.
        #[arg(long, default_value_t = 4000)]
        port: u16,
        /// Where the books are kept; a temporary folder unless given.
        #[arg(long, value_name = "DIR")]
        state: Option<PathBuf>,
        /// A config file to serve instead of the demo's own. Beside the environment it may use ${DEMO_LISTEN},
        /// ${DEMO_VENDOR}, ${DEMO_VENDOR_KEY}, ${DEMO_MASTER_KEY}, ${DEMO_ALICE_KEY} and ${DEMO_DATABASE}.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Runs the gateway.
    Serve {
        /// The config file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Says what is wrong with a config file, with line and column, and starts nothing.
    Check {
        /// The config file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Runs the command of the process's arguments. 0: done, 1: it failed, 2: it was called wrongly.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = install_log(cli.log_format) {
        return failed(&error);
    }
    let done = match cli.command {
        Command::Demo { port, state, config } => {
            demo::run(SocketAddr::from(([127, 0, 0, 1], port)), state.as_deref(), config.as_deref())
        }
        Command::Serve { config } => serve::run(&config),
        Command::Check { config } => return check(&config),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

/// What a command can fail with: one sentence for people.
type Failure = Box<dyn std::error::Error>;

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("tollkeeper: {error}");
    ExitCode::from(1)
}

fn install_log(format: Format) -> Result<(), telemetry::LogError> {
    let format = match format {
        Format::Human => LogFormat::Human,
        Format::Json => LogFormat::Json,
    };
    telemetry::install(format, std::env::var(FILTER_VARIABLE).ok().as_deref())
}

fn check(config: &std::path::Path) -> ExitCode {
    prices::with_surroundings(&environment, |surroundings| {
        check::run(config, surroundings, &mut io::stdout().lock(), &mut io::stderr().lock())
            .unwrap_or_else(|error| failed(&error))
    })
}

/// The process's own environment.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
