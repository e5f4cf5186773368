//! `IssueReceipts`: an issuer issues a batch.

use piaolian_proto::v1 as proto;

use super::{
    new_receipt::{Content, Form, create},
    record::CheckCodeHash,
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict, SupervisedFacts},
    chain::Hash,
    fields::Field,
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{
        BeijingDate, BeijingTime, BusinessNumber, Fen, OrganisationId, Reason, ReceiptCode,
        ReceiptId, ReceiptNumber, Settlement,
    },
};

/// Most receipts of one batch.
pub const ISSUE_ITEMS_MAX: usize = 1_000;

/// Issues receipts (开具), each decided on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueReceipts {
    items: Vec<IssueItem>,
}

/// One receipt of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueItem {
    form: Form,
    agency: Option<OrganisationId>,
    total: Fen,
    settlement: Settlement,
}

impl IssueReceipts {
    /// The receipts to issue, in order.
    pub fn items(&self) -> &[IssueItem] {
        &self.items
    }
}

impl IssueItem {
    /// The issuer's number of the business.
    pub const fn business_number(&self) -> &BusinessNumber {
        &self.form.business_number
    }

    /// Code and number, if the issuer named the number.
    pub fn named_id(&self) -> Option<ReceiptId> {
        self.form.named_id()
    }

    /// The total.
    pub const fn total(&self) -> Fen {
        self.total
    }
}

impl TryFrom<proto::IssueReceipts> for IssueReceipts {
    type Error = Malformed;

    fn try_from(message: proto::IssueReceipts) -> Result<Self, Malformed> {
        if !(1..=ISSUE_ITEMS_MAX).contains(&message.items.len()) {
            return Err(Malformed::new("items", "must be 1 to 1,000"));
        }
        let parse = |(place, item): (usize, proto::IssueItem)| {
            IssueItem::try_from(item).map_err(|error| error.within(format_args!("items[{place}]")))
        };
        let items = message.items.into_iter().enumerate().map(parse);
        Ok(Self {
            items: items.collect::<Result<_, _>>()?,
        })
    }
}

impl TryFrom<proto::IssueItem> for IssueItem {
    type Error = Malformed;

    fn try_from(item: proto::IssueItem) -> Result<Self, Malformed> {
        let number = item.receipt_number;
        let number = number.map(|number| ReceiptNumber::parse("receipt_number", number));
        Ok(Self {
            form: Form {
                code: ReceiptCode::parse("receipt_code", &item.receipt_code)?,
                number: number.transpose()?,
                check_code: CheckCodeHash::parse(&item.check_code_salt, &item.check_code_hash)?,
                issue_date: BeijingDate::parse("issue_date", item.issue_date)?,
                issue_time: BeijingTime::parse("issue_time", item.issue_time)?,
                business_number: BusinessNumber::parse("business_number", item.business_number)?,
                details_commitment: Hash::parse("details_commitment", &item.details_commitment)?,
                attachment_hash: Hash::parse_optional("attachment_hash", &item.attachment_hash)?,
                late_reason: parse_late_reason(item.late_reason)?,
            },
            agency: Field::from_message("agency", item.agency)?,
            total: Fen::parse_unsigned("total_fen", item.total_fen)?,
            settlement: Settlement::parse_unsigned("settlement", item.settlement)?,
        })
    }
}

impl Handler for IssueReceipts {
    fn issue_count(&self) -> u32 {
        u32::try_from(self.items.len()).expect("there are at most ISSUE_ITEMS_MAX")
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        self.items.iter().map(|item| item.form.named_id()).collect()
    }

    fn attachments(&self) -> Vec<Option<Hash>> {
        let forms = self.items.iter().map(|item| &item.form);
        forms.map(|form| form.attachment_hash).collect()
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Issues
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Issuer)?;
        let mut effects = Effects::none();
        for item in &self.items {
            let issued = effects.issued.len();
            let verdict = match ctx.attempt(|ctx| item.execute(ctx, issued))? {
                Ok((id, issued_hash)) => {
                    effects.issued.push(issued_hash);
                    ItemVerdict::accepted(id)
                }
                Err(rejection) => ItemVerdict {
                    receipt: item.form.named_id(),
                    rejection: Some(rejection),
                    ..ItemVerdict::default()
                },
            };
            effects.items.push(verdict);
        }
        Ok(effects)
    }
}

impl IssueItem {
    /// Issues one receipt, the next after those that the batch issued.
    fn execute(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        issued: usize,
    ) -> Result<(ReceiptId, Hash), Stop> {
        let index = u32::try_from(issued).expect("there are at most ISSUE_ITEMS_MAX");
        create(ctx, ctx.actor_id(), index, &self.form, &self.content())
    }

    /// The fields that every new receipt has.
    pub(super) const fn form(&self) -> &Form {
        &self.form
    }

    /// The agency; `None`: the issuer itself.
    pub(super) const fn agency(&self) -> Option<OrganisationId> {
        self.agency
    }

    pub(super) fn content(&self) -> Content {
        Content {
            agency: self.agency,
            total: self.total,
            settlement: self.settlement,
            reverses: None,
            replaces: None,
        }
    }
}

/// Takes the reason of a late issue; an empty text is none.
fn parse_late_reason(reason: String) -> Result<Option<Reason>, Malformed> {
    if reason.is_empty() {
        return Ok(None);
    }
    Reason::parse("late_reason", reason).map(Some)
}
