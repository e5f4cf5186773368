//! The operators' use of the command line.
//!
//! ```text
//!   piaolian genesis new-entry     for each organisation: keys, entry, tokens, configuration
//!   piaolian genesis assemble      entries ──► genesis.json
//!   piaolian member … --out FILE   by an administrator, with the offline admin key
//!   piaolian node start            each organisation's node, with its log in a file
//! ```

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use bytes::Bytes;
use piaolian_contracts::{chain::ChainId, types::OrganisationId};

use super::{DemoError, Member, network::Port, node::NodeProcess};

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

    /// Creates an organisation's folder: keys, entry, tokens and configuration.
    pub(super) fn new_entry(
        &self,
        member: Member,
        chain_id: &ChainId,
        folder: &Path,
        peers: Port,
        rpc: Port,
    ) -> Result<(), DemoError> {
        let presentation = member.presentation();
        let address = |port: u16| format!("/ip4/127.0.0.1/tcp/{port}");
        let mut command = Command::new(&self.program);
        command
            .args(["genesis", "new-entry", "--folder"])
            .arg(folder);
        command.args(["--chain", chain_id.as_str()]);
        command.args(["--organisation", presentation.organisation.as_str()]);
        command.args(["--name", &presentation.name]);
        command.args(["--roles", member.role()]);
        command.args(["--region", &presentation.region]);
        command.args(["--endpoints", &address(peers.announced)]);
        command.args(["--power", &presentation.power.to_string()]);
        command.args(["--listen", &address(peers.listen)]);
        command.args(["--rpc-listen", &format!("127.0.0.1:{}", rpc.listen)]);
        run(command)
    }

    /// Assembles entries into a founding document.
    pub(super) fn assemble(
        &self,
        chain_id: &ChainId,
        entries: &[PathBuf],
        out: &Path,
    ) -> Result<(), DemoError> {
        let mut command = Command::new(&self.program);
        command.args(["genesis", "assemble", "--chain", chain_id.as_str(), "--out"]);
        command.arg(out).args(entries);
        run(command)
    }

    /// Signs an action with the offline admin key in an organisation's folder, as on a machine without a network. Returns
    /// the transaction, for submission to a node.
    pub(super) fn sign(
        &self,
        member: Member,
        folder: &Path,
        action: &AdminAction,
    ) -> Result<Bytes, DemoError> {
        let out = folder.join("admin/act.transaction");
        let mut command = Command::new(&self.program);
        command
            .args(action.words())
            .args(["--as", member.id().as_str()]);
        command.args(["--operator", member.operator()]);
        command.arg("--admin-keys").arg(folder.join("admin"));
        command.arg("--genesis").arg(folder.join("genesis.json"));
        command.arg("--out").arg(&out);
        run(command)?;
        let signed = fs::read(&out);
        let unavailable = |error| DemoError::unavailable(out.display().to_string(), &error);
        let signed = signed.map_err(unavailable)?;
        fs::remove_file(&out).map_err(unavailable)?; // the next action uses the same name
        Ok(signed.into())
    }

    /// Starts the node in an organisation's folder.
    pub(super) fn start(&self, member: Member, folder: &Path) -> Result<NodeProcess, DemoError> {
        let what = || format!("starting the node of {}", member.title());
        let log_path = log_file(folder);
        let log = OpenOptions::new().create(true).append(true).open(&log_path);
        let log =
            log.map_err(|error| DemoError::unavailable(log_path.display().to_string(), &error))?;
        let mut command = Command::new(&self.program);
        command
            .args(["node", "start"])
            .arg("--config")
            .arg(folder.join("piaolian.toml"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        NodeProcess::spawn(command).map_err(|error| DemoError::unavailable(what(), &error))
    }
}

/// An administrator's action, in the words of `piaolian member`.
#[derive(Clone, Debug)]
pub(super) enum AdminAction {
    /// Admits the organisation with this entry.
    Admit(PathBuf),
    /// Suspends an organisation, for a reason.
    Suspend(OrganisationId, &'static str),
    /// Resumes it, for a reason.
    Resume(OrganisationId, &'static str),
}

impl AdminAction {
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

/// Returns the path of a node's log.
pub(super) fn log_file(folder: &Path) -> PathBuf {
    folder.join("node.log")
}

/// Copies the founding document into an organisation's folder.
pub(super) fn hand_out(genesis: &Path, folder: &Path) -> Result<(), DemoError> {
    let copied = fs::copy(genesis, folder.join("genesis.json"));
    copied.map_err(|error| DemoError::unavailable(genesis.display().to_string(), &error))?;
    Ok(())
}

fn run(mut command: Command) -> Result<(), DemoError> {
    let what = format!("{command:?}");
    let output = command
        .output()
        .map_err(|error| DemoError::unavailable(&what, &error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(DemoError::unavailable(
        what,
        &format!("{}: {}", output.status, said.trim()),
    ))
}
