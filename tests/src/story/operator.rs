//! What operators do at the command line.
//!
//! ```text
//!   piaolian genesis new-entry     in each organisation's own place: keys, entry, tokens, configuration
//!   piaolian genesis assemble      anywhere: entries ──► genesis.json
//!   piaolian member … --out FILE   an administrator, with the offline admin key
//!   piaolian node start            each organisation's node, its log into a file
//! ```

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use bytes::Bytes;
use piaolian_contracts::{chain::ChainId, types::OrganisationId};

use super::{Failed, Who, network::Door, node::NodeProcess};

/// The program `piaolian`.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    program: PathBuf,
}

impl Operator {
    pub(super) const fn new(program: PathBuf) -> Self {
        Self { program }
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Makes an organisation's folder: keys, entry, tokens and configuration.
    pub(super) fn new_entry(
        &self,
        who: Who,
        chain_id: &ChainId,
        folder: &Path,
        peers: Door,
        rpc: Door,
    ) -> Result<(), Failed> {
        let presentation = who.presentation();
        let address = |port: u16| format!("/ip4/127.0.0.1/tcp/{port}");
        let mut command = Command::new(&self.program);
        command
            .args(["genesis", "new-entry", "--folder"])
            .arg(folder);
        command.args(["--chain", chain_id.as_str()]);
        command.args(["--organisation", presentation.organisation.as_str()]);
        command.args(["--name", &presentation.name]);
        command.args(["--roles", who.role()]);
        command.args(["--region", &presentation.region]);
        command.args(["--endpoints", &address(peers.told)]);
        command.args(["--power", &presentation.power.to_string()]);
        command.args(["--listen", &address(peers.listen)]);
        command.args(["--rpc-listen", &format!("127.0.0.1:{}", rpc.listen)]);
        run(command)
    }

    /// Puts entries together into a founding document.
    pub(super) fn assemble(
        &self,
        chain_id: &ChainId,
        entries: &[PathBuf],
        out: &Path,
    ) -> Result<(), Failed> {
        let mut command = Command::new(&self.program);
        command.args(["genesis", "assemble", "--chain", chain_id.as_str(), "--out"]);
        command.arg(out).args(entries);
        run(command)
    }

    /// Signs an act with the offline admin key of an organisation's folder, as on a machine
    /// without a network: the transaction, to be carried to a node.
    pub(super) fn sign(&self, who: Who, folder: &Path, act: &Act) -> Result<Bytes, Failed> {
        let out = folder.join("admin/act.transaction");
        let mut command = Command::new(&self.program);
        command.args(act.words()).args(["--as", who.id().as_str()]);
        command.args(["--operator", who.operator()]);
        command.arg("--admin-keys").arg(folder.join("admin"));
        command.arg("--genesis").arg(folder.join("genesis.json"));
        command.arg("--out").arg(&out);
        run(command)?;
        let signed = fs::read(&out);
        let trouble = |error| Failed::trouble(out.display().to_string(), &error);
        let signed = signed.map_err(trouble)?;
        fs::remove_file(&out).map_err(trouble)?; // it is carried off; the next gets its place
        Ok(signed.into())
    }

    /// Starts the node of an organisation's folder.
    pub(super) fn start(&self, who: Who, folder: &Path) -> Result<NodeProcess, Failed> {
        let what = || format!("starting the node of {}", who.title());
        let log_path = log_file(folder);
        let log = OpenOptions::new().create(true).append(true).open(&log_path);
        let log = log.map_err(|error| Failed::trouble(log_path.display().to_string(), &error))?;
        let mut command = Command::new(&self.program);
        command
            .args(["node", "start"])
            .arg("--config")
            .arg(folder.join("piaolian.toml"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        NodeProcess::spawn(command).map_err(|error| Failed::trouble(what(), &error))
    }
}

/// An administrator's act, in the words of `piaolian member`.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Admits the organisation that presents itself by this entry.
    Admit(PathBuf),
    /// Suspends an organisation, for a reason.
    Suspend(OrganisationId, &'static str),
    /// Resumes it, for a reason.
    Resume(OrganisationId, &'static str),
}

impl Act {
    fn words(&self) -> Vec<String> {
        let reasoned = |verb: &str, organisation: &OrganisationId, reason: &str| {
            let organisation = organisation.to_string();
            ["member", verb, &organisation, "--reason", reason]
                .map(str::to_owned)
                .to_vec()
        };
        match self {
            Self::Admit(entry) => vec![
                "member".to_owned(),
                "admit".to_owned(),
                entry.display().to_string(),
            ],
            Self::Suspend(organisation, reason) => reasoned("suspend", organisation, reason),
            Self::Resume(organisation, reason) => reasoned("resume", organisation, reason),
        }
    }
}

/// Where a node's log goes.
pub(super) fn log_file(folder: &Path) -> PathBuf {
    folder.join("node.log")
}

/// Copies the founding document into an organisation's folder, as its operator would.
pub(super) fn hand_out(genesis: &Path, folder: &Path) -> Result<(), Failed> {
    let copied = fs::copy(genesis, folder.join("genesis.json"));
    copied.map_err(|error| Failed::trouble(genesis.display().to_string(), &error))?;
    Ok(())
}

fn run(mut command: Command) -> Result<(), Failed> {
    let what = format!("{command:?}");
    let output = command
        .output()
        .map_err(|error| Failed::trouble(&what, &error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failed::trouble(
        what,
        &format!("{}: {}", output.status, said.trim()),
    ))
}
