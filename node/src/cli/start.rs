//! `piaolian start`: a whole node, until it is asked to stop.

use std::{env, os::unix::process::CommandExt as _, path::PathBuf, process::Command};

use clap::Args;
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::{
    config::{Config, LogConfig, LogFormat},
    node::{End, StartError, start},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The node's configuration.
    #[arg(long, default_value = "piaolian.toml")]
    config: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::load(&arguments.config).map_err(|error| Failure::usage(&error))?;
    begin_log(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = runtime
        .map_err(|error| Failure::trouble(&error))?
        .block_on(start(&config));
    match ended {
        Ok(End::Stopped) => Ok(()),
        Ok(End::Rejoin) => Err(again()),
        Err(error @ StartError::Node(_)) => Err(Failure::trouble(&error)),
        Err(error) => Err(Failure::usage(&error)),
    }
}

/// Starts this program anew in this process: a node that had to keep silent may
/// validate now. Returns only when that fails.
fn again() -> Failure {
    match env::current_exe() {
        Ok(program) => Failure::trouble(&Command::new(program).args(env::args_os().skip(1)).exec()),
        Err(error) => Failure::trouble(&error),
    }
}

fn begin_log(log: &LogConfig) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| Failure::usage(&error))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let begun = match log.format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    begun.map_err(|error| Failure::trouble(&error))
}
