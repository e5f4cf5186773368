//! Issuance of receipts.
//!
//! ```text
//!   item ──checked as far as it goes──► signed as it is: its details are kept elsewhere
//!   details ──rules──► draft ──business number──► on the ledger? ─► known, or refused
//!                                              └► prepared before? ─► the same request again
//!                                              └► salted, hashed ─► kept (synced) ─► signed
//! ```

use piaolian_contracts::{
    chain::{Hash, Height},
    malformed::Malformed,
    receipts::{BUSINESS_NUMBERS, IssuerBusiness, RECEIPTS, ReceiptError},
    types::{BusinessNumber, Reason, ReceiptCode, ReceiptId},
};
use piaolian_custody::details_store::{DetailsStore, ReceiptEncryptor, StoredReceipt};
use piaolian_details::{Rules, issue::Draft, item};
use piaolian_ledger::{CommittedOutcome, StateView};
use piaolian_proto::v1::{
    self, CallOptions, ErrorDetail, IssueItem, IssueReceiptsRequest, IssueReceiptsResponse,
    IssuedReceipt, Outcome, Submitted, new_receipt::Form, stored_receipt_record::Request,
    transaction_body::Action,
};
use tokio::task::block_in_place;

use super::{
    Issuance, RECEIPTS_OF_A_CALL_MAX,
    plan::{IssuePlan, IssueResult},
};
use crate::{
    api_error::ApiError,
    error::{ServiceError, ServiceFault, detail_of_rule, details_of},
    submit::outcomes,
};

impl Issuance {
    /// Issues receipts, given with their details or with only the fields that go on the chain.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused, or rejected as a whole.
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
        let plans = block_in_place(|| -> Result<Vec<IssuePlan>, ServiceError> {
            let state = self.state();
            let rules = self.issuer.is_some().then(|| self.rules()).transpose()?;
            let plans = request
                .receipts
                .into_iter()
                .zip(0..)
                .map(|(receipt, place)| {
                    let plan = self.plan_of(&state, rules.as_ref(), receipt, place)?;
                    Ok(if is_repeatable {
                        plan.into_repeatable()
                    } else {
                        plan
                    })
                });
            plans.collect()
        })?;
        let (submitted, results) = self.issue(&plans, request.options).await?;
        let receipts = if results
            .iter()
            .any(|result| matches!(result, IssueResult::Waits))
        {
            Vec::new()
        } else {
            plans
                .iter()
                .zip(results)
                .map(|(plan, result)| issued_receipt(plan, result))
                .collect()
        };
        Ok(IssueReceiptsResponse {
            submitted,
            receipts,
        })
    }

    fn plan_of(
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
                    Ok(draft) => {
                        if !receipt.late_reason.is_empty() {
                            Reason::parse("late_reason", receipt.late_reason.clone())?;
                        }
                        let plan = self.plan(state, self.store()?, &draft)?;
                        Ok(plan.with_late_reason(&receipt.late_reason))
                    }
                    Err(refused) => Ok(IssuePlan::Refused(details_of(&refused))),
                }
            }
            None => {
                let field = format!("receipts[{place}].form");
                Err(Malformed::new(field, "must be given").into())
            }
        }
    }

    /// Returns the plan for a draft: known, refused, prepared earlier, or new.
    pub(super) fn plan(
        &self,
        state: &StateView<'_>,
        details: &DetailsStore,
        draft: &Draft,
    ) -> Result<IssuePlan, ServiceError> {
        let number = draft.business_number().to_owned();
        let number = BusinessNumber::parse("business_number", number)?;
        if let Some(plan) = self.on_the_ledger(state, details, draft, &number)? {
            return Ok(plan);
        }
        let prepared = details.of_business(number.as_str())?;
        let earlier = prepared.into_iter().find_map(|kept| match &kept.request {
            Request::Issue(item) if draft.is_of(&kept.details) => Some((item.clone(), kept)),
            Request::Issue(_) | Request::Reverse(_) | Request::Notice(_) => None,
        });
        let (item, kept) = match earlier {
            Some(earlier) => earlier,
            None => self.prepare(state, draft)?,
        };
        Ok(IssuePlan::New(item, Some(Box::new(kept))))
    }

    /// Prepares a draft, and encrypts it for its recipients.
    fn prepare(
        &self,
        state: &StateView<'_>,
        draft: &Draft,
    ) -> Result<(IssueItem, StoredReceipt), ServiceError> {
        let prepared = draft.prepare(&mut rand::rng());
        let code = ReceiptCode::parse("receipt_code", &prepared.item.receipt_code)?;
        let readers = self.recipients(state, self.organisation, code)?;
        let encryptor = ReceiptEncryptor {
            vault: &self.vault,
            readers: &readers,
        };
        Ok(encryptor.issue(prepared)?)
    }

    /// Returns the plan of a draft whose business number is on the ledger.
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

    /// Submits all new items in one transaction, after their details are kept.
    pub(super) async fn issue(
        &self,
        plans: &[IssuePlan],
        options: Option<CallOptions>,
    ) -> Result<(Option<Submitted>, Vec<IssueResult>), ServiceError> {
        let items: Vec<IssueItem> = plans.iter().filter_map(IssuePlan::item).cloned().collect();
        if items.is_empty() {
            return Ok((None, plans.iter().map(IssuePlan::early_result).collect()));
        }
        let kept: Vec<&StoredReceipt> = plans.iter().filter_map(IssuePlan::new_kept).collect();
        if !kept.is_empty() {
            block_in_place(|| self.store()?.keep(kept).map_err(ServiceError::from))?;
        }
        let action = Action::IssueReceipts(v1::IssueReceipts { items });
        let submitted = self.submitter.sign_and_submit(action, options).await?;
        let results = match &submitted.outcome {
            Some(decided) => block_in_place(|| self.results(plans, decided))?,
            None => plans.iter().map(|_| IssueResult::Waits).collect(),
        };
        Ok((Some(submitted.answer), results))
    }

    /// Returns what a block decided about each plan.
    fn results(
        &self,
        plans: &[IssuePlan],
        decided: &CommittedOutcome,
    ) -> Result<Vec<IssueResult>, ServiceError> {
        let mut place = 0;
        let mut results = Vec::with_capacity(plans.len());
        for plan in plans {
            let result = match plan.item() {
                Some(item) => {
                    let result = self.result(item, &decided.outcome, place, decided.height)?;
                    place += 1;
                    result
                }
                None => plan.early_result(),
            };
            results.push(result);
        }
        Ok(results)
    }

    fn result(
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
        let Some(refusal) = outcomes::item_rejection(outcome, place, height) else {
            let receipt = receipt.ok_or_else(|| damaged(&item.business_number))?;
            return Ok(IssueResult::Issued(receipt.try_into()?));
        };
        // Another call may have issued the same request in the meantime.
        let commitment = Hash::parse("details_commitment", &item.details_commitment)?;
        let issued = self.issued_with(&item.business_number, &commitment)?;
        Ok(issued.map_or_else(|| IssueResult::Refused(vec![refusal]), IssueResult::Known))
    }

    /// Returns the receipt on the ledger with this business number and these details.
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

fn issued_receipt(plan: &IssuePlan, result: IssueResult) -> IssuedReceipt {
    let kept = plan.kept();
    let item = plan.item();
    let business_number = kept
        .map(|kept| kept.details.business_number().to_owned())
        .or_else(|| item.map(|item| item.business_number.clone()))
        .unwrap_or_default();
    let (receipt, refusal) = match result {
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

/// Returns the refusal of a business number that was used for `receipt`.
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
