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
    Failed, Who,
    client::{Client, TokenRole},
    node::NodeProcess,
    operator::{self, Act, Operator},
    ports,
    tap::Tap,
    wait::until,
};

/// The chain's name.
const CHAIN: &str = "piaolian-demo";
/// How long a node may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a node may take to reach a height that others have.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(120);
/// Lines of a log that are shown when a node ended unasked.
const LOG_LINES: usize = 12;

/// An organisation's place.
#[derive(Debug)]
pub struct Home {
    /// Whose.
    pub who: Who,
    /// Its folder.
    pub folder: PathBuf,
    /// Where its node is to be reached by peers.
    pub peers_port: u16,
    /// Where its node is to be reached by clients.
    pub rpc_port: u16,
    tokens: BTreeMap<TokenRole, String>,
}

/// A port of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Door {
    /// Where the node listens.
    pub(super) listen: u16,
    /// Where others are told to find it.
    pub(super) told: u16,
}

/// The organisations that take part, and their nodes that run.
#[derive(Debug)]
pub struct Network {
    operator: Operator,
    folder: PathBuf,
    tap: Option<Tap>,
    homes: BTreeMap<Who, Home>,
    running: BTreeMap<Who, NodeProcess>,
}

impl Network {
    /// A network in `folder` of which nothing is founded yet; perhaps with a tap in front
    /// of every door.
    #[must_use]
    pub fn new(program: PathBuf, folder: &Path, tap: Option<Tap>) -> Self {
        Self {
            operator: Operator::new(program),
            folder: folder.to_owned(),
            tap,
            homes: BTreeMap::new(),
            running: BTreeMap::new(),
        }
    }

    /// The chain's name.
    ///
    /// # Panics
    /// Never: the name is a constant of the right form.
    #[must_use]
    pub fn chain_id() -> ChainId {
        CHAIN
            .parse()
            .expect("the chain's name is of the right form")
    }

    /// Those that take part.
    pub fn homes(&self) -> impl Iterator<Item = &Home> {
        self.homes.values()
    }

    /// The program that the nodes run.
    pub(crate) fn program(&self) -> &Path {
        self.operator.program()
    }

    /// The founding document.
    #[must_use]
    pub fn genesis(&self) -> PathBuf {
        self.folder.join("genesis.json")
    }

    /// An organisation's place.
    pub(crate) fn home(&self, who: Who) -> Result<&Home, Failed> {
        let nowhere = || Failed::trouble(who.title(), &"has no folder yet");
        self.homes.get(&who).ok_or_else(nowhere)
    }

    /// A client of an organisation's node, with a token for its business.
    pub(crate) fn client(&self, who: Who) -> Result<Client, Failed> {
        self.client_as(who, TokenRole::Submit)
    }

    /// A client of an organisation's node.
    pub(crate) fn client_as(&self, who: Who, role: TokenRole) -> Result<Client, Failed> {
        let home = self.home(who)?;
        Client::new(home.rpc_port, home.token(role)?, who)
    }

    /// Each makes its entry in its own folder; one puts them together; each takes a copy.
    pub(crate) async fn found(&mut self, founders: &[Who]) -> Result<(), Failed> {
        for who in founders {
            self.make_home(*who).await?;
        }
        let entries: Vec<PathBuf> = self.homes.values().map(Home::entry).collect();
        self.operator
            .assemble(&Self::chain_id(), &entries, &self.genesis())?;
        self.homes
            .values()
            .try_for_each(|home| operator::hand_out(&self.genesis(), &home.folder))
    }

    /// One that comes later makes its folder, and takes a copy of the founding document.
    pub(crate) async fn settle(&mut self, who: Who) -> Result<(), Failed> {
        self.make_home(who).await?;
        operator::hand_out(&self.genesis(), &self.home(who)?.folder)
    }

    async fn make_home(&mut self, who: Who) -> Result<(), Failed> {
        let folder = self.folder.join(who.folder());
        let ports = ports::free(2)?;
        let peers = self.door(who, "peers", ports[0]).await?;
        let rpc = self.door(who, "rpc", ports[1]).await?;
        self.operator
            .new_entry(who, &Self::chain_id(), &folder, peers, rpc)?;
        let mut tokens = BTreeMap::new();
        for role in TokenRole::ALL {
            let path = folder.join("tokens").join(role.word());
            let token = fs::read_to_string(&path);
            let token =
                token.map_err(|error| Failed::trouble(path.display().to_string(), &error))?;
            tokens.insert(role, token.trim().to_owned());
        }
        let home = Home {
            who,
            folder,
            peers_port: peers.told,
            rpc_port: rpc.told,
            tokens,
        };
        self.homes.insert(who, home);
        Ok(())
    }

    async fn door(&self, who: Who, name: &str, listen: u16) -> Result<Door, Failed> {
        let told = match &self.tap {
            Some(tap) => {
                tap.before(&format!("{}-{name}", who.folder()), listen)
                    .await?
            }
            None => listen,
        };
        Ok(Door { listen, told })
    }

    /// Signs an act of an organisation's administrator.
    pub(in crate::story) fn sign(&self, who: Who, act: &Act) -> Result<Bytes, Failed> {
        self.operator.sign(who, &self.home(who)?.folder, act)
    }

    /// Starts an organisation's node; it may take a while until it answers.
    pub(crate) fn start(&mut self, who: Who) -> Result<(), Failed> {
        let node = self.operator.start(who, &self.home(who)?.folder)?;
        self.running.insert(who, node);
        Ok(())
    }

    /// Kills an organisation's node with SIGKILL; its process id.
    pub(crate) fn kill(&mut self, who: Who) -> Result<u32, Failed> {
        let gone = || Failed::trouble(who.title(), &"its node does not run");
        let mut node = self.running.remove(&who).ok_or_else(gone)?;
        let id = node.id();
        node.kill();
        Ok(id)
    }

    /// The process id of an organisation's node.
    pub(crate) fn process_id(&self, who: Who) -> Result<u32, Failed> {
        let gone = || Failed::trouble(who.title(), &"its node does not run");
        self.running.get(&who).map(NodeProcess::id).ok_or_else(gone)
    }

    /// Ends every node: SIGTERM to all, then SIGKILL to those that take too long. Those
    /// that did not end well.
    pub fn stop(&mut self) -> Vec<Who> {
        self.running.values_mut().for_each(NodeProcess::terminate);
        let mut nodes = std::mem::take(&mut self.running).into_iter();
        let mut badly = Vec::new();
        for (who, mut node) in nodes.by_ref() {
            if !node.stop() {
                badly.push(who);
            }
        }
        badly
    }

    /// How an organisation's node is.
    pub(crate) async fn status(&mut self, who: Who) -> Result<GetStatusResponse, Failed> {
        self.answer(who)
            .await?
            .ok_or_else(|| Failed::trouble(who.title(), &"does not answer"))
    }

    /// Waits until an organisation's node answers and is as wanted.
    pub(crate) async fn wait_for(
        &mut self,
        who: Who,
        what: &str,
        is_so: impl Fn(&GetStatusResponse) -> bool,
    ) -> Result<GetStatusResponse, Failed> {
        let what = format!("the node of {} {what}", who.title());
        until(&what, START_TIMEOUT, async || {
            Ok(self.answer(who).await?.filter(&is_so))
        })
        .await
    }

    /// Waits until an organisation's node has committed `height`.
    pub(crate) async fn wait_for_height(&mut self, who: Who, height: u64) -> Result<(), Failed> {
        let what = format!("the node of {} to reach height {height}", who.title());
        until(&what, CATCH_UP_TIMEOUT, async || {
            let status = self.answer(who).await?;
            Ok(status.filter(|status| status.height >= height).map(drop))
        })
        .await
    }

    /// Waits until every node that runs has what any of them has: who is told of a block
    /// by one node may ask another that is a block behind.
    pub(crate) async fn level(&mut self) -> Result<(), Failed> {
        let everyone: Vec<Who> = self.running.keys().copied().collect();
        let mut height = 0;
        for who in &everyone {
            height = height.max(self.status(*who).await?.height);
        }
        for who in everyone {
            self.wait_for_height(who, height).await?;
        }
        Ok(())
    }

    /// What a node says of itself; `None` while it does not answer.
    async fn answer(&mut self, who: Who) -> Result<Option<GetStatusResponse>, Failed> {
        self.expect_running(who)?;
        Ok(self.client_as(who, TokenRole::Read)?.status().await.ok())
    }

    /// Refuses to go on with a node that ended unasked.
    fn expect_running(&mut self, who: Who) -> Result<(), Failed> {
        let ended = self.running.get_mut(&who).and_then(NodeProcess::ended);
        let Some(status) = ended else { return Ok(()) };
        let log = operator::log_file(&self.home(who)?.folder);
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(LOG_LINES).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        let why = format!(
            "ended with {status}; {} ends:\n{}",
            log.display(),
            lines.join("\n")
        );
        Err(Failed::trouble(
            format!("the node of {}", who.title()),
            &why,
        ))
    }
}

impl Home {
    /// The text of a token.
    pub(crate) fn token(&self, role: TokenRole) -> Result<&str, Failed> {
        let none = || Failed::trouble(self.who.title(), &"has no such token");
        self.tokens.get(&role).map(String::as_str).ok_or_else(none)
    }

    /// Its entry, for the founding or for finance to admit.
    pub(crate) fn entry(&self) -> PathBuf {
        self.folder.join("entry.json")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop();
    }
}
