//! `piaolian tokens`: tokens for the clients of a node.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use piaolian_service::api::tokens::{self, Caller, TokenRole};
use serde_json::{Value as Json, json};

use super::{Failure, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token; it is shown this once, and the file keeps its hash alone. A
    /// running node reads the file at its next start.
    New {
        #[command(flatten)]
        file: TokensFile,
        /// Whose it is: for the log and for limits.
        #[arg(long)]
        name: String,
        /// What it allows; each role includes those before it.
        #[arg(long)]
        role: RoleArgument,
    },
    /// Show whose the tokens are, and what they allow.
    List {
        #[command(flatten)]
        file: TokensFile,
    },
    /// Withdraw a token. A running node takes it until its next start.
    Remove {
        #[command(flatten)]
        file: TokensFile,
        /// Whose it is.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct TokensFile {
    /// The node's file of tokens; made when it is new.
    #[arg(long = "file", default_value = "tokens.toml")]
    path: PathBuf,
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
    let usage = |error| Failure::usage(&error);
    match command {
        Command::New { file, name, role } => {
            let role = TokenRole::from(*role);
            let token = tokens::add(&file.path, name, role).map_err(usage)?;
            let token = token.reveal();
            let data = json!({ "name": name, "role": role.word(), "token": token });
            output.say(&data, token)
        }
        Command::List { file } => {
            let callers = tokens::list(&file.path).map_err(usage)?;
            let lines: Vec<String> = callers.iter().map(line).collect();
            let rows: Json = callers.iter().map(row).collect();
            output.say(&rows, &lines.join("\n"))
        }
        Command::Remove { file, name } => {
            tokens::remove(&file.path, name).map_err(usage)?;
            output.say(&json!({ "removed": name }), name)
        }
    }
}

fn row(Caller { name, role }: &Caller) -> Json {
    json!({ "name": name, "role": role.word() })
}

fn line(Caller { name, role }: &Caller) -> String {
    format!("{:6}  {name}", role.word())
}
