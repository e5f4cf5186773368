//! `piaolian token`: tokens for the clients of a node.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use piaolian_service::api::tokens::{self, Caller, TokenRole};
use serde_json::{Value as Json, json};

use super::{Failure, output::Output, verb::Verb};

#[derive(Debug, Args)]
struct New {
    /// The client's name: for the log and for limits.
    #[arg(long)]
    name: String,
    /// Role of the token; each role includes those before it.
    #[arg(long)]
    role: RoleArgument,
    #[command(flatten)]
    file: TokensFile,
}

#[derive(Debug, Args)]
struct Remove {
    /// The client's name.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    file: TokensFile,
}

#[derive(Debug, Args)]
struct TokensFile {
    /// The node's file of tokens; made when it is new.
    #[arg(long = "file", default_value = "tokens.toml")]
    path: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArgument {
    /// Queries, verification, events.
    Read,
    /// Calls that the node signs, transactions that were signed elsewhere, receipt details.
    Submit,
    /// Transactions that an administrator signed elsewhere.
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

pub(super) fn verbs() -> [Verb; 3] {
    [
        Verb::of(
            "token new",
            "Makes a token and shows it this once; the file keeps its hash alone. A running node reads the file at its \
             next start.",
            &["piaolian token new --name billing --role submit"],
            new,
        ),
        Verb::of(
            "token list",
            "Lists the names and roles of the tokens in a file.",
            &["piaolian token list"],
            list,
        ),
        Verb::of(
            "token remove",
            "Removes a token. A running node takes it until its next start.",
            &["piaolian token remove --name billing"],
            remove,
        ),
    ]
}

fn new(New { name, role, file }: New, output: &Output) -> Result<(), Failure> {
    let role = TokenRole::from(role);
    let token = tokens::add(&file.path, &name, role).map_err(|error| Failure::usage(&error))?;
    let token = token.reveal();
    let data = json!({ "name": name, "role": role.word(), "token": token });
    output.say(&data, token)
}

fn list(file: TokensFile, output: &Output) -> Result<(), Failure> {
    let callers = tokens::list(&file.path).map_err(|error| Failure::usage(&error))?;
    let lines: Vec<String> = callers.iter().map(line).collect();
    let rows: Json = callers.iter().map(row).collect();
    output.say(&rows, &lines.join("\n"))
}

fn remove(Remove { name, file }: Remove, output: &Output) -> Result<(), Failure> {
    tokens::remove(&file.path, &name).map_err(|error| Failure::usage(&error))?;
    output.say(&json!({ "removed": name }), &name)
}

fn row(Caller { name, role }: &Caller) -> Json {
    json!({ "name": name, "role": role.word() })
}

fn line(Caller { name, role }: &Caller) -> String {
    format!("{:6}  {name}", role.word())
}
