//! The command line: founding, keys, a node, and a client of any node.
//!
//! ```text
//!   genesis, keys, tokens      files alone
//!   backup, restore            a stopped node's files
//!   start                      a node: config ─► composition root ─► service ─► rpc
//!   admin                      signs with the offline admin key; sends raw, or writes a file
//!   submit import act query status    a client of a node's gRPC door
//!   proof                      a client too: a file that proves what the ledger has
//!   verify, access-log, samples    files alone: what they check needs no node
//!   follow                     a light client: headers of nodes that it need not trust
//! ```
//!
//! Data goes to stdout, everything else to stderr; exit codes are [`Failure`]'s.

mod access_log;
mod act;
mod admin;
mod backup;
mod client;
mod failure;
mod files;
mod follow;
mod fund;
mod genesis;
mod import;
mod json;
mod keys;
mod onboarding;
mod output;
mod parameters;
mod proof;
mod query;
mod reading;
mod requests;
mod samples;
mod signals;
mod start;
mod submit;
mod text;
mod tokens;
mod verify;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

pub use failure::Failure;
use output::Output;

/// The help that follows every command's own.
const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused by a rule: of the ledger, or of the issuer's own node
  2  wrong usage, configuration or file
  3  the node cannot be reached
  4  there is no such thing
  5  the token is missing, unknown or of too low a role
  6  the proof does not hold
  7  not decided yet, or too much at once: try again
  8  trouble of the node or of this machine
  9  two certified blocks of one height were shown: a fork

Environment:
  PIAOLIAN_NODE        the node's address, http://127.0.0.1:26700 unless set
  PIAOLIAN_TOKEN_FILE  a file with the token
";

/// Piaolian (票链): a permissioned ledger for fiscal electronic receipts.
#[derive(Debug, Parser)]
#[command(name = "piaolian", version, after_help = AFTER_HELP, propagate_version = true)]
struct Cli {
    /// Data as JSON, one object a line where there are many.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Found a chain: each organisation makes its own entry; entries are assembled and checked.
    #[command(subcommand)]
    Genesis(genesis::Command),
    /// Make and show an organisation's keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Make, show and withdraw tokens of a node's clients.
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Run a node.
    Start(start::Arguments),
    /// Copy what a stopped node keeps: its store, an issuer's details, the access log, its
    /// configuration.
    ///
    /// Never the signer's mark, the engine's log, tokens or an admin key.
    Backup(backup::Backup),
    /// Bring a backup back into a new folder, when it is exactly what it was.
    Restore(backup::Restore),
    /// Send a signed transaction and wait for its outcome.
    Submit(submit::Arguments),
    /// An administrator's act, signed here with the offline admin key.
    Admin(admin::Arguments),
    /// Issue receipts from national `EInvoice` XML files; repeatable at any time.
    Import(import::Arguments),
    /// A business act, signed by the node for its organisation.
    Act(act::Arguments),
    /// Ask a node.
    Query(query::Arguments),
    /// Write a proof file of what the ledger has of a receipt, or that it has none.
    Proof(proof::Arguments),
    /// Check a proof file, with no node and no network, and say what it proves.
    Verify(verify::Arguments),
    /// Check a node's log of who was shown receipt details, and show what it says.
    AccessLog(access_log::Arguments),
    /// Follow the chain's headers as a light client, and see whether nodes show two chains.
    Follow(follow::Arguments),
    /// Write receipts of nobody as national XML, to try `import` with.
    Samples(samples::Arguments),
    /// How a node and its network are.
    Status(client::NodeArguments),
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version come this way too, with code 0.
        Err(error) => {
            let _ = error.print(); // nobody is there to be told
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let output = Output::new(cli.json);
    match execute(cli.command, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn execute(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Genesis(command) => genesis::run(command, output),
        Command::Keys(command) => keys::run(command, output),
        Command::Tokens(command) => tokens::run(&command, output),
        Command::Verify(arguments) => verify::run(&arguments, output),
        Command::AccessLog(arguments) => wait_for(access_log::run(arguments, output)),
        Command::Samples(arguments) => samples::run(arguments, output),
        Command::Start(arguments) => start::run(&arguments),
        Command::Backup(arguments) => backup::take(&arguments, output),
        Command::Restore(arguments) => backup::restore(&arguments, output),
        Command::Submit(arguments) => wait_for(submit::run(arguments, output)),
        Command::Admin(arguments) => wait_for(admin::run(arguments, output)),
        Command::Import(arguments) => wait_for(import::run(arguments, output)),
        Command::Act(arguments) => wait_for(act::run(arguments, output)),
        Command::Query(arguments) => wait_for(query::run(arguments, output)),
        Command::Proof(arguments) => wait_for(proof::run(arguments, output)),
        Command::Follow(arguments) => wait_for(follow::run(arguments, output)),
        Command::Status(node) => wait_for(query::status(node, output)),
    }
}

/// Runs a client's work; one thread is enough for it.
fn wait_for(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .map_err(|error| Failure::trouble(&error))?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_and_argument_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_has_its_own_exit_code() {
        let arguments = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(run(arguments("piaolian dance")), ExitCode::from(2));
        assert_eq!(run(arguments("piaolian --version")), ExitCode::SUCCESS);
    }

    #[test]
    fn the_help_names_every_exit_code() {
        for failure in Failure::every() {
            let line = format!("  {}  ", failure.code());
            assert!(AFTER_HELP.contains(&line), "{failure:?}");
        }
    }
}
