//! Instructions for using the network after the demo: addresses, tokens, commands to try.
//!
//! The scenario's last step runs the commands, so that every printed command works.

use std::{fmt::Write as _, path::Path, process::Command};

use super::{DemoError, Member, Network, client::TokenRole, network::Home};

/// Commands for one organisation.
#[derive(Clone, Debug)]
pub(super) struct Commands {
    member: Member,
    /// Environment variables to set first.
    exports: Vec<String>,
    /// One command a line.
    lines: Vec<String>,
}

impl Commands {
    /// Prepares commands of an organisation, with its own node's address and token.
    pub(super) fn of(
        network: &Network,
        member: Member,
        lines: Vec<String>,
    ) -> Result<Self, DemoError> {
        let home = network.home(member)?;
        let programs = network.program().parent().unwrap_or(Path::new("."));
        let token = quoted(&home.folder.join("tokens/submit"));
        let exports = vec![
            format!("export PATH={}:$PATH", quoted(programs)),
            format!("export PIAOLIAN_NODE=http://127.0.0.1:{}", home.rpc_port),
            format!("export PIAOLIAN_TOKEN_FILE={token}"),
        ];
        Ok(Self {
            member,
            exports,
            lines,
        })
    }
}

/// Returns the whole text.
pub(super) fn text(network: &Network, commands: &[Commands]) -> Result<String, DemoError> {
    let mut text = String::from("The network is up. Ctrl-C stops it.\n");
    for home in network.homes() {
        let _ = write!(text, "\n{}", place(home)?); // writing into a string does not fail
    }
    for commands in commands {
        let _ = write!(text, "\n{}", shown(commands));
    }
    let home = network.home(Member::Finance)?;
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

fn place(home: &Home) -> Result<String, DemoError> {
    let mut text = format!(
        "{} · {} · {}\n  folder  {}\n  peers   /ip4/127.0.0.1/tcp/{}\n  gRPC    127.0.0.1:{}\n",
        home.member.title(),
        home.member.presentation().name,
        home.member.id(),
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
    let mut text = format!("Try, as {}:\n", commands.member.title());
    for line in commands.exports.iter().chain(&commands.lines) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Quotes a path for a shell.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Runs the commands in a shell. Returns each command, or its failure with its error output.
pub(super) fn run(commands: &Commands) -> Result<Vec<Result<String, String>>, DemoError> {
    let exports = commands.exports.join("\n");
    let run = |line: &String| {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("set -eo pipefail\n{exports}\n{line}")]);
        let output = shell
            .output()
            .map_err(|error| DemoError::unavailable(line, &error))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(if output.status.success() {
            Ok(line.clone())
        } else {
            Err(format!("{line}: {}: {said}", output.status))
        })
    };
    commands.lines.iter().map(run).collect()
}
