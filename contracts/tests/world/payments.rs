//! Requests of agencies, banks and finance, with defaults for everything that a test does not name.

use bytes::Bytes;
use piaolian_contracts::{
    chain::Hash,
    payments::{
        BANK_ENTRIES, BankEntry, BankPayment, NOTICES, Notice, ReconciliationDay, reconciliation,
    },
    receipts::CheckCodeHash,
    state::Table,
    types::BeijingDate,
};
use piaolian_proto::v1::{self as proto, payment_report, transaction_body::Action};

use super::{
    CODE, TODAY, World,
    requests::{ActionRequest, Request, business},
};

/// The region whose money it is, when a story does not say.
pub const REGION: &str = "350100";
/// The amount of a notice when a test names none, in fen.
pub const FINE: i64 = 200_00;
/// When it is due: a fortnight after the founding.
pub const DUE: u32 = 20_261_205;
/// Notices are the police's, and their receipts the hospital's, which has numbers.
pub const AGENCY: &str = "police";
pub const CENTRE: &str = "hospital";
pub const BANK: &str = "bank";

/// A decision number of 16 digits.
pub fn decision(number: u64) -> String {
    format!("350100{number:010}")
}

/// A world with an agency, a bank, and the centre's mandate for the agency.
pub fn paying_world() -> World {
    use piaolian_contracts::organisations::Role;
    let mut world = World::new();
    world
        .admit(AGENCY, &[Role::CollectingAgency])
        .admit(BANK, &[Role::AgentBank])
        .accept(mandate(CENTRE, AGENCY));
    world
}

pub fn mandate(centre: &str, agency: &str) -> ActionRequest {
    set_mandate(centre, agency, true)
}

pub fn set_mandate(centre: &str, agency: &str, active: bool) -> ActionRequest {
    let agency = agency.to_owned();
    business(centre, move |world| {
        Action::SetMandate(proto::SetMandate {
            agency: world.member(&agency).id.to_string(),
            receipt_code: CODE.to_owned(),
            active,
        })
    })
}

/// Creates notices of the police; the centre is named by its member's name.
pub struct Notices {
    actor: String,
    items: Vec<proto::NoticeItem>,
}

/// A notice of 200 yuan, due in a fortnight, with the late fee of a fine.
pub fn notice_item(number: u64) -> proto::NoticeItem {
    let salt = [8; 16];
    proto::NoticeItem {
        decision_number: decision(number),
        region: REGION.to_owned(),
        amount_fen: FINE,
        due_date: DUE,
        late_fee_rate: 300,
        late_fee_cap_fen: 0,
        centre: CENTRE.to_owned(),
        receipt_code: CODE.to_owned(),
        check_code_salt: salt.to_vec().into(),
        check_code_hash: CheckCodeHash::hash_of(&salt, "qfmejx").into(),
        details_commitment: Hash::sha256(&[&number.to_be_bytes()]).into(),
        attachment_hash: Bytes::new(),
    }
}

pub fn notice(number: u64) -> Notices {
    notices([number])
}

pub fn notices(numbers: impl IntoIterator<Item = u64>) -> Notices {
    Notices {
        actor: AGENCY.to_owned(),
        items: numbers.into_iter().map(notice_item).collect(),
    }
}

impl Notices {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    /// Alters every item.
    pub fn with(mut self, alter: impl FnMut(&mut proto::NoticeItem)) -> Self {
        self.items.iter_mut().for_each(alter);
        self
    }
}

impl Request for Notices {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        let mut items = self.items.clone();
        for item in &mut items {
            item.centre = world.member(&item.centre).id.to_string();
        }
        Action::CreateNotices(proto::CreateNotices { items })
    }
}

pub fn cancel(number: u64) -> ActionRequest {
    business(AGENCY, move |_| {
        Action::CancelNotice(proto::CancelNotice {
            decision_number: decision(number),
            reason: "wrong plate".to_owned(),
        })
    })
}

/// Reports payments at the bank; what the story leaves open is as it should be.
pub struct Report {
    actor: String,
    items: Vec<Paid>,
}

/// One payment, whose time and day are those of the block when the story sets none.
#[derive(Clone)]
pub struct Paid {
    message: proto::PaymentReport,
    paid_ms: Option<u64>,
    account_day: Option<u32>,
}

/// A payment of 200 yuan for a notice.
pub fn paid(reference: &str, number: u64) -> Paid {
    Paid {
        message: proto::PaymentReport {
            bank_reference: reference.to_owned(),
            amount_fen: FINE,
            paid_ms: 0,
            account_day: 0,
            region: REGION.to_owned(),
            notice: Some(payment_report::Notice::DecisionNumber(decision(number))),
        },
        paid_ms: None,
        account_day: None,
    }
}

impl Paid {
    pub fn with(mut self, alter: impl FnOnce(&mut proto::PaymentReport)) -> Self {
        alter(&mut self.message);
        self
    }

    pub fn fen(self, amount: i64) -> Self {
        self.with(|paid| paid.amount_fen = amount)
    }

    pub fn at_ms(mut self, paid_ms: u64) -> Self {
        self.paid_ms = Some(paid_ms);
        self
    }

    pub fn accounted(mut self, day: u32) -> Self {
        self.account_day = Some(day);
        self
    }

    pub fn by_code(self, code: &str) -> Self {
        self.with(|paid| paid.notice = Some(payment_report::Notice::PaymentCode(code.to_owned())))
    }
}

pub fn report(reference: &str, number: u64) -> Report {
    report_all(vec![paid(reference, number)])
}

pub fn report_all(items: Vec<Paid>) -> Report {
    Report {
        actor: BANK.to_owned(),
        items,
    }
}

impl Report {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }
}

impl Request for Report {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        let now = world.next_moment().time;
        let items = self.items.iter().map(|paid| {
            let paid_ms = paid.paid_ms.unwrap_or(now.as_ms());
            let paid_at = piaolian_contracts::types::BlockTime::from_ms(paid_ms);
            let day = BeijingDate::at(paid_at).get();
            proto::PaymentReport {
                paid_ms,
                account_day: paid.account_day.unwrap_or(day),
                ..paid.message.clone()
            }
        });
        Action::ReportPayments(proto::ReportPayments {
            items: items.collect(),
        })
    }
}

/// Has a notice of the police paid: the receipt that the hospital issued for it has this
/// name from now on.
pub fn receipted<'w>(world: &'w mut World, number: u64, name: &str) -> &'w mut World {
    world
        .accept(notice(number))
        .accept(report(&format!("B{number}"), number));
    let payment = world.notice(number).payment.unwrap();
    world.call(name, payment.receipt)
}

/// A part of the bank's statement of today.
pub struct Statement {
    actor: String,
    message: proto::SubmitStatement,
}

/// A line of 200 yuan.
pub fn line(reference: &str, number: u64) -> proto::StatementLine {
    proto::StatementLine {
        bank_reference: reference.to_owned(),
        notice: decision(number),
        amount_fen: FINE,
    }
}

pub fn state(lines: impl IntoIterator<Item = proto::StatementLine>) -> Statement {
    Statement {
        actor: BANK.to_owned(),
        message: proto::SubmitStatement {
            account_day: TODAY,
            region: REGION.to_owned(),
            lines: lines.into_iter().collect(),
            last: false,
            declared_count: 0,
            declared_sum_fen: 0,
        },
    }
}

impl Statement {
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    pub fn of(mut self, day: u32) -> Self {
        self.message.account_day = day;
        self
    }

    pub fn with(mut self, alter: impl FnOnce(&mut proto::SubmitStatement)) -> Self {
        alter(&mut self.message);
        self
    }

    /// The last part, with what all parts come to.
    pub fn last(self, count: u64, sum: i64) -> Self {
        self.with(|part| {
            (part.last, part.declared_count, part.declared_sum_fen) = (true, count, sum);
        })
    }
}

impl Request for Statement {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, _: &World) -> Action {
        Action::SubmitStatement(self.message.clone())
    }
}

/// Closes a day without a reason.
pub fn close(day: u32) -> ActionRequest {
    close_for(REGION, day, "")
}

pub fn close_for(region: &str, day: u32, reason: &str) -> ActionRequest {
    let (region, reason) = (region.to_owned(), reason.to_owned());
    business("finance", move |_| {
        Action::CloseDay(proto::CloseDay {
            account_day: day,
            region: region.clone(),
            incomplete_reason: reason.clone(),
        })
    })
}

/// A Beijing date.
pub fn date(day: u32) -> BeijingDate {
    BeijingDate::parse("", day).unwrap()
}

impl World {
    pub fn notice(&self, number: u64) -> Notice {
        let number = decision(number).parse().unwrap();
        NOTICES.get(&self.state, &number).unwrap().unwrap()
    }

    pub fn entry(&self, bank: &str, reference: &str) -> BankEntry {
        let payment = BankPayment {
            bank: self.member(bank).id,
            reference: reference.parse().unwrap(),
        };
        BANK_ENTRIES.get(&self.state, &payment).unwrap().unwrap()
    }

    /// A day of the usual region with the usual bank; `None` when nothing counts in it.
    pub fn day(&self, day: u32) -> Option<ReconciliationDay> {
        let days = reconciliation(&self.state, &REGION.parse().unwrap(), date(day)).unwrap();
        let bank = self.member(BANK).id;
        days.into_iter().find(|day| day.bank == bank)
    }

    pub fn receipt_count(&self) -> usize {
        self.state.table(Table::Receipts).len()
    }
}
