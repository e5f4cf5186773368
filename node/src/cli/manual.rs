//! `piaolian completions` and `piaolian man`: files that a package of the program installs beside it.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;
use serde_json::json;

use super::{Failure, files, output::Output};

/// Runs a tool on the whole command.
type Tool = fn(Command, &ArgMatches, &Output) -> Result<(), Failure>;

/// Returns the commands of the tools.
pub(super) fn commands() -> [Command; 2] {
    let shell = Arg::new("shell").required(true).help("The shell");
    let folder = Arg::new("folder")
        .required(true)
        .help("The folder for the pages; made when it is new");
    [
        Command::new("completions")
            .about("Writes the completions of a shell to stdout")
            .arg(shell.value_parser(clap::value_parser!(Shell)))
            .after_help("Example:\n  piaolian completions bash > /etc/bash_completion.d/piaolian"),
        Command::new("man")
            .about("Writes a man page for each command")
            .arg(folder.value_parser(clap::value_parser!(PathBuf)))
            .after_help("Example:\n  piaolian man /usr/local/share/man/man1"),
    ]
}

/// Returns the tool of a name; `None` where it is a noun.
pub(super) fn tool(name: &str) -> Option<Tool> {
    match name {
        "completions" => Some(completions),
        "man" => Some(pages),
        _ => None,
    }
}

fn completions(mut program: Command, matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
    let shell = *matches.get_one::<Shell>("shell").expect("clap demands it");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "piaolian", &mut script);
    output.bytes(&script)
}

fn pages(program: Command, matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
    let folder = matches
        .get_one::<PathBuf>("folder")
        .expect("clap demands it");
    files::make_folder(folder)?;
    clap_mangen::generate_to(program, folder).map_err(|error| Failure::trouble(&error))?;
    output.say(&json!({ "folder": folder }), &folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::cli::{program, verbs};

    #[test]
    fn every_shell_completes_the_verbs() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            let mut program = program(&verbs());
            clap_complete::generate(*shell, &mut program, "piaolian", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("withdraw"), "{shell}");
        }
    }

    #[test]
    fn every_command_has_a_man_page() {
        let folder = tempfile::tempdir().unwrap();
        clap_mangen::generate_to(program(&verbs()), folder.path()).unwrap();
        for page in [
            "piaolian.1",
            "piaolian-claim.1",
            "piaolian-claim-withdraw.1",
        ] {
            let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
            assert!(text.contains(".TH piaolian"), "{page}");
        }
    }
}
