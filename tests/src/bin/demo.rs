//! Runs a demo scenario on a new network: see `scripts/demo`.
//!
//! Progress goes to stderr, the summary to stdout. Exit codes: 0 if every step succeeded, 1 if a step failed, 2 for wrong
//! usage, 130 if interrupted.

use std::{env, error::Error, io, path::PathBuf, process::ExitCode};

use clap::Parser;
use piaolian_tests::demo::{Harness, Scenario};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

/// Exit code when a step failed.
const NOT_AS_TOLD: u8 = 1;
/// Exit code after SIGINT, as shells report it.
const INTERRUPTED: u8 = 130;

/// Founds a network of four organisations on this machine and runs a demo scenario on it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Scenario to run.
    #[arg(value_enum, default_value_t)]
    scenario: Scenario,
    /// Stop at the end of the scenario; otherwise the network runs until Ctrl-C.
    #[arg(long)]
    exit: bool,
    /// Keep the network's folder.
    #[arg(long)]
    keep: bool,
    /// Path of the program `piaolian` [default: beside this program].
    #[arg(long)]
    piaolian: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let program = match arguments.piaolian {
        Some(program) => program,
        None => env::current_exe()?.with_file_name("piaolian"),
    };
    let folder = tempfile::Builder::new()
        .prefix("piaolian-demo-")
        .tempdir()?;
    say(
        io::stderr(),
        &format!("The network lives in {}", folder.path().display()),
    );
    let mut harness = Harness::new(program, folder.path(), None);

    let played = tokio::select! {
        played = harness.run(arguments.scenario) => Some(played),
        () = interrupted() => None,
    };
    let code = match played {
        None => ExitCode::from(INTERRUPTED),
        Some(played) => {
            say(io::stdout(), &harness.report.to_string());
            match played {
                Ok(()) if arguments.exit => ExitCode::SUCCESS,
                Ok(()) => {
                    say(io::stdout(), &harness.instructions()?);
                    interrupted().await;
                    ExitCode::SUCCESS
                }
                Err(failed) => {
                    say(io::stderr(), &failed.to_string());
                    ExitCode::from(NOT_AS_TOLD)
                }
            }
        }
    };
    let code = stop(&mut harness, code);
    leave(
        folder,
        arguments.keep || code == ExitCode::from(NOT_AS_TOLD),
    );
    Ok(code)
}

/// Stops every node; a node that ends with an error is a failure too.
fn stop(harness: &mut Harness, code: ExitCode) -> ExitCode {
    say(io::stderr(), "Stopping the nodes …");
    let badly = harness.network.stop();
    if badly.is_empty() {
        return code;
    }
    for member in badly {
        say(
            io::stderr(),
            &format!("The node of {} did not end well.", member.title()),
        );
    }
    ExitCode::from(NOT_AS_TOLD)
}

fn leave(folder: TempDir, keep: bool) {
    if keep {
        let path = folder.keep();
        say(
            io::stderr(),
            &format!("The network's folder is kept: {}", path.display()),
        );
    }
}

/// Completes at Ctrl-C, SIGTERM, or when the terminal is closed.
async fn interrupted() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signals) => drop(signals.recv().await),
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}

fn say(mut to: impl io::Write, text: &str) {
    let _ = writeln!(to, "{text}"); // a closed output must not stop the demo
}
