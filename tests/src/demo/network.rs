//! The organisations' folders and nodes.
//!
//! ```text
//!   FOLDER/
//!     genesis.json
//!     finance/ hospital/ insurer/ employer/ second-insurer/
//!       keys/ admin/ entry.json tokens.toml tokens/ piaolian.toml      by `piaolian genesis new-entry`
//!       genesis.json data/ node.log
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use piaolian_contracts::chain::ChainId;
use piaolian_proto::v1::GetStatusResponse;

use super::{
    DemoError, Member,
    client::{Client, TokenRole},
    node::NodeProcess,
    operator::{self, AdminAction, Operator},
    ports,
    traffic::TrafficRecorder,
    wait::until,
};

/// The chain's id.
const CHAIN: &str = "piaolian-demo";
/// Time limit for a node to answer after its start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Time limit for a node to reach a height that others have.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(120);
/// Lines of a log that are shown when a node ends unexpectedly.
const LOG_LINES: usize = 12;

/// An organisation's folder and addresses.
#[derive(Debug)]
pub struct Home {
    /// The organisation.
    pub member: Member,
    /// Its folder.
    pub folder: PathBuf,
    /// Port of its node for peers.
    pub peers_port: u16,
    /// Port of its node for clients.
    pub rpc_port: u16,
    tokens: BTreeMap<TokenRole, String>,
}

/// A port of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    /// Port on which the node listens.
    pub(super) listen: u16,
    /// Port that others connect to: the recorder's, if there is one.
    pub(super) announced: u16,
}

/// The organisations, and their running nodes.
#[derive(Debug)]
pub struct Network {
    operator: Operator,
    folder: PathBuf,
    recorder: Option<TrafficRecorder>,
    homes: BTreeMap<Member, Home>,
    running: BTreeMap<Member, NodeProcess>,
}

impl Network {
    /// Prepares a network in `folder` that is not founded yet, optionally with a recorder of all traffic.
    pub fn new(program: PathBuf, folder: &Path, recorder: Option<TrafficRecorder>) -> Self {
        Self {
            operator: Operator::new(program),
            folder: folder.to_owned(),
            recorder,
            homes: BTreeMap::new(),
            running: BTreeMap::new(),
        }
    }

    /// Returns the chain's id.
    ///
    /// # Panics
    /// Never: the id is a valid constant.
    pub fn chain_id() -> ChainId {
        CHAIN.parse().expect("the chain's id is a valid constant")
    }

    /// Returns the organisations that have a folder.
    pub fn homes(&self) -> impl Iterator<Item = &Home> {
        self.homes.values()
    }

    /// Returns the program of the nodes.
    pub(crate) fn program(&self) -> &Path {
        self.operator.program()
    }

    /// Returns the path of the founding document.
    pub fn genesis(&self) -> PathBuf {
        self.folder.join("genesis.json")
    }

    /// Returns an organisation's folder and addresses.
    pub(crate) fn home(&self, member: Member) -> Result<&Home, DemoError> {
        let nowhere = || DemoError::unavailable(member.title(), &"has no folder yet");
        self.homes.get(&member).ok_or_else(nowhere)
    }

    /// Creates a client of an organisation's node, with a token for business actions.
    pub(crate) fn client(&self, member: Member) -> Result<Client, DemoError> {
        self.client_as(member, TokenRole::Submit)
    }

    /// Creates a client of an organisation's node, with a token for `role`.
    pub(crate) fn client_as(&self, member: Member, role: TokenRole) -> Result<Client, DemoError> {
        let home = self.home(member)?;
        Client::new(home.rpc_port, home.token(role)?, member)
    }

    /// Founds the network: each organisation creates its entry in its own folder, one assembles the entries, and each gets
    /// a copy of the founding document.
    pub(crate) async fn found(&mut self, founders: &[Member]) -> Result<(), DemoError> {
        for member in founders {
            self.make_home(*member).await?;
        }
        let entries: Vec<PathBuf> = self.homes.values().map(Home::entry).collect();
        self.operator
            .assemble(&Self::chain_id(), &entries, &self.genesis())?;
        self.homes
            .values()
            .try_for_each(|home| operator::hand_out(&self.genesis(), &home.folder))
    }

    /// Prepares an organisation that joins later: its folder, with a copy of the founding document.
    pub(crate) async fn prepare(&mut self, member: Member) -> Result<(), DemoError> {
        self.make_home(member).await?;
        operator::hand_out(&self.genesis(), &self.home(member)?.folder)
    }

    async fn make_home(&mut self, member: Member) -> Result<(), DemoError> {
        let folder = self.folder.join(member.folder());
        let ports = ports::free(2)?;
        let peers = self.port(member, "peers", ports[0]).await?;
        let rpc = self.port(member, "rpc", ports[1]).await?;
        self.operator
            .new_entry(member, &Self::chain_id(), &folder, peers, rpc)?;
        let mut tokens = BTreeMap::new();
        for role in TokenRole::ALL {
            let path = folder.join("tokens").join(role.word());
            let token = fs::read_to_string(&path);
            let token = token
                .map_err(|error| DemoError::unavailable(path.display().to_string(), &error))?;
            tokens.insert(role, token.trim().to_owned());
        }
        let home = Home {
            member,
            folder,
            peers_port: peers.announced,
            rpc_port: rpc.announced,
            tokens,
        };
        self.homes.insert(member, home);
        Ok(())
    }

    async fn port(&self, member: Member, name: &str, listen: u16) -> Result<Port, DemoError> {
        let announced = match &self.recorder {
            Some(recorder) => {
                recorder
                    .record(&format!("{}-{name}", member.folder()), listen)
                    .await?
            }
            None => listen,
        };
        Ok(Port { listen, announced })
    }

    /// Signs an action of an organisation's administrator.
    pub(in crate::demo) fn sign(
        &self,
        member: Member,
        action: &AdminAction,
    ) -> Result<Bytes, DemoError> {
        self.operator
            .sign(member, &self.home(member)?.folder, action)
    }

    /// Starts an organisation's node. It takes some time until it answers.
    pub(crate) fn start(&mut self, member: Member) -> Result<(), DemoError> {
        let node = self.operator.start(member, &self.home(member)?.folder)?;
        self.running.insert(member, node);
        Ok(())
    }

    /// Kills an organisation's node with SIGKILL. Returns its process id.
    pub(crate) fn kill(&mut self, member: Member) -> Result<u32, DemoError> {
        let gone = || DemoError::unavailable(member.title(), &"its node does not run");
        let mut node = self.running.remove(&member).ok_or_else(gone)?;
        let id = node.id();
        node.kill();
        Ok(id)
    }

    /// Returns the process id of an organisation's node.
    pub(crate) fn process_id(&self, member: Member) -> Result<u32, DemoError> {
        let gone = || DemoError::unavailable(member.title(), &"its node does not run");
        self.running
            .get(&member)
            .map(NodeProcess::id)
            .ok_or_else(gone)
    }

    /// Stops every node: SIGTERM to all, then SIGKILL after the time limit. Returns those that did not end successfully.
    pub fn stop(&mut self) -> Vec<Member> {
        self.running.values_mut().for_each(NodeProcess::terminate);
        let mut nodes = std::mem::take(&mut self.running).into_iter();
        let mut badly = Vec::new();
        for (member, mut node) in nodes.by_ref() {
            if !node.stop() {
                badly.push(member);
            }
        }
        badly
    }

    /// Queries the status of an organisation's node.
    pub(crate) async fn status(&mut self, member: Member) -> Result<GetStatusResponse, DemoError> {
        self.answer(member)
            .await?
            .ok_or_else(|| DemoError::unavailable(member.title(), &"does not answer"))
    }

    /// Waits until an organisation's node answers with a status for which `is_so` holds.
    pub(crate) async fn wait_for(
        &mut self,
        member: Member,
        what: &str,
        is_so: impl Fn(&GetStatusResponse) -> bool,
    ) -> Result<GetStatusResponse, DemoError> {
        let what = format!("the node of {} {what}", member.title());
        until(&what, START_TIMEOUT, async || {
            Ok(self.answer(member).await?.filter(&is_so))
        })
        .await
    }

    /// Waits until an organisation's node has committed `height`.
    pub(crate) async fn wait_for_height(
        &mut self,
        member: Member,
        height: u64,
    ) -> Result<(), DemoError> {
        let what = format!("the node of {} to reach height {height}", member.title());
        until(&what, CATCH_UP_TIMEOUT, async || {
            let status = self.answer(member).await?;
            Ok(status.filter(|status| status.height >= height).map(drop))
        })
        .await
    }

    /// Waits until every running node has reached the greatest height of any of them. Otherwise a query could go to a node
    /// that is a block behind.
    pub(crate) async fn wait_until_level(&mut self) -> Result<(), DemoError> {
        let everyone: Vec<Member> = self.running.keys().copied().collect();
        let mut height = 0;
        for member in &everyone {
            height = height.max(self.status(*member).await?.height);
        }
        for member in everyone {
            self.wait_for_height(member, height).await?;
        }
        Ok(())
    }

    /// Queries a node's status; `None` while it does not answer.
    async fn answer(&mut self, member: Member) -> Result<Option<GetStatusResponse>, DemoError> {
        self.expect_running(member)?;
        Ok(self.client_as(member, TokenRole::Read)?.status().await.ok())
    }

    /// Fails when a node has ended unexpectedly.
    fn expect_running(&mut self, member: Member) -> Result<(), DemoError> {
        let ended = self.running.get_mut(&member).and_then(NodeProcess::ended);
        let Some(status) = ended else { return Ok(()) };
        let log = operator::log_file(&self.home(member)?.folder);
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(LOG_LINES).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        let why = format!(
            "ended with {status}; {} ends:\n{}",
            log.display(),
            lines.join("\n")
        );
        Err(DemoError::unavailable(
            format!("the node of {}", member.title()),
            &why,
        ))
    }
}

impl Home {
    /// Returns the text of a token.
    pub(crate) fn token(&self, role: TokenRole) -> Result<&str, DemoError> {
        let none = || DemoError::unavailable(self.member.title(), &"has no such token");
        self.tokens.get(&role).map(String::as_str).ok_or_else(none)
    }

    /// Returns the path of its entry, for the founding or for finance to admit it.
    pub(crate) fn entry(&self) -> PathBuf {
        self.folder.join("entry.json")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop();
    }
}
