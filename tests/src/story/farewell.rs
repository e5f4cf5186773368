//! What a network that is kept up offers: addresses, tokens, commands to try.
//!
//! The commands are run as the story's last step, so that what is printed works.

use std::{fmt::Write as _, path::Path, process::Command};

use piaolian_proto::v1::ReceiptId;

use super::{
    Failed, Network, Who,
    client::{Presented, TokenRole},
    display,
    network::Home,
};

/// What the commands are about.
#[derive(Clone, Debug)]
pub(super) struct Subjects {
    /// A receipt with a long history.
    pub(super) told: ReceiptId,
    /// One that nobody has claimed.
    pub(super) open: Presented,
}

/// Commands of one organisation.
pub(super) struct Commands {
    who: Who,
    /// What a shell must know first.
    exports: Vec<String>,
    /// One a line, as typed.
    lines: Vec<String>,
}

/// Everything to be printed.
pub(super) fn text(network: &Network, subjects: &Subjects) -> Result<String, Failed> {
    let mut text = String::from("The network is up. Ctrl-C stops it.\n");
    for home in network.homes() {
        let _ = write!(text, "\n{}", place(home)?); // writing into a string does not fail
    }
    for commands in commands(network, subjects)? {
        let _ = write!(text, "\n{}", shown(&commands));
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

/// The commands to try.
pub(super) fn commands(network: &Network, subjects: &Subjects) -> Result<Vec<Commands>, Failed> {
    let told = display::receipt(&subjects.told);
    let open = display::receipt(&subjects.open.receipt);
    let genesis = quoted(&network.genesis());
    let insurers = vec![
        "piaolian status".to_owned(),
        format!("piaolian query history {told}"),
        format!("piaolian query receipt {open}"),
        format!("piaolian query proof {open} | piaolian verify - --genesis {genesis}"),
        format!(
            "piaolian act --operator {} lock {open} --total-fen {} --claim YB-CLAIM-3",
            Who::Insurer.operator(),
            subjects.open.total_fen
        ),
    ];
    Ok(vec![
        Commands {
            who: Who::Insurer,
            exports: exports(network, Who::Insurer)?,
            lines: insurers,
        },
        Commands {
            who: Who::Hospital,
            exports: exports(network, Who::Hospital)?,
            lines: vec![format!("piaolian query receipt {open}")],
        },
    ])
}

fn exports(network: &Network, who: Who) -> Result<Vec<String>, Failed> {
    let home = network.home(who)?;
    let programs = network.program().parent().unwrap_or(Path::new("."));
    Ok(vec![
        format!("export PATH={}:$PATH", quoted(programs)),
        format!("export PIAOLIAN_NODE=http://127.0.0.1:{}", home.rpc_port),
        format!(
            "export PIAOLIAN_TOKEN_FILE={}",
            quoted(&home.folder.join("tokens/submit"))
        ),
    ])
}

fn quoted(path: &Path) -> String {
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
