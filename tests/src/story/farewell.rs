//! What a network that is kept up offers: addresses, tokens, commands to try.
//!
//! The commands are run as the story's last step, so that what is printed works.

use std::{fmt::Write as _, path::Path, process::Command};

use super::{Failed, Network, Who, client::TokenRole, network::Home};

/// Commands of one organisation.
#[derive(Clone, Debug)]
pub(super) struct Commands {
    who: Who,
    /// What a shell must know first.
    exports: Vec<String>,
    /// One a line, as typed.
    lines: Vec<String>,
}

impl Commands {
    /// Lines that an organisation types, with its own node's address and token known.
    pub(super) fn of(network: &Network, who: Who, lines: Vec<String>) -> Result<Self, Failed> {
        let home = network.home(who)?;
        let programs = network.program().parent().unwrap_or(Path::new("."));
        let token = quoted(&home.folder.join("tokens/submit"));
        let exports = vec![
            format!("export PATH={}:$PATH", quoted(programs)),
            format!("export PIAOLIAN_NODE=http://127.0.0.1:{}", home.rpc_port),
            format!("export PIAOLIAN_TOKEN_FILE={token}"),
        ];
        Ok(Self {
            who,
            exports,
            lines,
        })
    }
}

/// Everything to be printed.
pub(super) fn text(network: &Network, commands: &[Commands]) -> Result<String, Failed> {
    let mut text = String::from("The network is up. Ctrl-C stops it.\n");
    for home in network.homes() {
        let _ = write!(text, "\n{}", place(home)?); // writing into a string does not fail
    }
    for commands in commands {
        let _ = write!(text, "\n{}", shown(commands));
    }
    let home = network.home(Who::Finance)?;
    let _ = write!(
        text,
        "\nFrom any language, by reflection:\n  \
         grpcurl -plaintext -H 'authorization: Bearer {}' 127.0.0.1:{} \
         piaolian.v1.LedgerService/GetStatus\n",
        home.token(TokenRole::Read)?,
        home.rpc_port,
    );
    Ok(text)
}

fn place(home: &Home) -> Result<String, Failed> {
    let mut text = format!(
        "{} · {} · {}\n  folder  {}\n  peers   /ip4/127.0.0.1/tcp/{}\n  gRPC    127.0.0.1:{}\n",
        home.who.title(),
        home.who.presentation().name,
        home.who.id(),
        home.folder.display(),
        home.peers_port,
        home.rpc_port,
    );
    for role in TokenRole::ALL {
        let _ = writeln!(text, "  token   {:6}  {}", role.word(), home.token(role)?);
    }
    Ok(text)
}

fn shown(commands: &Commands) -> String {
    let mut text = format!("Try, as {}:\n", commands.who.title());
    for line in commands.exports.iter().chain(&commands.lines) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Runs the commands as a shell would; what did not end well, with what it said.
pub(super) fn run(commands: &Commands) -> Result<Vec<Result<String, String>>, Failed> {
    let exports = commands.exports.join("\n");
    let run = |line: &String| {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("set -eo pipefail\n{exports}\n{line}")]);
        let output = shell
            .output()
            .map_err(|error| Failed::trouble(line, &error))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(if output.status.success() {
            Ok(line.clone())
        } else {
            Err(format!("{line}: {}: {said}", output.status))
        })
    };
    commands.lines.iter().map(run).collect()
}
