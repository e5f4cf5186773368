//! Checks events of a receipt.
//!
//! ```text
//!   transaction ─► leaf ─path─► transactions_root ┐
//!   outcome     ─► leaf ─path─► outcomes_root     ┴─ header of the block
//!                                                      └─hash─path─► history_root of the certified header
//! ```

use bytes::Bytes;
use piaolian_contracts::{
    Transaction,
    chain::{Hash, Header, Height, block::transaction_leaf, merkle, mmr},
    malformed::Malformed,
    transaction::Refused,
    types::{BlockTime, OrganisationId, ReceiptId},
};
use piaolian_proto::v1::{EventEvidence, Outcome};
use prost::Message;

use crate::path::hashes;

/// Longest outcome, in bytes. An outcome of a thousand items with long arguments is far shorter.
pub const OUTCOME_BYTES_MAX: usize = 4 << 20;

/// An accepted or rejected action on a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownEvent {
    /// Height of the block.
    pub height: Height,
    /// Time of the block.
    pub time: BlockTime,
    /// Id of the transaction.
    pub transaction: Hash,
    /// The organisation that acted.
    pub organisation: OrganisationId,
    /// The person in charge (经办); empty when not named.
    pub operator: String,
    /// The name of the action's message.
    pub action: &'static str,
    /// 0: accepted; otherwise the number of the rule that rejected it.
    pub code: u32,
    /// The arguments of the rule's message.
    pub arguments: Vec<String>,
}

/// Reasons why an event is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A part is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The transaction belongs to another chain.
    #[error("the transaction is not one of this chain: {0}")]
    Transaction(#[from] Refused),
    /// The header is not in the history of the certified header.
    #[error("the header of height {0} is not in the history of the certified header")]
    NotInHistory(Height),
    /// The transaction is not in the block.
    #[error("the transaction is not in block {0}")]
    NotInBlock(Height),
    /// The outcome is not the one in the block.
    #[error("the outcome is not that of block {0}")]
    OtherOutcome(Height),
    /// The outcome is of another transaction.
    #[error("the outcome is of another transaction")]
    OtherTransaction,
    /// The item of the outcome is about another receipt.
    #[error("the event does not concern the receipt")]
    OtherReceipt,
    /// The events are not in ascending order, each once.
    #[error("the events are not in order at height {0}")]
    OutOfOrder(Height),
}

/// Checks an event of `receipt` under a certified header.
pub(crate) fn verify(
    certified: &Header,
    receipt: &ReceiptId,
    evidence: &EventEvidence,
) -> Result<ShownEvent, EventError> {
    let header = in_history(certified, evidence)?;
    let transaction = Transaction::decode(evidence.transaction.clone(), &certified.chain_id)?;
    let leaf = transaction_leaf(transaction.id(), transaction.signature());
    let is_in = |root: &Hash, leaf: &[u8], path: &[Bytes]| -> Result<bool, Malformed> {
        let path = hashes("events.path", path)?;
        let (index, count) = (evidence.index.into(), evidence.count.into());
        Ok(merkle::verify(root, leaf, index, count, &path))
    };
    let height = header.height;
    if !is_in(&header.transactions_root, &leaf, &evidence.transaction_path)? {
        return Err(EventError::NotInBlock(height));
    }
    if !is_in(
        &header.outcomes_root,
        &evidence.outcome,
        &evidence.outcome_path,
    )? {
        return Err(EventError::OtherOutcome(height));
    }
    let (code, arguments) = verdict(evidence, &transaction, receipt)?;
    Ok(ShownEvent {
        height,
        time: header.time,
        transaction: *transaction.id(),
        organisation: *transaction.organisation(),
        operator: transaction
            .operator()
            .map(ToString::to_string)
            .unwrap_or_default(),
        action: transaction.action().name(),
        code,
        arguments,
    })
}

/// Decodes the header of the event's block: the certified one, or one of its history.
fn in_history(certified: &Header, evidence: &EventEvidence) -> Result<Header, EventError> {
    let header = Header::decode(&evidence.header)?;
    let (height, hash) = (header.height, header.hash());
    let path = hashes("events.history_path", &evidence.history_path)?;
    let is_certified = path.is_empty() && hash == certified.hash();
    let earlier = certified.height.get().saturating_sub(1);
    if is_certified || mmr::verify(&certified.history_root, &hash, height, earlier, &path) {
        Ok(header)
    } else {
        Err(EventError::NotInHistory(height))
    }
}

/// Returns the outcome for the receipt: a rule's number, and the arguments of its message.
fn verdict(
    evidence: &EventEvidence,
    transaction: &Transaction,
    receipt: &ReceiptId,
) -> Result<(u32, Vec<String>), EventError> {
    if evidence.outcome.len() > OUTCOME_BYTES_MAX {
        return Err(Malformed::new("events.outcome", "is too long").into());
    }
    let outcome = Outcome::decode(evidence.outcome.clone())
        .map_err(|error| Malformed::new("events.outcome", error.to_string()))?;
    if outcome.transaction_id != transaction.id().as_bytes()[..] {
        return Err(EventError::OtherTransaction);
    }
    let place = usize::try_from(evidence.item).unwrap_or(usize::MAX);
    let item = outcome.items.into_iter().nth(place);
    let item = item.filter(|item| item.receipt.as_ref() == Some(&(*receipt).into()));
    let item = item.ok_or(EventError::OtherReceipt)?;
    Ok(if outcome.code == 0 {
        (item.code, item.arguments)
    } else {
        (outcome.code, outcome.arguments)
    })
}

/// Rejects events that are not in ascending order, and the same event under another place: a path alone does not fix
/// the number of leaves.
pub(crate) fn check_order(
    events: &[ShownEvent],
    evidence: &[EventEvidence],
) -> Result<(), EventError> {
    let mut last: Option<(&ShownEvent, &EventEvidence)> = None;
    for (shown, evidence) in events.iter().zip(evidence) {
        let out_of_order = Err(EventError::OutOfOrder(shown.height));
        if let Some((earlier, earlier_evidence)) = last {
            let place = |shown: &ShownEvent, at: &EventEvidence| (shown.height, at.index, at.item);
            if place(earlier, earlier_evidence) >= place(shown, evidence) {
                return out_of_order;
            }
            let same_block = earlier.height == shown.height;
            let same_transaction = earlier.transaction == shown.transaction;
            if same_block && earlier_evidence.count != evidence.count
                || same_transaction && earlier_evidence.index != evidence.index
            {
                return out_of_order;
            }
        }
        last = Some((shown, evidence));
    }
    Ok(())
}
