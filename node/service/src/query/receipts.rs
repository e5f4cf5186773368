//! A receipt, as the ledger has it.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::{Hash, Height, merkle},
    malformed::Malformed,
    organisations::ORGANISATIONS,
    parameters::Parameters,
    receipts::{
        BUSINESS_NUMBERS, ISSUANCES, Issuance, IssuerBusiness, RECEIPTS, Receipt,
        status::{self, Status, remaining},
    },
    types::{BusinessNumber, OrganisationId, ReceiptId},
};
use piaolian_ledger::{ChainView, StateView};
use piaolian_proto::v1::{
    self, Claimable, GetReceiptRequest, GetReceiptResponse, ReceiptStatus, ReceiptView, SealView,
    get_receipt_request::By,
};

use super::{Queries, parameters};
use crate::error::{ServiceError, ServiceFault};

impl Queries {
    /// Returns the receipt that the request names, as the ledger has it.
    ///
    /// # Errors
    /// When the request is malformed, there is no such receipt, or the store cannot be read.
    pub fn get_receipt(
        &self,
        request: &GetReceiptRequest,
    ) -> Result<GetReceiptResponse, ServiceError> {
        let state = self.state();
        let id = match request.by.clone() {
            Some(By::Receipt(receipt)) => ReceiptId::parse("receipt", Some(receipt))?,
            Some(By::BusinessNumber(business)) => by_business(&state, business)?,
            None => return Err(Malformed::new("by", "must name a receipt").into()),
        };
        let receipt = find(&state, &id)?;
        let mut view = view(&state, &receipt)?;
        if request.with_seal_path {
            let path = seal_path(self.ledger.view(), &state, &receipt)?;
            view.seal.get_or_insert_default().path = path.into_iter().map(Into::into).collect();
        }
        let tip = state.tip();
        Ok(GetReceiptResponse {
            receipt: Some(view),
            height: tip.height.get(),
            block_time_ms: tip.time.as_ms(),
        })
    }
}

/// Returns a receipt.
///
/// # Errors
/// When there is none, or the store cannot be read.
pub(crate) fn find(state: &StateView<'_>, id: &ReceiptId) -> Result<Receipt, ServiceError> {
    let receipt = RECEIPTS.get(state, id)?;
    receipt.ok_or_else(|| ServiceError::not_found(format!("receipt {id}")))
}

/// Returns the path from a receipt's leaf to the issuance root of its block.
pub(super) fn seal_path(
    chain: &ChainView,
    state: &StateView<'_>,
    receipt: &Receipt,
) -> Result<Vec<Hash>, ServiceError> {
    let height = receipt.issued_height;
    let damaged = || ServiceFault::Damaged(format!("what block {height} issued"));
    let issued = issued_in(chain, state, height)?;
    let leaves: Vec<Hash> = issued.iter().map(Receipt::issued_hash).collect();
    let path = merkle::path(&leaves, receipt.issued_index as usize).ok_or_else(damaged)?;
    Ok(path)
}

/// Returns the receipts that a block issued, in order of their places in it.
pub(crate) fn issued_in(
    chain: &ChainView,
    state: &StateView<'_>,
    height: Height,
) -> Result<Vec<Receipt>, ServiceError> {
    let damaged = || ServiceFault::Damaged(format!("what block {height} issued"));
    let block = chain.decoded_block(height)?.ok_or_else(damaged)?;
    let items = block.outcomes().iter().flat_map(|outcome| &outcome.items);
    let mut receipts = BTreeMap::new();
    for item in items.filter(|item| item.code == 0) {
        let named = item.receipt.clone();
        let Some(id) = named.and_then(|id| ReceiptId::try_from(id).ok()) else {
            continue;
        };
        // A receipt that an item names may have been issued earlier.
        let named = RECEIPTS.get(state, &id)?;
        if let Some(issued) = named.filter(|receipt| receipt.issued_height == height) {
            receipts.insert(issued.issued_index, issued);
        }
    }
    Ok(receipts.into_values().collect())
}

fn by_business(
    state: &StateView<'_>,
    business: v1::BusinessNumber,
) -> Result<ReceiptId, ServiceError> {
    let key = IssuerBusiness {
        issuer: OrganisationId::parse("business_number.issuer", &business.issuer)?,
        number: BusinessNumber::parse("business_number.business_number", business.business_number)?,
    };
    let found = BUSINESS_NUMBERS.get(state, &key)?;
    found.ok_or_else(|| {
        ServiceError::not_found(format!(
            "receipt of business number {} of {}",
            key.number, key.issuer
        ))
    })
}

/// Returns the record of a receipt with everything that is derived from it.
pub(crate) fn view(state: &StateView<'_>, receipt: &Receipt) -> Result<ReceiptView, ServiceError> {
    let parameters = parameters(state)?;
    let now = state.tip().time;
    Ok(ReceiptView {
        record: Some(receipt.into()),
        status: status_of(state, &parameters, receipt).into(),
        issuer_name: name_of(state, &receipt.issuer)?,
        seal: Some(seal_of(state, receipt)?),
        claimable: claimable(&parameters, receipt),
        booked_fen: receipt.booked().get(),
        locked: receipt.live_lock(now).is_some(),
    })
}

/// Returns the status that people see, at the tip.
pub(super) fn status_of(
    state: &StateView<'_>,
    parameters: &Parameters,
    receipt: &Receipt,
) -> ReceiptStatus {
    match status::status(receipt, parameters.fund_rules(), state.tip().time) {
        Status::Issued => ReceiptStatus::Issued,
        Status::Held => ReceiptStatus::Held,
        Status::PartlyReimbursed => ReceiptStatus::PartlyReimbursed,
        Status::Reimbursed => ReceiptStatus::Reimbursed,
        Status::OnPaper => ReceiptStatus::OnPaper,
        Status::Archived => ReceiptStatus::Archived,
        Status::Reversed => ReceiptStatus::Reversed,
        Status::ReversalReceipt => ReceiptStatus::Reversal,
    }
}

/// Returns an organisation's legal name; empty for one that is not on the ledger.
pub(crate) fn name_of(
    state: &StateView<'_>,
    organisation: &OrganisationId,
) -> Result<String, ServiceError> {
    let found = ORGANISATIONS.get(state, organisation)?;
    Ok(found
        .map(|organisation| organisation.name.to_string())
        .unwrap_or_default())
}

/// Returns the issuance of the block that issued a receipt, with the seal over it.
pub(super) fn issuance_of(
    state: &StateView<'_>,
    receipt: &Receipt,
) -> Result<Issuance, ServiceError> {
    let height = receipt.issued_height;
    let damaged = || ServiceFault::Damaged(format!("what block {height} issued"));
    Ok(ISSUANCES.get(state, &height)?.ok_or_else(damaged)?)
}

fn seal_of(state: &StateView<'_>, receipt: &Receipt) -> Result<SealView, ServiceError> {
    let issuance = issuance_of(state, receipt)?;
    Ok(SealView {
        sealed: issuance.seal.is_some(),
        issuance: Some((&issuance).into()),
        index: receipt.issued_index,
        path: Vec::new(),
    })
}

/// Returns the amount that each kind of fund may still book. It is 0 for a reversed receipt and for a reversal receipt.
fn claimable(parameters: &Parameters, receipt: &Receipt) -> Vec<Claimable> {
    let closed = receipt.reversed_by.is_some() || receipt.reverses.is_some();
    let rules = parameters.fund_rules().as_slice().iter();
    rules
        .map(|rule| Claimable {
            fund_kind: rule.fund_kind.number(),
            amount_fen: if closed {
                0
            } else {
                remaining(receipt, rule).get()
            },
        })
        .collect()
}
