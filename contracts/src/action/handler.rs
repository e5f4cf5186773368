//! The interface between an action and the kernel that executes it.

use super::{context::ActionContext, effects::Effects, watched::Watched};
use crate::{chain::Hash, organisations::KeyPurpose, rejection::Stop, types::ReceiptId};

/// Everything that the kernel needs to know of an action.
pub(crate) trait Handler {
    /// The purpose of the key that must have signed it.
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Sign
    }

    /// The number of receipts that it would issue.
    fn issue_count(&self) -> u32 {
        0
    }

    /// The most existing receipts that it would alter as a batch or for a claim,
    /// or the notices and lines of statements that it would write. A block has room for so many of
    /// these and of issues together: see `block_receipts_max`. An action on one receipt is not
    /// counted: the block's bytes bound those.
    fn altered_count(&self) -> u32 {
        0
    }

    /// The receipts that its outcome has entries for when it is rejected as a whole.
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        Vec::new()
    }

    /// The same for items that are not about receipts: the subject of each.
    fn item_subjects(&self) -> Vec<String> {
        Vec::new()
    }

    /// The hashes of the attachments that it names, one entry an item, in the order of the request;
    /// the item's verdict stands at the same place in the outcome.
    fn attachments(&self) -> Vec<Option<Hash>> {
        Vec::new()
    }

    /// The facts that supervision examines after the verdict, beyond those of every action.
    fn watched(&self) -> Watched<'_> {
        Watched::Nothing
    }

    /// Executes it. The caller rolls the writes back when it stops.
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop>;
}
