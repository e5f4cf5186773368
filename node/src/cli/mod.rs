//! The command line: noun, then verb.
//!
//! ```text
//!   genesis, key, token, sample             files alone
//!   node start|check|backup|restore         a node of this machine, or its files
//!   receipt, claim, payment, range, …       a client of any node; most verbs are made from the API's descriptors
//!   member, key, parameters, proposal       signed with the offline admin key; sent, or written to a file
//!   proof verify, access-log check          checks that need no node
//!   chain follow                            a light client: headers of nodes that it need not trust
//! ```
//!
//! `by_hand` lists the verbs that are written by hand: those that read or write files, or make more than one call.
//! `generated` makes all others. Data goes to stdout, everything else to stderr; exit codes are [`Failure`]'s.

mod access_log;
mod backup;
mod batches;
mod blocks;
mod connection;
mod descriptors;
mod events;
mod failure;
mod files;
mod follow;
mod generated;
mod genesis;
mod holders;
mod import;
mod json;
mod keys;
mod manual;
mod members;
mod offline;
mod onboarding;
mod output;
mod parameters;
mod proof;
mod proposals;
mod receipt_proof;
mod reissue;
mod request_files;
mod samples;
mod signals;
mod start;
mod submit;
mod text;
mod tokens;
mod unit;
mod verb;

use std::{collections::BTreeMap, ffi::OsString, process::ExitCode};

use clap::{Arg, ArgAction, Command};

pub use failure::Failure;
use output::Output;
use verb::Verb;

/// The help that follows the list of nouns.
const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused or rejected by a rule: of the ledger, or of the issuer's own node
  2  wrong usage, configuration or file
  3  the node cannot be reached
  4  there is no such thing
  5  the token is missing, unknown or of too low a role
  6  the proof, the header or the access log does not hold
  7  not decided yet, or too much at once: try again
  8  trouble of the node or of this machine
  9  two certified blocks of one height were shown: a fork

Environment:
  PIAOLIAN_NODE        the node's address, http://127.0.0.1:26700 unless set
  PIAOLIAN_TOKEN_FILE  a file with the token
";

/// Nouns, with the things that they stand for.
const NOUNS: [(&str, &str); 25] = [
    (
        "receipt",
        "Receipts (票据): issue, show, verify, reverse, archive",
    ),
    ("claim", "Claims for reimbursement (报销)"),
    (
        "payment",
        "Payments of notices, statements of banks, reconciliation",
    ),
    ("notice", "Payment notices (缴款通知)"),
    ("policy", "Reimbursement policies"),
    (
        "access",
        "Authorisations to use receipts and to read their details",
    ),
    ("holder", "Receipts of a holder (持票人)"),
    ("alert", "Alerts of supervision"),
    ("range", "Ranges of receipt numbers"),
    ("member", "Organisations of the network"),
    ("key", "Keys of an organisation"),
    ("proposal", "Decisions of the governors"),
    ("governor", "The governors"),
    ("parameters", "Governed parameters"),
    (
        "validator",
        "Validators of a height, and the rotation of a validator's key",
    ),
    ("upgrade", "Changes that are set for a height to come"),
    ("transaction", "Signed transactions"),
    ("event", "The event stream"),
    ("block", "Blocks"),
    ("header", "Headers of blocks, with their certificates"),
    ("chain", "The chain, followed by a light client"),
    ("proof", "Proof files"),
    ("access-log", "Logs of read receipt details"),
    ("node", "A node: start, check, status, backup, restore"),
    ("genesis", "The founding of a chain"),
];

/// Nouns of tools, listed last.
const TOOLS: [(&str, &str); 2] = [
    ("token", "Tokens of a node's clients"),
    ("sample", "Receipts of invented persons"),
];

/// Runs the command of this process.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let verbs = verbs();
    let matches = match program(&verbs).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // Help and version come this way too, with code 0.
        Err(error) => {
            let _ = error.print(); // nobody is there to read it
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let output = Output::new(matches.get_flag("json"));
    match execute(&verbs, &matches, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn execute(verbs: &[Verb], matches: &clap::ArgMatches, output: &Output) -> Result<(), Failure> {
    let (noun, of_noun) = matches.subcommand().expect("clap demands a noun");
    if let Some(run) = manual::tool(noun) {
        return run(program(verbs), of_noun, output);
    }
    let (name, arguments) = of_noun.subcommand().expect("clap demands a verb");
    let verb = verbs.iter().find(|verb| verb.path() == (noun, name));
    verb.expect("clap knows no other verb")
        .run(arguments, output)
}

/// Returns every verb: those written by hand, and the generated ones of other names.
fn verbs() -> Vec<Verb> {
    let mut verbs: Vec<Verb> = by_hand();
    for verb in generated::call_verbs()
        .into_iter()
        .chain(generated::offline_verbs())
    {
        if verbs.iter().all(|other| other.path() != verb.path()) {
            verbs.push(verb);
        }
    }
    verbs
}

/// Returns the verbs that are written by hand.
fn by_hand() -> Vec<Verb> {
    let mut verbs = vec![
        access_log::verb(),
        blocks::verb(),
        events::verb(),
        follow::verb(),
        holders::verb(),
        import::verb(),
        members::verb(),
        parameters::verb(),
        proof::verb(),
        proposals::verb(),
        receipt_proof::verb(),
        reissue::verb(),
        samples::verb(),
        submit::verb(),
    ];
    verbs.extend(backup::verbs());
    verbs.extend(batches::verbs());
    verbs.extend(genesis::verbs());
    verbs.extend(keys::verbs());
    verbs.extend(start::verbs());
    verbs.extend(tokens::verbs());
    verbs
}

/// Returns the command that clap parses: nouns with their verbs, and the tools.
fn program(verbs: &[Verb]) -> Command {
    let mut of_nouns: BTreeMap<&str, Vec<&Command>> = BTreeMap::new();
    for verb in verbs {
        of_nouns
            .entry(verb.path().0)
            .or_default()
            .push(verb.command());
    }
    let nouns = NOUNS.iter().chain(&TOOLS).filter_map(|(noun, about)| {
        let mut commands = of_nouns.remove(noun)?;
        commands.sort_by_key(|command| command.get_name());
        Some(
            Command::new(*noun)
                .about(*about)
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommands(commands.into_iter().cloned()),
        )
    });
    let json = Arg::new("json")
        .long("json")
        .global(true)
        .action(ArgAction::SetTrue)
        .help_heading("Output")
        .help("Write data as JSON, one object a line where there are many");
    Command::new("piaolian")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Piaolian (票链): a permissioned ledger for fiscal electronic receipts")
        .after_help(AFTER_HELP)
        .propagate_version(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(json)
        .subcommands(nouns.collect::<Vec<_>>())
        .subcommands(manual::commands())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use piaolian_proto::api::{ACTIONS, METHODS};

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    /// Splits a line as a shell does, as far as examples need it.
    fn shell_words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (place, part) in line.split('\'').enumerate() {
            if place % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_command_and_argument_is_consistent() {
        program(&verbs()).debug_assert();
    }

    #[test]
    fn every_noun_is_described() {
        let described: BTreeSet<_> = NOUNS.iter().chain(&TOOLS).map(|(noun, _)| *noun).collect();
        let verbs = verbs();
        let used: BTreeSet<_> = verbs.iter().map(|verb| verb.path().0).collect();
        assert_eq!(
            used, described,
            "NOUNS must have the nouns of all verbs, and no others"
        );
    }

    #[test]
    fn every_method_and_action_for_people_has_a_verb() {
        let verbs = verbs();
        let paths: BTreeSet<String> = verbs
            .iter()
            .map(|verb| format!("{} {}", verb.path().0, verb.path().1))
            .collect();
        let of_methods = METHODS.iter().filter_map(|method| method.cli);
        for path in of_methods.chain(ACTIONS.iter().filter_map(|action| action.cli())) {
            assert!(paths.contains(path), "{path}");
        }
    }

    #[test]
    fn every_verb_has_help_and_an_example_that_is_taken() {
        let verbs = verbs();
        for verb in &verbs {
            let (noun, name) = verb.path();
            let command = verb.command();
            assert!(command.get_about().is_some(), "{noun} {name}");
            let help = command.get_after_help().unwrap().to_string();
            let examples: Vec<_> = help
                .lines()
                .filter(|line| line.contains("piaolian"))
                .collect();
            assert!(!examples.is_empty(), "{noun} {name}");
            for example in examples {
                let line = example.split(" > ").next().unwrap();
                assert!(
                    line.trim().starts_with(&format!("piaolian {noun} {name}")),
                    "{example}"
                );
                let taken = program(&verbs).try_get_matches_from(shell_words(line));
                assert!(taken.is_ok(), "{example}\n{}", taken.unwrap_err());
            }
        }
    }

    #[test]
    fn every_argument_has_help_that_begins_like_a_sentence() {
        for verb in verbs() {
            for argument in verb.command().get_arguments() {
                let path = format!("{:?} {}", verb.path(), argument.get_id());
                let help = argument.get_help().unwrap_or_else(|| panic!("{path}"));
                assert!(!help.to_string().is_empty(), "{path}");
            }
        }
    }

    #[test]
    fn wrong_usage_has_its_own_exit_code() {
        assert_eq!(run(words("piaolian dance")), ExitCode::from(2));
        assert_eq!(run(words("piaolian receipt dance")), ExitCode::from(2));
        assert_eq!(run(words("piaolian --version")), ExitCode::SUCCESS);
    }

    #[test]
    fn the_help_names_every_exit_code() {
        for failure in Failure::every() {
            let line = format!("  {}  ", failure.code());
            assert!(AFTER_HELP.contains(&line), "{failure:?}");
        }
    }
}
