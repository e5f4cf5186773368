//! Commits a decided block: one synced batch, then the outcomes go to the waiters.

use std::time::Duration;

use piaolian_base::metrics::Committed;
use piaolian_contracts::{
    chain::CommitCertificate,
    state::{Change, Table},
    types::ReceiptId,
};
use piaolian_proto::v1;

use super::{CommittedOutcome, Fault, Validity, execution::Execution, versions, writer::Writer};
use crate::store::{Commit, Occurrence};

impl Writer {
    /// Commits the block that the certificate decides. Returns once it is on disk.
    pub(super) fn commit(&mut self, certificate: &CommitCertificate) -> Result<(), Fault> {
        let parent = self.expect_next(certificate.height)?;
        let hash = certificate.block_hash;
        if let Some(Validity::Invalid(reason)) = self.executions.validity(&hash) {
            return Err(Fault::DecidedInvalid(hash, reason));
        }
        let execution = match self.executions.take(&hash) {
            Some(execution) => execution,
            None => self.execute_again(&parent, &hash)?,
        };
        let Execution {
            header,
            transactions,
            outcomes,
            state,
            ..
        } = execution;
        let members_changed = state.changes().iter().any(changes_members);
        let upgrades_changed = state.changes().iter().any(changes_upgrades);
        let receipts = state.created(Table::Receipts.prefix());
        let tip = self.store.commit(Commit {
            header: &header,
            certificate,
            transactions: &transactions,
            outcomes: &outcomes,
            history: &history(&outcomes),
            state,
        })?;
        self.executions.clear();
        let interval = header.time.as_ms().saturating_sub(parent.time.as_ms());
        self.metrics.committed(Committed {
            round: certificate.round,
            interval: Duration::from_millis(interval),
            outcomes: &outcomes,
            receipts,
        });
        // Published before the tip, so that a task woken by a tip finds the changed members.
        if members_changed {
            self.member_changes.send_replace(header.height);
        }
        self.tips.send_replace(tip);
        let places = transactions.into_iter().zip(outcomes).zip(0..);
        let outcomes = places.map(|((id, outcome), index)| {
            (
                id,
                CommittedOutcome {
                    height: header.height,
                    index,
                    outcome,
                },
            )
        });
        for waited in self.mempool.deliver_outcomes(outcomes, header.time) {
            self.metrics.waited(waited);
        }
        if upgrades_changed {
            versions::warn_of_unknown(&self.store)?;
        }
        Ok(())
    }
}

fn changes_upgrades(change: &Change) -> bool {
    change.table() == Some(Table::Upgrades)
}

/// Whether a change may affect the membership. Keys, endpoints and admissions are in the records of the organisations.
fn changes_members(change: &Change) -> bool {
    let tables = [Table::Organisations, Table::ValidatorSet].map(Table::prefix);
    change
        .key
        .first()
        .is_some_and(|prefix| tables.contains(prefix))
}

/// Returns the places at which the outcomes name a receipt, for the receipts' histories.
fn history(outcomes: &[v1::Outcome]) -> Vec<Occurrence> {
    let mut history = Vec::new();
    for (outcome, transaction) in outcomes.iter().zip(0..) {
        for (item, place) in outcome.items.iter().zip(0..) {
            // Outcomes of this program are well formed. An item of a rejected issue may name no receipt.
            if let Some(Ok(receipt)) = item.receipt.clone().map(ReceiptId::try_from) {
                history.push(Occurrence {
                    receipt: receipt.key(),
                    transaction,
                    item: place,
                });
            }
        }
    }
    history
}
