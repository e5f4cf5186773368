//! Notices, as they are made: with details that stay here.
//!
//! ```text
//!   notice, details ──rules──► on the ledger? ─► known
//!                         └──► prepared before? ─► the same again
//!                         └──► salted, hashed ─► kept (synced) ─► signed
//! ```
//!
//! As with receipts, details are on disk before anything is signed, and a retry asks
//! for the very same.

use piaolian_contracts::{
    malformed::Malformed,
    payments::{NOTICES, Notice},
    types::{DecisionNumber, OrganisationId, ReceiptCode},
};
use piaolian_custody::details_store::{DetailsStore, Kept, Sealer};
use piaolian_details::{Rules, issue::Draft};
use piaolian_ledger::{CommittedOutcome, StateView};
use piaolian_proto::v1::{
    CreateNotices, CreateNoticesRequest, CreateNoticesResponse, CreatedNotice, ErrorDetail,
    NewNotice, NoticeItem, NoticeRecord, ReceiptDetails, kept_receipt::Request,
    transaction_body::Action,
};
use tokio::task::block_in_place;

use crate::{
    RECEIPTS_OF_A_CALL_MAX, Service,
    error::{ServiceError, details_of},
    parse::required,
    submit::outcomes,
};

/// A notice on its way to the ledger.
enum IssuePlan {
    /// This node refuses it.
    Refused(Vec<ErrorDetail>),
    /// It is on the ledger, with these very details.
    Known(Box<Notice>, Box<Kept>),
    /// To be created, with the details that this node keeps of it, if it does.
    New(NoticeItem, Option<Box<Kept>>),
}

impl Service {
    /// Creates notices; each is judged for itself.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused as a whole.
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
        let orders = block_in_place(|| self.orders_of_notices(request.notices))?;
        let orders: Vec<IssuePlan> = if is_repeatable {
            orders.into_iter().map(IssuePlan::asked_again).collect()
        } else {
            orders
        };
        let items: Vec<NoticeItem> = orders.iter().filter_map(IssuePlan::item).cloned().collect();
        let mut submitted = None;
        let mut settled = None;
        if !items.is_empty() {
            let kept: Vec<&Kept> = orders.iter().filter_map(IssuePlan::new_kept).collect();
            if !kept.is_empty() {
                block_in_place(|| self.details()?.keep(kept).map_err(ServiceError::from))?;
            }
            let act = Action::CreateNotices(CreateNotices { items });
            let acted = self.act(act, request.options).await?;
            submitted = Some(acted.submitted);
            settled = acted.settled;
            if settled.is_none() {
                return Ok(CreateNoticesResponse {
                    submitted,
                    notices: Vec::new(),
                });
            }
        }
        Ok(CreateNoticesResponse {
            submitted,
            notices: block_in_place(|| self.created(&numbers, &orders, settled.as_ref()))?,
        })
    }

    /// What became of each notice. What the ledger refused because it has the very same
    /// already, from a call before, is answered as created.
    fn created(
        &self,
        numbers: &[String],
        orders: &[IssuePlan],
        settled: Option<&CommittedOutcome>,
    ) -> Result<Vec<CreatedNotice>, ServiceError> {
        let mut created = outcomes_of(numbers, orders, settled);
        let state = self.state();
        for (answer, order) in created.iter_mut().zip(orders) {
            let IssuePlan::New(item, kept) = order else {
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

    fn orders_of_notices(&self, notices: Vec<NewNotice>) -> Result<Vec<IssuePlan>, ServiceError> {
        let state = self.state();
        let rules = self.issuing.is_some().then(|| self.rules()).transpose()?;
        let order = |(place, notice): (usize, NewNotice)| {
            let field = format!("notices[{place}]");
            let item = required(&format!("{field}.notice"), notice.notice)?;
            match notice.details {
                None => Ok(IssuePlan::New(item, None)),
                Some(details) => {
                    check_agreement(&field, &item, &details)?;
                    let rules = rules.as_ref().ok_or(crate::ApiError::NoDetailsHere)?;
                    self.order_of_notice(&state, rules, item, details)
                }
            }
        };
        notices.into_iter().enumerate().map(order).collect()
    }

    fn order_of_notice(
        &self,
        state: &StateView<'_>,
        rules: &Rules,
        item: NoticeItem,
        details: ReceiptDetails,
    ) -> Result<IssuePlan, ServiceError> {
        let draft = match Draft::of_details(details, rules) {
            Ok(draft) => draft,
            Err(refused) => return Ok(IssuePlan::Refused(details_of(&refused))),
        };
        let store = self.details()?;
        if let Some(known) = known(state, store, &draft, &item)? {
            return Ok(known);
        }
        let prepared = store.of_business(draft.business_number())?;
        let same = |kept: &Kept| is_prepared(kept, &draft, &item);
        if let Some(earlier) = prepared.into_iter().find(same)
            && let Request::Notice(item) = &earlier.request
        {
            return Ok(IssuePlan::New(item.clone(), Some(Box::new(earlier))));
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
        let readers = self.readers(state, centre, code)?;
        let sealer = Sealer {
            vault: &self.vault,
            readers: &readers,
        };
        let (item, kept) = sealer.notice(prepared.details, item)?;
        Ok(IssuePlan::New(item, Some(Box::new(kept))))
    }
}

fn decision_number(notice: &NewNotice) -> String {
    let item = notice.notice.as_ref();
    item.map(|item| item.decision_number.clone())
        .unwrap_or_default()
}

/// The details are of the notice: they name its number, its amount and its code.
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

/// Whether this is what was prepared earlier for the same notice with the same details.
fn is_prepared(kept: &Kept, draft: &Draft, item: &NoticeItem) -> bool {
    match &kept.request {
        Request::Notice(earlier) => draft.is_of(&kept.details) && asks_the_same(earlier, item),
        Request::Issue(_) | Request::Reverse(_) => false,
    }
}

/// What was asked for when a notice was created.
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

/// One that was cancelled is made anew, with another payment code.
const fn stands(notice: &Notice) -> bool {
    notice.cancellation.is_none()
}

/// Whether what was prepared earlier asks for the same, apart from what the node made.
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

/// The notice on the ledger with a draft's number, if it has the draft's details and the
/// very terms that are asked for.
fn known(
    state: &StateView<'_>,
    store: &DetailsStore,
    draft: &Draft,
    item: &NoticeItem,
) -> Result<Option<IssuePlan>, ServiceError> {
    let number = DecisionNumber::parse("decision_number", draft.business_number().to_owned())?;
    let Some(notice) = NOTICES.get(state, &number)?.filter(stands) else {
        return Ok(None);
    };
    let kept = store.by_commitment(&notice.details_commitment)?;
    // With other details or terms the ledger says why it takes no second notice of this number.
    let same = |kept: &Kept| is_prepared(kept, draft, item);
    Ok(kept
        .filter(same)
        .map(|kept| IssuePlan::Known(Box::new(notice), Box::new(kept))))
}

/// What became of each notice by this node and the block.
fn outcomes_of(
    numbers: &[String],
    orders: &[IssuePlan],
    settled: Option<&CommittedOutcome>,
) -> Vec<CreatedNotice> {
    let mut place = 0;
    let created = orders.iter().zip(numbers).map(|(order, number)| {
        let mut notice = CreatedNotice {
            decision_number: number.clone(),
            ..CreatedNotice::default()
        };
        match order {
            IssuePlan::Refused(details) => notice.refusal = details.first().cloned(),
            IssuePlan::Known(known, kept) => {
                notice.payment_code = known.payment_code.to_string();
                notice.check_code = kept.details.check_code().to_owned();
            }
            IssuePlan::New(_, kept) => {
                if let Some(settled) = settled {
                    notice.refusal =
                        outcomes::item_refusal(&settled.outcome, place, settled.height);
                    let item = settled.outcome.items.get(place);
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

fn check_code(kept: Option<&Kept>) -> String {
    let check_code = kept.map(|kept| kept.details.check_code());
    check_code.unwrap_or_default().to_owned()
}

impl IssuePlan {
    /// A repeated call must ask for the very same, also for what is on the ledger by
    /// now: then its client id gives the first outcome.
    fn asked_again(self) -> Self {
        match self {
            Self::Known(notice, kept) => match &kept.request {
                Request::Notice(item) => Self::New(item.clone(), Some(kept)),
                Request::Issue(_) | Request::Reverse(_) => Self::Known(notice, kept),
            },
            order @ (Self::Refused(_) | Self::New(..)) => order,
        }
    }

    const fn item(&self) -> Option<&NoticeItem> {
        match self {
            Self::New(item, _) => Some(item),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }

    fn new_kept(&self) -> Option<&Kept> {
        match self {
            Self::New(_, kept) => kept.as_deref(),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }
}
