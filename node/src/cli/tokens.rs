//! `piaolian tokens`: tokens for the clients of a node.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{Failure, output::Output};
use crate::rpc::tokens::{self, TokenRole};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token; it is shown this once, and the file keeps its hash alone. A
    /// running node reads the file at its next start.
    New {
        /// The node's file of tokens; made when it is new.
        #[arg(long, default_value = "tokens.toml")]
        file: PathBuf,
        /// Whose it is: for the log and for limits.
        #[arg(long)]
        name: String,
        /// What it allows; each role includes those before it.
        #[arg(long)]
        role: RoleArgument,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleArgument {
    /// Queries, verification, events.
    Read,
    /// Business acts, raw transactions, receipt details.
    Submit,
    /// Raw transactions that are an administrator's act.
    Admin,
}

impl From<RoleArgument> for TokenRole {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Read => Self::Read,
            RoleArgument::Submit => Self::Submit,
            RoleArgument::Admin => Self::Admin,
        }
    }
}

pub(super) fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    let Command::New { file, name, role } = command;
    let role = TokenRole::from(*role);
    let token = tokens::add(file, name, role).map_err(|error| Failure::usage(&error))?;
    let token = token.reveal();
    output.say(
        &json!({ "name": name, "role": role.word(), "token": token }),
        token,
    )
}
