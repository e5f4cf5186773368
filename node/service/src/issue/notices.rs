//! Creation of notices, with details that stay here.
//!
//! ```text
//!   notice, details ──rules──► on the ledger? ─► known
//!                         └──► prepared before? ─► the same again
//!                         └──► salted, hashed ─► kept (synced) ─► signed
//! ```
//!
//! As with receipts, details are on disk before anything is signed, and a retry submits the same bytes.

use piaolian_contracts::{
    malformed::Malformed,
    payments::{NOTICES, Notice},
    types::{DecisionNumber, OrganisationId, ReceiptCode},
};
use piaolian_custody::details_store::{DetailsStore, ReceiptEncryptor, StoredReceipt};
use piaolian_details::{Rules, issue::Draft};
use piaolian_ledger::{CommittedOutcome, StateView};
use piaolian_proto::v1::{
    CreateNotices, CreateNoticesRequest, CreateNoticesResponse, CreatedNotice, ErrorDetail,
    NewNotice, NoticeItem, NoticeRecord, ReceiptDetails, stored_receipt_record::Request,
    transaction_body::Action,
};
use tokio::task::block_in_place;

use super::{Issuance, RECEIPTS_OF_A_CALL_MAX};
use crate::{
    api_error::ApiError,
    error::{ServiceError, details_of},
    parse::required,
    submit::outcomes,
};

/// A notice on its way to the ledger.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every plan is of the large variant"
)]
enum NoticePlan {
    /// This node refuses it.
    Refused(Vec<ErrorDetail>),
    /// It is on the ledger, with the same details.
    Known(Box<Notice>, Box<StoredReceipt>),
    /// To be created, with its details if this node keeps them.
    New(NoticeItem, Option<Box<StoredReceipt>>),
}

impl Issuance {
    /// Creates notices; each is accepted, refused or rejected for itself.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused, or rejected as a whole.
    pub async fn create_notices(
        &self,
        request: CreateNoticesRequest,
    ) -> Result<CreateNoticesResponse, ServiceError> {
        if !(1..=RECEIPTS_OF_A_CALL_MAX).contains(&request.notices.len()) {
            return Err(Malformed::new("notices", "must be 1 to 1,000").into());
        }
        let numbers: Vec<String> = request.notices.iter().map(decision_number).collect();
        let is_repeatable = request
            .options
            .as_ref()
            .is_some_and(|options| !options.client_id.is_empty());
        let plans = block_in_place(|| self.plans_of_notices(request.notices))?;
        let plans: Vec<NoticePlan> = if is_repeatable {
            plans.into_iter().map(NoticePlan::into_repeatable).collect()
        } else {
            plans
        };
        let items: Vec<NoticeItem> = plans.iter().filter_map(NoticePlan::item).cloned().collect();
        let mut submitted = None;
        let mut decided = None;
        if !items.is_empty() {
            let kept: Vec<&StoredReceipt> = plans.iter().filter_map(NoticePlan::new_kept).collect();
            if !kept.is_empty() {
                block_in_place(|| self.store()?.keep(kept).map_err(ServiceError::from))?;
            }
            let action = Action::CreateNotices(CreateNotices { items });
            let action = self
                .submitter
                .sign_and_submit(action, request.options)
                .await?;
            submitted = Some(action.answer);
            decided = action.outcome;
            if decided.is_none() {
                return Ok(CreateNoticesResponse {
                    submitted,
                    notices: Vec::new(),
                });
            }
        }
        Ok(CreateNoticesResponse {
            submitted,
            notices: block_in_place(|| self.created(&numbers, &plans, decided.as_ref()))?,
        })
    }

    /// Returns the result of each notice. If the ledger rejected a notice because an earlier call created the same one,
    /// the result is that it was created.
    fn created(
        &self,
        numbers: &[String],
        plans: &[NoticePlan],
        decided: Option<&CommittedOutcome>,
    ) -> Result<Vec<CreatedNotice>, ServiceError> {
        let mut created = outcomes_of(numbers, plans, decided);
        let state = self.state();
        for (answer, plan) in created.iter_mut().zip(plans) {
            let NoticePlan::New(item, kept) = plan else {
                continue;
            };
            if answer.refusal.is_none() {
                continue;
            }
            let number = DecisionNumber::parse("decision_number", item.decision_number.clone())?;
            let same = |notice: &Notice| {
                notice.agency == self.organisation && stands(notice) && item_of(notice) == *item
            };
            if let Some(notice) = NOTICES.get(&state, &number)?.filter(same) {
                answer.refusal = None;
                answer.payment_code = notice.payment_code.to_string();
                answer.check_code = check_code(kept.as_deref());
            }
        }
        Ok(created)
    }

    fn plans_of_notices(&self, notices: Vec<NewNotice>) -> Result<Vec<NoticePlan>, ServiceError> {
        let state = self.state();
        let rules = self.issuer.is_some().then(|| self.rules()).transpose()?;
        let plan = |(place, notice): (usize, NewNotice)| {
            let field = format!("notices[{place}]");
            let item = required(&format!("{field}.notice"), notice.notice)?;
            match notice.details {
                None => Ok(NoticePlan::New(item, None)),
                Some(details) => {
                    check_agreement(&field, &item, &details)?;
                    let rules = rules.as_ref().ok_or(ApiError::NoDetailsHere)?;
                    self.plan_of_notice(&state, rules, item, details)
                }
            }
        };
        notices.into_iter().enumerate().map(plan).collect()
    }

    fn plan_of_notice(
        &self,
        state: &StateView<'_>,
        rules: &Rules,
        item: NoticeItem,
        details: ReceiptDetails,
    ) -> Result<NoticePlan, ServiceError> {
        let draft = match Draft::of_details(details, rules) {
            Ok(draft) => draft,
            Err(refused) => return Ok(NoticePlan::Refused(details_of(&refused))),
        };
        let store = self.store()?;
        if let Some(known) = known(state, store, &draft, &item)? {
            return Ok(known);
        }
        let prepared = store.of_business(draft.business_number())?;
        let same = |kept: &StoredReceipt| is_prepared(kept, &draft, &item);
        if let Some(earlier) = prepared.into_iter().find(same)
            && let Request::Notice(item) = &earlier.request
        {
            return Ok(NoticePlan::New(item.clone(), Some(Box::new(earlier))));
        }
        let prepared = draft.prepare(&mut rand::rng());
        let item = NoticeItem {
            check_code_salt: prepared.item.check_code_salt,
            check_code_hash: prepared.item.check_code_hash,
            details_commitment: prepared.item.details_commitment,
            ..item
        };
        let centre = OrganisationId::parse("centre", &item.centre)?;
        let code = ReceiptCode::parse("receipt_code", &item.receipt_code)?;
        let readers = self.recipients(state, centre, code)?;
        let encryptor = ReceiptEncryptor {
            vault: &self.vault,
            readers: &readers,
        };
        let (item, kept) = encryptor.notice(prepared.details, item)?;
        Ok(NoticePlan::New(item, Some(Box::new(kept))))
    }
}

fn decision_number(notice: &NewNotice) -> String {
    let item = notice.notice.as_ref();
    item.map(|item| item.decision_number.clone())
        .unwrap_or_default()
}

/// Checks that details are the notice's: they name its number, its amount and its code.
fn check_agreement(
    field: &str,
    item: &NoticeItem,
    details: &ReceiptDetails,
) -> Result<(), Malformed> {
    let main = details.main.clone().unwrap_or_default();
    let agree = [
        (
            "business_number",
            main.business_number == item.decision_number,
        ),
        ("total_fen", main.total_fen == item.amount_fen),
        ("receipt_code", main.receipt_code == item.receipt_code),
        ("receipt_number", main.receipt_number.is_none()),
    ];
    for (name, agrees) in agree {
        if !agrees {
            let field = format!("{field}.details.main.{name}");
            return Err(Malformed::new(field, "must agree with the notice"));
        }
    }
    Ok(())
}

/// Returns whether this was prepared earlier for the same notice with the same details.
fn is_prepared(kept: &StoredReceipt, draft: &Draft, item: &NoticeItem) -> bool {
    match &kept.request {
        Request::Notice(earlier) => draft.is_of(&kept.details) && asks_the_same(earlier, item),
        Request::Issue(_) | Request::Reverse(_) => false,
    }
}

/// Returns the item that asked for a notice.
fn item_of(notice: &Notice) -> NoticeItem {
    let record = NoticeRecord::from(notice);
    NoticeItem {
        decision_number: record.decision_number,
        region: record.region,
        amount_fen: record.amount_fen,
        due_date: record.due_date,
        late_fee_rate: record.late_fee_rate,
        late_fee_cap_fen: record.late_fee_cap_fen,
        centre: record.centre,
        receipt_code: record.receipt_code,
        check_code_salt: record.check_code_salt,
        check_code_hash: record.check_code_hash,
        details_commitment: record.details_commitment,
        attachment_hash: record.attachment_hash,
    }
}

/// Returns whether a notice is not cancelled. A cancelled notice can be created again, with another payment code.
const fn stands(notice: &Notice) -> bool {
    notice.cancellation.is_none()
}

/// Returns whether an earlier item is the same request, apart from the fields that the node fills in.
fn asks_the_same(earlier: &NoticeItem, item: &NoticeItem) -> bool {
    let earlier = NoticeItem {
        check_code_salt: item.check_code_salt.clone(),
        check_code_hash: item.check_code_hash.clone(),
        details_commitment: item.details_commitment.clone(),
        attachment_hash: item.attachment_hash.clone(),
        ..earlier.clone()
    };
    earlier == *item
}

/// Returns the notice on the ledger with a draft's number, if it has the draft's details and the requested terms.
fn known(
    state: &StateView<'_>,
    store: &DetailsStore,
    draft: &Draft,
    item: &NoticeItem,
) -> Result<Option<NoticePlan>, ServiceError> {
    let number = DecisionNumber::parse("decision_number", draft.business_number().to_owned())?;
    let Some(notice) = NOTICES.get(state, &number)?.filter(stands) else {
        return Ok(None);
    };
    let kept = store.by_commitment(&notice.details_commitment)?;
    // If details or terms differ, the ledger rejects the second notice of this number and gives the reason.
    let same = |kept: &StoredReceipt| is_prepared(kept, draft, item);
    Ok(kept
        .filter(same)
        .map(|kept| NoticePlan::Known(Box::new(notice), Box::new(kept))))
}

/// Returns the result of each notice, by this node and the block.
fn outcomes_of(
    numbers: &[String],
    plans: &[NoticePlan],
    decided: Option<&CommittedOutcome>,
) -> Vec<CreatedNotice> {
    let mut place = 0;
    let created = plans.iter().zip(numbers).map(|(plan, number)| {
        let mut notice = CreatedNotice {
            decision_number: number.clone(),
            ..CreatedNotice::default()
        };
        match plan {
            NoticePlan::Refused(details) => notice.refusal = details.first().cloned(),
            NoticePlan::Known(known, kept) => {
                notice.payment_code = known.payment_code.to_string();
                notice.check_code = kept.details.check_code().to_owned();
            }
            NoticePlan::New(_, kept) => {
                if let Some(decided) = decided {
                    notice.refusal =
                        outcomes::item_rejection(&decided.outcome, place, decided.height);
                    let item = decided.outcome.items.get(place);
                    if let Some(item) = item.filter(|_| notice.refusal.is_none()) {
                        notice.payment_code = item.reference.clone();
                        notice.check_code = check_code(kept.as_deref());
                    }
                }
                place += 1;
            }
        }
        notice
    });
    created.collect()
}

fn check_code(kept: Option<&StoredReceipt>) -> String {
    let check_code = kept.map(|kept| kept.details.check_code());
    check_code.unwrap_or_default().to_owned()
}

impl NoticePlan {
    /// Returns the plan of a call with a client id, which may be a repetition. A repetition must submit the same items,
    /// including notices that are on the ledger by now. Its client id then yields the outcome of the first call.
    fn into_repeatable(self) -> Self {
        match self {
            Self::Known(notice, kept) => match &kept.request {
                Request::Notice(item) => Self::New(item.clone(), Some(kept)),
                Request::Issue(_) | Request::Reverse(_) => Self::Known(notice, kept),
            },
            plan @ (Self::Refused(_) | Self::New(..)) => plan,
        }
    }

    const fn item(&self) -> Option<&NoticeItem> {
        match self {
            Self::New(item, _) => Some(item),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }

    fn new_kept(&self) -> Option<&StoredReceipt> {
        match self {
            Self::New(_, kept) => kept.as_deref(),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }
}
