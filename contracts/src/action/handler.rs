//! The interface between an action and the kernel that executes it.

use super::{context::ActionContext, effects::Effects, supervised_facts::SupervisedFacts};
use crate::{chain::Hash, organisations::KeyPurpose, rejection::Stop, types::ReceiptId};

/// An action, as the kernel sees it.
pub(crate) trait Handler {
    /// The purpose of the key that must sign it.
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Sign
    }

    /// The number of receipts that it would issue.
    fn issue_count(&self) -> u32 {
        0
    }

    /// The most existing receipts that it would alter as a batch or for a claim, or the number of notices or statement
    /// lines that it would write. `block_receipts_max` bounds the sum of these and of the issued receipts of a block.
    /// An action on one receipt counts 0: the size of the block bounds such actions.
    fn altered_count(&self) -> u32 {
        0
    }

    /// The receipts that the outcome lists if the action is rejected as a whole.
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        Vec::new()
    }

    /// The subjects that the outcome lists if the action is rejected as a whole, one for each item that is not about a
    /// receipt.
    fn item_subjects(&self) -> Vec<String> {
        Vec::new()
    }

    /// The hashes of the attachments that it names, one entry for each item, in the order of the request. The outcome
    /// has the verdict of an item at the same place.
    fn attachments(&self) -> Vec<Option<Hash>> {
        Vec::new()
    }

    /// The facts that supervision examines after the verdict, beyond those of every action.
    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Nothing
    }

    /// Executes the action. If it returns a `Stop`, the caller rolls its writes back.
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop>;
}
