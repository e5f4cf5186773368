//! Status of this node and its network.

use std::sync::Arc;

use piaolian_base::clock;
use piaolian_contracts::{
    types::{BlockTime, OrganisationId},
    upgrades::VALIDATOR_SET,
};
use piaolian_ledger::Ledger;
use piaolian_proto::v1::{GetStatusRequest, GetStatusResponse, PeerStatus};

use crate::{
    error::ServiceError,
    workers::{KeyRetirement, LogAnchor, Sealing},
};

/// Asks for the state of the other members.
pub type Peers = Box<dyn Fn() -> Vec<PeerStatus> + Send + Sync>;

/// Answers with the status of this node and its network.
pub struct NodeStatus {
    ledger: Ledger,
    organisation: OrganisationId,
    peers: Peers,
    sealing: Arc<Sealing>,
    log_anchor: Arc<LogAnchor>,
    key_retirement: Arc<KeyRetirement>,
    started: BlockTime,
}

impl NodeStatus {
    /// Returns the status of a node that starts now.
    pub(crate) fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        peers: Peers,
        sealing: Arc<Sealing>,
        log_anchor: Arc<LogAnchor>,
        key_retirement: Arc<KeyRetirement>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            peers,
            sealing,
            log_anchor,
            key_retirement,
            started: clock::now(),
        }
    }

    /// Returns the status of the node, its chain and its peers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get_status(&self, _: &GetStatusRequest) -> Result<GetStatusResponse, ServiceError> {
        let chain = self.ledger.view();
        let state = chain.state();
        let tip = state.tip();
        let validators = VALIDATOR_SET.get(&state, &())?;
        let key_since = self.key_retirement.newest_key_since(&state)?;
        Ok(GetStatusResponse {
            chain_id: self.ledger.chain_id().to_string(),
            genesis_hash: chain.identity().genesis_hash.into(),
            organisation: self.organisation.to_string(),
            validator: validators.is_some_and(|set| set.of(&self.organisation).next().is_some()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            height: tip.height.get(),
            block_hash: tip.block_hash.into(),
            block_time_ms: tip.time.as_ms(),
            state_root: tip.state_root.into(),
            waiting_transactions: self.ledger.mempool().len() as u64,
            started_ms: self.started.as_ms(),
            peers: (self.peers)(),
            first_unsealed_height: self.sealing.first_unsealed(),
            synced_writes: chain.synced_writes(),
            access_log: Some(self.log_anchor.status(&state)?),
            encryption_key_since_ms: key_since.map_or(0, BlockTime::as_ms),
            encryption_key_overdue: self.key_retirement.is_overdue(key_since, clock::now()),
        })
    }
}
