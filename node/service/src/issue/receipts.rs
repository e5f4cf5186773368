//! Issuing: what an issuer's node does before and after the ledger decides.
//!
//! ```text
//!   item ──what can be checked──► signed as it is: its details are kept elsewhere
//!   details ──rules──► draft ──business number──► on the ledger? ─► known, or refused
//!                                              └► prepared before? ─► the same request again
//!                                              └► salted, hashed ─► kept (synced) ─► signed
//! ```
//!
//! Details are on disk before anything is signed, so that whatever a block accepts can
//! be shown. A retry asks for the very same, so that it is the same request.

use piaolian_contracts::{
    chain::{Hash, Height},
    malformed::Malformed,
    receipts::{BUSINESS_NUMBERS, IssuerBusiness, RECEIPTS, ReceiptError},
    types::{BusinessNumber, ReceiptCode, ReceiptId},
};
use piaolian_custody::details_store::{DetailsStore, Kept, Sealer};
use piaolian_details::{Rules, issue::Draft, item};
use piaolian_ledger::{CommittedOutcome, StateView};
use piaolian_proto::v1::{
    self, CallOptions, ErrorDetail, IssueItem, IssueReceiptsRequest, IssueReceiptsResponse,
    IssuedReceipt, Outcome, Submitted, kept_receipt::Request, new_receipt::Form,
    transaction_body::Action,
};
use tokio::task::block_in_place;

use crate::{
    RECEIPTS_OF_A_CALL_MAX, Service,
    api_error::ApiError,
    error::{ServiceError, ServiceFault, detail_of_rule, details_of},
    submit::outcomes,
};

/// A receipt on its way to the ledger.
pub(crate) enum IssuePlan {
    /// The issuer's edge or the ledger refuses it already.
    Refused(Vec<ErrorDetail>),
    /// It is on the ledger, with these very details.
    Known(ReceiptId, Box<Kept>),
    /// To be issued, with the details that this node keeps of it, if it does.
    New(IssueItem, Option<Box<Kept>>),
}

/// What became of an order.
pub(crate) enum IssueResult {
    /// Issued by this call.
    Issued(ReceiptId),
    /// On the ledger already.
    Known(ReceiptId),
    /// Refused, and why.
    Refused(Vec<ErrorDetail>),
    /// Not decided yet: the caller did not want to wait.
    Waits,
}

impl Service {
    /// Issues receipts, with their details or with what goes on chain alone.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused as a whole.
    pub async fn issue_receipts(
        &self,
        request: IssueReceiptsRequest,
    ) -> Result<IssueReceiptsResponse, ServiceError> {
        if !(1..=RECEIPTS_OF_A_CALL_MAX).contains(&request.receipts.len()) {
            return Err(Malformed::new("receipts", "must be 1 to 1,000").into());
        }
        let is_repeatable = request
            .options
            .as_ref()
            .is_some_and(|o| !o.client_id.is_empty());
        let orders = block_in_place(|| -> Result<Vec<IssuePlan>, ServiceError> {
            let state = self.state();
            let rules = self.issuing.is_some().then(|| self.rules()).transpose()?;
            let orders = request
                .receipts
                .into_iter()
                .zip(0..)
                .map(|(receipt, place)| {
                    let order = self.order_of(&state, rules.as_ref(), receipt, place)?;
                    Ok(if is_repeatable {
                        order.asked_again()
                    } else {
                        order
                    })
                });
            orders.collect()
        })?;
        let (submitted, fates) = self.issue(&orders, request.options).await?;
        let receipts = if fates.iter().any(|fate| matches!(fate, IssueResult::Waits)) {
            Vec::new()
        } else {
            orders
                .iter()
                .zip(fates)
                .map(|(order, fate)| issued_receipt(order, fate))
                .collect()
        };
        Ok(IssueReceiptsResponse {
            submitted,
            receipts,
        })
    }

    fn order_of(
        &self,
        state: &StateView<'_>,
        rules: Option<&Rules>,
        receipt: v1::NewReceipt,
        place: usize,
    ) -> Result<IssuePlan, ServiceError> {
        match receipt.form {
            Some(Form::Item(item)) => Ok(match item::check(&item, rules) {
                Ok(()) => IssuePlan::New(item, None),
                Err(refused) => IssuePlan::Refused(details_of(&refused)),
            }),
            Some(Form::Details(details)) => {
                let rules = rules.ok_or(ApiError::NoDetailsHere)?;
                match Draft::of_details(details, rules) {
                    Ok(draft) => self.order(state, self.details()?, &draft),
                    Err(refused) => Ok(IssuePlan::Refused(details_of(&refused))),
                }
            }
            None => {
                let field = format!("receipts[{place}].form");
                Err(Malformed::new(field, "must be given").into())
            }
        }
    }

    /// The order for a draft: known, refused, prepared earlier, or new.
    pub(crate) fn order(
        &self,
        state: &StateView<'_>,
        details: &DetailsStore,
        draft: &Draft,
    ) -> Result<IssuePlan, ServiceError> {
        let number = draft.business_number().to_owned();
        let number = BusinessNumber::parse("business_number", number)?;
        if let Some(order) = self.on_the_ledger(state, details, draft, &number)? {
            return Ok(order);
        }
        let prepared = details.of_business(number.as_str())?;
        let earlier = prepared.into_iter().find_map(|kept| match &kept.request {
            Request::Issue(item) if draft.is_of(&kept.details) => Some((item.clone(), kept)),
            Request::Issue(_) | Request::Reverse(_) | Request::Notice(_) => None,
        });
        let (item, kept) = match earlier {
            Some(earlier) => earlier,
            None => self.sealed(state, draft)?,
        };
        Ok(IssuePlan::New(item, Some(Box::new(kept))))
    }

    /// Prepares a draft, and seals it for those who may read it.
    fn sealed(
        &self,
        state: &StateView<'_>,
        draft: &Draft,
    ) -> Result<(IssueItem, Kept), ServiceError> {
        let prepared = draft.prepare(&mut rand::rng());
        let code = ReceiptCode::parse("receipt_code", &prepared.item.receipt_code)?;
        let readers = self.readers(state, self.organisation, code)?;
        let sealer = Sealer {
            vault: &self.vault,
            readers: &readers,
        };
        Ok(sealer.issue(prepared)?)
    }

    /// What the ledger has under a draft's business number.
    fn on_the_ledger(
        &self,
        state: &StateView<'_>,
        details: &DetailsStore,
        draft: &Draft,
        number: &BusinessNumber,
    ) -> Result<Option<IssuePlan>, ServiceError> {
        let key = IssuerBusiness {
            issuer: self.organisation,
            number: number.clone(),
        };
        let Some(receipt) = BUSINESS_NUMBERS.get(state, &key)? else {
            return Ok(None);
        };
        let record = RECEIPTS
            .get(state, &receipt)?
            .ok_or_else(|| damaged(&receipt.to_string()))?;
        let kept = details.by_commitment(&record.details_commitment)?;
        Ok(Some(match kept.filter(|kept| draft.is_of(&kept.details)) {
            Some(kept) => IssuePlan::Known(receipt, Box::new(kept)),
            None => IssuePlan::Refused(vec![used(number.clone(), receipt)]),
        }))
    }

    /// Has the ledger judge all new orders in one transaction, their details kept before.
    pub(crate) async fn issue(
        &self,
        orders: &[IssuePlan],
        options: Option<CallOptions>,
    ) -> Result<(Option<Submitted>, Vec<IssueResult>), ServiceError> {
        let items: Vec<IssueItem> = orders.iter().filter_map(IssuePlan::item).cloned().collect();
        if items.is_empty() {
            return Ok((
                None,
                orders.iter().map(IssuePlan::fate_without_ledger).collect(),
            ));
        }
        let kept: Vec<&Kept> = orders.iter().filter_map(IssuePlan::new_kept).collect();
        if !kept.is_empty() {
            block_in_place(|| self.details()?.keep(kept).map_err(ServiceError::from))?;
        }
        let act = Action::IssueReceipts(v1::IssueReceipts { items });
        let acted = self.act(act, options).await?;
        let fates = match &acted.settled {
            Some(settled) => block_in_place(|| self.fates(orders, settled))?,
            None => orders.iter().map(|_| IssueResult::Waits).collect(),
        };
        Ok((Some(acted.submitted), fates))
    }

    /// What a block decided about each order.
    fn fates(
        &self,
        orders: &[IssuePlan],
        settled: &CommittedOutcome,
    ) -> Result<Vec<IssueResult>, ServiceError> {
        let mut place = 0;
        let mut fates = Vec::with_capacity(orders.len());
        for order in orders {
            let fate = match order.item() {
                Some(item) => {
                    let fate = self.fate(item, &settled.outcome, place, settled.height)?;
                    place += 1;
                    fate
                }
                None => order.fate_without_ledger(),
            };
            fates.push(fate);
        }
        Ok(fates)
    }

    fn fate(
        &self,
        item: &IssueItem,
        outcome: &Outcome,
        place: usize,
        height: Height,
    ) -> Result<IssueResult, ServiceError> {
        let receipt = outcome
            .items
            .get(place)
            .and_then(|item| item.receipt.clone());
        let Some(refusal) = outcomes::item_refusal(outcome, place, height) else {
            let receipt = receipt.ok_or_else(|| damaged(&item.business_number))?;
            return Ok(IssueResult::Issued(receipt.try_into()?));
        };
        // The same request may have been issued by another call meanwhile.
        let commitment = Hash::parse("details_commitment", &item.details_commitment)?;
        let issued = self.issued_with(&item.business_number, &commitment)?;
        Ok(issued.map_or_else(|| IssueResult::Refused(vec![refusal]), IssueResult::Known))
    }

    /// The receipt on the ledger with this business number and these details.
    fn issued_with(
        &self,
        business_number: &str,
        commitment: &Hash,
    ) -> Result<Option<ReceiptId>, ServiceError> {
        let state = self.state();
        let number = BusinessNumber::parse("business_number", business_number.to_owned())?;
        let key = IssuerBusiness {
            issuer: self.organisation,
            number,
        };
        let Some(receipt) = BUSINESS_NUMBERS.get(&state, &key)? else {
            return Ok(None);
        };
        let record = RECEIPTS.get(&state, &receipt)?;
        Ok(record
            .filter(|record| record.details_commitment == *commitment)
            .map(|_| receipt))
    }
}

impl IssuePlan {
    /// A repeated call must ask for the very same, also for what is on the ledger by
    /// now: then its client id gives the first outcome.
    fn asked_again(self) -> Self {
        match self {
            Self::Known(receipt, kept) => match &kept.request {
                Request::Issue(item) => Self::New(item.clone(), Some(kept)),
                Request::Reverse(_) | Request::Notice(_) => Self::Known(receipt, kept),
            },
            order @ (Self::Refused(_) | Self::New(..)) => order,
        }
    }

    fn item(&self) -> Option<&IssueItem> {
        match self {
            Self::New(item, _) => Some(item),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }

    /// The details that this node keeps.
    pub(crate) fn kept(&self) -> Option<&Kept> {
        match self {
            Self::New(_, kept) => kept.as_deref(),
            Self::Known(_, kept) => Some(kept),
            Self::Refused(_) => None,
        }
    }

    fn new_kept(&self) -> Option<&Kept> {
        match self {
            Self::New(_, kept) => kept.as_deref(),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }

    fn fate_without_ledger(&self) -> IssueResult {
        match self {
            Self::Refused(details) => IssueResult::Refused(details.clone()),
            Self::Known(receipt, _) => IssueResult::Known(*receipt),
            Self::New(..) => IssueResult::Waits,
        }
    }
}

fn issued_receipt(order: &IssuePlan, fate: IssueResult) -> IssuedReceipt {
    let kept = order.kept();
    let item = order.item();
    let business_number = kept
        .map(|kept| kept.details.business_number().to_owned())
        .or_else(|| item.map(|item| item.business_number.clone()))
        .unwrap_or_default();
    let (receipt, refusal) = match fate {
        IssueResult::Issued(receipt) => (Some(receipt), None),
        IssueResult::Known(receipt) => (Some(receipt), Some(known(&business_number, receipt))),
        IssueResult::Refused(details) => (None, details.into_iter().next()),
        IssueResult::Waits => (None, None),
    };
    let commitment = kept
        .map(|kept| kept.details.commitment().into())
        .or_else(|| item.map(|item| item.details_commitment.clone()));
    IssuedReceipt {
        business_number,
        receipt: receipt.map(Into::into),
        check_code: kept
            .map(|kept| kept.details.check_code().to_owned())
            .unwrap_or_default(),
        details_commitment: commitment.unwrap_or_default(),
        refusal,
    }
}

/// The refusal of a business number that was used for `receipt`.
fn used(business_number: BusinessNumber, receipt: ReceiptId) -> ErrorDetail {
    let error = ReceiptError::BusinessNumberUsed {
        business_number,
        receipt,
    };
    detail_of_rule(error.code(), &error.arguments())
}

fn known(business_number: &str, receipt: ReceiptId) -> ErrorDetail {
    BusinessNumber::parse("business_number", business_number.to_owned())
        .map(|number| used(number, receipt))
        .unwrap_or_default()
}

fn damaged(what: &str) -> ServiceFault {
    ServiceFault::Damaged(what.to_owned())
}
