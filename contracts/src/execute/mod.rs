//! Executing a block.
//!
//! ```text
//!   begin(parent's state) ─► apply(Verified) … ─► finish ─► outcomes + changes
//!                              ├─ Included(outcome): accepted, or rejected with its number
//!                              ├─ Inadmissible: must not be in this block
//!                              └─ Full: the block takes no more receipts
//! ```
//!
//! A proposer leaves out a transaction that is inadmissible or does not fit; a proposal that
//! contains one is an invalid block. Nothing is written to the store: the caller commits the
//! changes.

mod attached;
mod outcome;

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, CurrentBlock, Effects, ParentState},
    admission::{
        AdmitError, BlockContext, CLIENT_IDS, ClientKey, Segments, check_actor, check_unused,
    },
    alerts::{Detectors, Examined},
    chain::{ChainId, Hash, Height, merkle},
    governance,
    organisations::Organisation,
    receipts::{ISSUANCES, Issuance},
    rejection::{Rejection, Stop},
    state::{Change, Fault, StateReader},
    storage::{Overlay, missing_genesis_record},
    transaction::{Refused, Transaction, Verified},
    types::BlockTime,
    upgrades::{self, KnownVersions, VALIDATOR_SET},
};

pub use attached::attached;

/// The block that is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The chain.
    pub chain_id: ChainId,
    /// The block's height, one above the state's.
    pub height: Height,
    /// The block's time, above the parent's.
    pub time: BlockTime,
    /// The parent's time; the founding document's for height 1.
    pub parent_time: BlockTime,
}

/// The result of applying a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// It is in the block; the outcome says whether it was accepted.
    Included(proto::Outcome),
    /// It must not be in this block. Nothing changed.
    Inadmissible(Refused),
    /// The block has no room for the receipts that it issues or alters. Nothing changed.
    Full,
}

/// The result of executing a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// The outcome of each transaction, in order.
    pub outcomes: Vec<proto::Outcome>,
    /// Every write, sorted by key.
    pub changes: Vec<Change>,
    /// The number of receipts that were issued.
    pub issued: u32,
    /// Hash of the validator set that decides this block …
    pub validators_hash: Hash,
    /// … and of the one that decides the next.
    pub next_validators_hash: Hash,
    /// The version of the rules by which it was executed.
    pub protocol_version: u32,
}

/// A block being executed on top of its parent's state.
pub struct BlockExecutor<'s> {
    block: CurrentBlock,
    parent_time: BlockTime,
    overlay: Overlay<'s>,
    /// The organisations as the parent's state has them.
    parent: ParentState<'s>,
    segments: Segments,
    validators_hash: Hash,
    protocol_version: u32,
    detectors: Detectors,
    outcomes: Vec<proto::Outcome>,
    /// The issued hashes of the receipts issued so far.
    issued: Vec<Hash>,
    /// The number of existing receipts, notices and statement lines that its transactions counted as altered.
    altered: u32,
}

impl<'s> BlockExecutor<'s> {
    /// Begins a block on `state`, its parent's.
    ///
    /// # Errors
    /// When the state cannot be read or lacks a record of genesis, or when this program does not know the protocol version of
    /// the block.
    pub fn begin(state: &'s dyn StateReader, context: Context) -> Result<Self, Fault> {
        let protocol_version = upgrades::version_at(state, context.height)?;
        KnownVersions::OURS
            .check(protocol_version, context.height)
            .map_err(|unknown| Fault(unknown.into()))?;
        let validators = VALIDATOR_SET
            .get(state, &())?
            .ok_or_else(|| missing_genesis_record("validators"))?;
        let parent = ParentState::open(state)?;
        Ok(Self {
            block: CurrentBlock {
                chain_id: context.chain_id,
                height: context.height,
                time: context.time,
                parameters: parent.parameters().clone(),
            },
            parent_time: context.parent_time,
            overlay: Overlay::new(state),
            parent,
            segments: Segments::default(),
            validators_hash: validators.hash(),
            protocol_version,
            detectors: Detectors::default(),
            outcomes: Vec::new(),
            issued: Vec::new(),
            altered: 0,
        })
    }

    /// Executes one transaction, if it may be in this block.
    ///
    /// # Errors
    /// When the state cannot be read. The executor cannot be used after that.
    pub fn apply(&mut self, verified: &Verified) -> Result<Applied, Fault> {
        let transaction = verified.transaction();
        let actor = match self.admit(verified) {
            Ok(actor) => actor,
            Err(AdmitError::Refused(refused)) => return Ok(Applied::Inadmissible(refused)),
            Err(AdmitError::Fault(fault)) => return Err(fault),
        };
        let issued = self.issued();
        let receipts_max = self.block.parameters.block_receipts_max();
        let handled = issued.saturating_add(self.altered);
        if handled.saturating_add(transaction.receipts()) > receipts_max {
            return Ok(Applied::Full);
        }
        self.altered = self
            .altered
            .saturating_add(transaction.action().handler().altered_count());
        let index = u32::try_from(self.outcomes.len()).expect("a block has at most 4 MiB");
        self.segments
            .add(&mut self.overlay, transaction, self.block.height, index)?;

        let outcome = match self.execute(actor, transaction, issued)? {
            Ok(effects) => {
                self.issued.extend(&effects.issued);
                outcome::accepted(transaction, effects)
            }
            Err(rejection) => outcome::rejected(transaction, rejection),
        };
        self.overlay.discard_journal();
        self.outcomes.push(outcome.clone());
        Ok(Applied::Included(outcome))
    }

    /// The number of receipts that the block issued so far.
    pub fn issued(&self) -> u32 {
        u32::try_from(self.issued.len()).expect("block_receipts_max is a u32")
    }

    /// Ends the block.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn finish(mut self) -> Result<Executed, Fault> {
        let issued = self.issued();
        if issued > 0 {
            let issuance = Issuance {
                height: self.block.height,
                count: issued,
                root: merkle::root(&self.issued),
                seal: None,
            };
            self.overlay
                .insert_new(ISSUANCES, &self.block.height, issuance)?;
        }
        self.detectors.finish(&mut self.overlay)?;
        let (height, time) = (self.block.height, self.block.time);
        self.segments
            .finish(&mut self.overlay, height, time, self.parent_time)?;
        governance::finish(&mut self.overlay, height, time)?;
        upgrades::take_effect(&mut self.overlay, height)?;
        let next_validators = self.overlay.get(VALIDATOR_SET, &())?;
        let next_validators_hash = next_validators
            .ok_or_else(|| missing_genesis_record("validators"))?
            .hash();
        Ok(Executed {
            outcomes: self.outcomes,
            changes: self.overlay.into_changes(),
            issued,
            validators_hash: self.validators_hash,
            next_validators_hash,
            protocol_version: self.protocol_version,
        })
    }

    /// Admits a transaction on the parent's state and the client ids that the block already contains, and returns its
    /// actor.
    fn admit(&mut self, verified: &Verified) -> Result<Arc<Organisation>, AdmitError> {
        let transaction = verified.transaction();
        let at = BlockContext {
            height: self.block.height,
            time: self.block.time,
        };
        let (actor, key) = check_actor(&mut self.parent, &at, transaction)?;
        if key != *verified.key() {
            let key_id = transaction.key_id();
            return Err(Refused::BadSignature { key_id }.into());
        }
        let used = self.overlay.get(CLIENT_IDS, &ClientKey::of(transaction))?;
        check_unused(used.as_deref(), at.time, transaction)?;
        Ok(actor)
    }

    /// Executes a transaction and lets supervision examine the verdict. The writes of a rejected transaction are rolled
    /// back first, so that its alerts stay.
    fn execute(
        &mut self,
        actor: Arc<Organisation>,
        transaction: &Transaction,
        issued_before: u32,
    ) -> Result<Result<Effects, Rejection>, Fault> {
        let savepoint = self.overlay.savepoint();
        let mut ctx = ActionContext {
            overlay: &mut self.overlay,
            block: &self.block,
            parent: &mut self.parent,
            actor,
            key_id: transaction.key_id(),
            operator: transaction.operator(),
            issued_before,
            created: Vec::new(),
        };
        let handler = transaction.action().handler();
        let verdict = match handler.execute(&mut ctx) {
            Ok(effects) => Ok(effects),
            Err(Stop::Rejected(rejection)) => {
                ctx.overlay.roll_back(savepoint);
                Err(rejection)
            }
            Err(Stop::Fault(fault)) => return Err(fault),
        };
        let examined = Examined {
            transaction: transaction.id(),
            action: transaction.action().name(),
            handler,
            verdict: &verdict,
        };
        self.detectors.examine(&mut ctx, &examined)?;
        Ok(verdict)
    }
}
