//! `piaolian node start` and `piaolian node check`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use super::{Failure, output::Output, signals, verb::Verb};
use crate::{
    app::{self, Node, OpenError, StopReason},
    config::{Config, LogConfig, LogFormat},
};

#[derive(Debug, Args)]
struct Arguments {
    /// The node's configuration.
    #[arg(long, default_value = "piaolian.toml", value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn verbs() -> [Verb; 2] {
    [
        Verb::of(
            "node start",
            "Runs a node until it is interrupted.",
            &["piaolian node start --config hospital/piaolian.toml"],
            |arguments, _| start(&arguments),
        ),
        Verb::of(
            "node check",
            "Checks a node's configuration, and the founding document, keys and tokens that it names. Starts nothing.",
            &["piaolian node check --config hospital/piaolian.toml"],
            |arguments, output| check(&arguments, output),
        ),
    ]
}

fn load(arguments: &Arguments) -> Result<Config, Failure> {
    Config::load(&arguments.config).map_err(|error| Failure::usage(&error))
}

fn check(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = load(arguments)?;
    app::check(&config).map_err(failure)?;
    let organisation = config.organisation.to_string();
    let text = format!("{organisation}: ready to start");
    output.say(&json!({ "organisation": organisation }), &text)
}

fn start(arguments: &Arguments) -> Result<(), Failure> {
    let config = load(arguments)?;
    begin_log(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::trouble(&error))?;
    runtime.block_on(async {
        // A node whose role in consensus changes starts again in its new role, and reads its keys again.
        while run_once(&config).await? == StopReason::RoleChanged {}
        Ok(())
    })
}

async fn run_once(config: &Config) -> Result<StopReason, Failure> {
    let node = Node::open(config).await.map_err(failure)?;
    let asked = signals::stop_asked().map_err(|error| Failure::trouble(&error))?;
    let stop = async {
        let signal = asked.await;
        tracing::info!(signal, "node stops");
    };
    let end = node.run(stop).await;
    end.map_err(|error| Failure::trouble(&error))
}

fn failure(error: OpenError) -> Failure {
    match error {
        OpenError::Configuration(problem) => Failure::Usage(problem),
        OpenError::Machine(problem) => Failure::Trouble(problem),
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
