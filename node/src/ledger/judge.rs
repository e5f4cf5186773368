//! Judging a block that another node made: everything in it must follow from its parent.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    AdmitError, Moment, Refused, admit,
    chain::{Address, Block, BlockTime, Hash, Header, Height},
    execute::{Applied, BlockExecutor, Context},
    malformed::Malformed,
    state::StateReader,
    transaction::{Transaction, Verified, verify_batch},
};

use super::{
    Announcement, Fault, Received, SyncVerdict, Verdict,
    assemble::{Contents, ids},
    execution::Execution,
    state,
    writer::Writer,
};
use crate::{clock, store::Tip};

/// What is wrong with a block.
#[derive(Debug, thiserror::Error)]
enum Objection {
    #[error("not a block: {0}")]
    Malformed(#[from] Malformed),
    #[error("transaction {0}: {1}")]
    Transaction(usize, Refused),
    #[error("more receipts than a block may issue")]
    TooManyReceipts,
    #[error("{0} differs")]
    Differs(&'static str),
    #[error("block time {time} is not above its parent's {parent}")]
    TimeNotAbove { time: BlockTime, parent: BlockTime },
    #[error("block time {time} is more than {drift_ms} ms ahead of this node's clock {now}")]
    TimeAhead {
        time: BlockTime,
        now: BlockTime,
        drift_ms: u64,
    },
}

/// Why judging ended without an execution.
enum Stop {
    Objection(Objection),
    Fault(Fault),
}

impl<T: Into<Objection>> From<T> for Stop {
    fn from(objection: T) -> Self {
        Self::Objection(objection.into())
    }
}

fn fault(fault: impl Into<Fault>) -> Stop {
    Stop::Fault(fault.into())
}

impl Writer {
    /// Judges a block once; the verdict is stored with the body before it is told.
    /// `None`: its height is not the one above the tip.
    pub(super) fn judge(&mut self, received: &Received) -> Result<Option<Verdict>, Fault> {
        let announcement = &received.announcement;
        let tip = self.store.tip();
        if tip.height.next() != announcement.height {
            return Ok(None);
        }
        let (height, hash) = (announcement.height, announcement.block_hash);
        if let Some(verdict) = self.known_verdict(height, &hash)? {
            return Ok(Some(verdict));
        }
        let verdict = match self.execute_received(&tip, announcement, received) {
            Ok(execution) => {
                self.executions.insert(hash, execution);
                Verdict::Valid
            }
            Err(Stop::Objection(objection)) => self.refuse(height, hash, &objection),
            Err(Stop::Fault(fault)) => return Err(fault),
        };
        let proposal = announcement.proposal(verdict == Verdict::Valid, Some(received.signature));
        self.store.save_body(&proposal, &received.block)?;
        Ok(Some(verdict))
    }

    /// Judges a block that sync brought.
    pub(super) fn judge_synced(
        &mut self,
        height: Height,
        round: u32,
        proposer: Address,
        bytes: &Bytes,
    ) -> Result<SyncVerdict, Fault> {
        let tip = self.store.tip();
        if tip.height.next() != height {
            return Ok(SyncVerdict::Stale);
        }
        let Ok(block) = Block::decode(bytes.clone()) else {
            return Ok(SyncVerdict::NotTheBlock);
        };
        let hash = block.hash();
        if block.header.height != height {
            return Ok(SyncVerdict::NotTheBlock);
        }
        if let Some(verdict) = self.known_verdict(height, &hash)? {
            return Ok(SyncVerdict::Judged(hash, verdict));
        }
        let verdict = match self.execute(&tip, block, bytes.clone()) {
            Ok(execution) => {
                self.executions.insert(hash, execution);
                Verdict::Valid
            }
            // Bytes that do not fit their header say nothing about the certified block.
            Err(Stop::Objection(
                Objection::Malformed(_) | Objection::Differs("transactions root"),
            )) => return Ok(SyncVerdict::NotTheBlock),
            Err(Stop::Objection(objection)) => self.refuse(height, hash, &objection),
            Err(Stop::Fault(fault)) => return Err(fault),
        };
        let announcement = Announcement {
            height,
            round,
            proposer,
            block_bytes: bytes.len() as u64,
            block_hash: hash,
        };
        // A synced block carries a certificate in place of its proposer's signature.
        self.store.save_body(
            &announcement.proposal(verdict == Verdict::Valid, None),
            bytes,
        )?;
        Ok(SyncVerdict::Judged(hash, verdict))
    }

    /// Executes a decided block whose execution is no longer cached.
    pub(super) fn execute_again(&mut self, tip: &Tip, hash: &Hash) -> Result<Execution, Fault> {
        let bytes = self.store.body(hash)?.ok_or(Fault::BodyMissing(*hash))?;
        let executed = Block::decode(bytes.clone())
            .map_err(Stop::from)
            .and_then(|block| self.execute(tip, block, bytes));
        executed.map_err(|stop| match stop {
            Stop::Objection(objection) => Fault::DecidedInvalid(*hash, objection.to_string()),
            Stop::Fault(fault) => fault,
        })
    }

    fn known_verdict(&self, height: Height, hash: &Hash) -> Result<Option<Verdict>, Fault> {
        if let Some(verdict) = self.executions.verdict(hash) {
            return Ok(Some(verdict));
        }
        let stored = self
            .store
            .proposals(height)?
            .into_iter()
            .find(|known| known.block_hash == *hash);
        let again = || Verdict::Invalid("judged invalid before".to_owned());
        Ok(stored.map(|proposal| {
            if proposal.valid {
                Verdict::Valid
            } else {
                again()
            }
        }))
    }

    fn refuse(&mut self, height: Height, hash: Hash, objection: &Objection) -> Verdict {
        tracing::warn!(%height, block = %hash, %objection, "invalid block");
        let reason = objection.to_string();
        self.executions.refuse(height.get(), hash, reason.clone());
        Verdict::Invalid(reason)
    }

    fn execute_received(
        &self,
        tip: &Tip,
        announcement: &Announcement,
        received: &Received,
    ) -> Result<Execution, Stop> {
        let block = Block::decode(received.block.clone())?;
        if block.hash() != announcement.block_hash {
            return Err(Objection::Differs("block hash").into());
        }
        if block.header.proposer != announcement.proposer {
            return Err(Objection::Differs("proposer").into());
        }
        if received.first_sight {
            self.check_clock(block.header.time)?;
        }
        self.execute(tip, block, received.block.clone())
    }

    /// Only a time ahead is objected to: a slow proposer's block is late, not wrong.
    fn check_clock(&self, time: BlockTime) -> Result<(), Stop> {
        let drift_ms = state::parameters(&self.store)
            .map_err(fault)?
            .clock_drift_ms_max();
        let now = clock::now();
        if time > now.after_ms(drift_ms) {
            return Err(Objection::TimeAhead {
                time,
                now,
                drift_ms,
            }
            .into());
        }
        Ok(())
    }

    /// Executes a block on the tip and compares all that its header claims.
    fn execute(&self, tip: &Tip, block: Block, bytes: Bytes) -> Result<Execution, Stop> {
        let header = block.header;
        self.check_parent(tip, &header)?;
        let view = self.store.state();
        let moment = Moment {
            height: header.height,
            time: header.time,
        };
        let transactions = self.verify_all(&view, &moment, &block.transactions)?;
        let mut executor =
            BlockExecutor::begin(&view, self.context(tip, header.time)).map_err(fault)?;
        for (index, verified) in transactions.iter().enumerate() {
            match executor.apply(verified).map_err(fault)? {
                Applied::Included(_) => {}
                Applied::Inadmissible(refused) => {
                    return Err(Objection::Transaction(index, refused).into());
                }
                Applied::Full => return Err(Objection::TooManyReceipts.into()),
            }
        }
        let mut executed = executor.finish().map_err(fault)?;
        let changes = std::mem::take(&mut executed.changes);
        let state = self.store.prepare(changes).map_err(fault)?;
        let contents = Contents {
            height: header.height,
            time: header.time,
            proposer: header.proposer,
            transactions: &transactions,
            executed: &executed,
            state: &state,
        };
        let expected = self.header(tip, &contents).map_err(fault)?;
        compare(&header, &expected)?;
        Ok(Execution {
            header,
            block: bytes,
            transactions: ids(&transactions),
            outcomes: executed.outcomes,
            state,
        })
    }

    fn check_parent(&self, tip: &Tip, header: &Header) -> Result<(), Stop> {
        if header.parent_hash != tip.block_hash {
            return Err(Objection::Differs("parent hash").into());
        }
        if header.time <= tip.time {
            return Err(Objection::TimeNotAbove {
                time: header.time,
                parent: tip.time,
            }
            .into());
        }
        if state::validators(&self.store)
            .map_err(fault)?
            .by_address(&header.proposer)
            .is_none()
        {
            return Err(Objection::Differs("proposer").into());
        }
        Ok(())
    }

    /// Signatures that this node has checked already, on the way into its pool,
    /// are not checked again.
    fn verify_all(
        &self,
        state: &dyn StateReader,
        moment: &Moment,
        encoded: &[Bytes],
    ) -> Result<Vec<Verified>, Stop> {
        let mut verified = Vec::with_capacity(encoded.len());
        let mut unknown = Vec::new();
        for (index, bytes) in encoded.iter().enumerate() {
            let refuse = |refused| Stop::from(Objection::Transaction(index, refused));
            let transaction = Transaction::decode(bytes.clone(), &self.chain_id).map_err(refuse)?;
            match self.mempool.get(transaction.id()) {
                Some(known) if known.transaction().encoded() == bytes => verified.push(Some(known)),
                Some(_) | None => {
                    let key = admit(state, moment, &transaction).map_err(|error| match error {
                        AdmitError::Refused(refused) => refuse(refused),
                        AdmitError::Fault(trouble) => fault(trouble),
                    })?;
                    unknown.push((index, (Arc::new(transaction), key)));
                    verified.push(None);
                }
            }
        }
        let (places, unchecked): (Vec<_>, Vec<_>) = unknown.into_iter().unzip();
        for (index, checked) in places.into_iter().zip(verify_batch(unchecked)) {
            let checked = checked.map_err(|refused| Objection::Transaction(index, refused))?;
            verified[index] = Some(checked);
        }
        Ok(verified.into_iter().flatten().collect())
    }

    /// What a block on the tip is executed with.
    pub(super) fn context(&self, tip: &Tip, time: BlockTime) -> Context {
        Context {
            chain_id: self.chain_id.clone(),
            height: tip.height.next(),
            time,
            parent_time: tip.time,
        }
    }
}

/// Names the first field in which a header differs from what follows from its parent.
fn compare(header: &Header, expected: &Header) -> Result<(), Objection> {
    let fields = [
        ("chain id", header.chain_id == expected.chain_id),
        ("height", header.height == expected.height),
        (
            "transactions root",
            header.transactions_root == expected.transactions_root,
        ),
        (
            "outcomes root",
            header.outcomes_root == expected.outcomes_root,
        ),
        ("state root", header.state_root == expected.state_root),
        ("history root", header.history_root == expected.history_root),
        (
            "validators hash",
            header.validators_hash == expected.validators_hash,
        ),
        (
            "next validators hash",
            header.next_validators_hash == expected.next_validators_hash,
        ),
        (
            "protocol version",
            header.protocol_version == expected.protocol_version,
        ),
    ];
    match fields.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(Objection::Differs(field)),
        None if header == expected => Ok(()),
        None => Err(Objection::Differs("header")),
    }
}
