//! Targets on which a step can have an effect, from the state or the books.

use piaolian_contracts::{
    alerts::Alert,
    chain::Height,
    governance::{ProposalRecord, ProposalState},
    organisations::{Key, KeyPurpose},
    receipts::Issuance,
    state::Table,
    storage::Record,
    types::OrganisationId,
    upgrades::VALIDATOR_SET,
};

use piaolian_proto::v1 as proto;

use super::{
    books::{Books, Case, Entry, Id, Number, Order, Said, Stand, id},
    harness::Harness,
    members::{MEMBERS, VALIDATORS},
};
use crate::{
    claim_model::steps::{NUMBERS, PAYERS, RECEIPTS, Step, Word, name, number},
    world::requests::{ActionRequest, seal},
};

/// One of what was found.
pub fn pick<T>(mut found: Vec<T>, place: usize) -> Option<T> {
    (!found.is_empty()).then(|| found.swap_remove(place % found.len()))
}

/// Redirects a step about a claim or voucher to one on which it can have an effect, if there is one.
pub fn choose(harness: &Harness, step: &Step, turn: usize) -> Step {
    let places = (0..PAYERS.len())
        .flat_map(|payer| (0..NUMBERS).map(move |number| (payer, number)))
        .flat_map(|(payer, number)| (1..=3).map(move |order| (payer, number, order)));
    let effective = places.filter(|place| has_effect(harness, step, *place));
    let aimed = effective.filter_map(|(payer, number, order)| step.on(payer, number, order));
    let mut aimed = pick(aimed.collect(), turn).unwrap_or_else(|| step.clone());
    if let Step::File {
        payer,
        receipts,
        tag,
        ..
    } = &mut aimed
    {
        // Mostly of one person, so that claims share their sums.
        *tag = u8::from(turn.is_multiple_of(4));
        let open = claimable(harness, *payer);
        if !open.is_empty() {
            let places = 0..receipts.len().min(open.len());
            *receipts = places
                .map(|place| open[(turn + place) % open.len()])
                .collect();
        }
    }
    aimed
}

/// The receipts that the holder authorised a payer to claim, and that nobody claims or has reimbursed whole.
fn claimable(harness: &Harness, payer: usize) -> Vec<usize> {
    let now = harness.world.next_moment().time.as_ms();
    let is_open = |receipt: &usize| {
        let slip = harness.slip(*receipt);
        let lock = harness.world.receipt(&name(*receipt)).lock;
        harness.books.has_consent(
            &receipt_id(harness, *receipt),
            &harness.id(PAYERS[payer]),
            now,
        ) && lock.is_none_or(|lock| lock.until.as_ms() <= now)
            && slip.is_unpaid()
    };
    (0..RECEIPTS).filter(is_open).collect()
}

fn has_effect(harness: &Harness, step: &Step, (payer, place, order): (usize, u8, u32)) -> bool {
    let books: &Books = &harness.books;
    let key = (harness.id(PAYERS[payer]), number(place));
    let case = books.claims.get(&key);
    let stands = |stand| case.is_some_and(|case| case.stand == stand);
    let now = harness.world.next_moment().time.as_ms();
    let is_open = stands(Stand::Open) && case.is_some_and(|case| now < case.until);
    match step {
        Step::File { payer: by, .. } => *by == payer && case.is_none() && order == 1,
        Step::Approve { .. } | Step::Reject { .. } | Step::Withdraw { .. } => is_open && order == 1,
        Step::Confirm { word, .. } => {
            let found = case.and_then(|case| case.orders.get(order as usize - 1));
            found.is_some_and(|order| is_word_about(order, *word))
        }
        Step::Correct { .. } => case.is_some_and(Case::counts) && order == 1,
        Step::Reassess { .. } => {
            let is_settled = |case: &Case| case.waiting().is_none();
            (stands(Stand::Paid) || stands(Stand::Late))
                && case.is_some_and(is_settled)
                && order == 1
        }
        Step::Unbook { receipt, .. } => {
            let slip = harness.slip(*receipt);
            let mut own = slip.booked.iter().filter(|entry| entry.part.by == key);
            order == 1 && case.is_none() && own.any(Entry::is_live)
        }
        Step::Repay { receipt, .. } => {
            let slip = harness.slip(*receipt);
            let mut own = slip.booked.iter().filter(|entry| entry.part.by == key);
            order == 1 && own.any(Entry::is_live)
        }
        Step::Authorise { .. }
        | Step::Revoke { .. }
        | Step::Lock { .. }
        | Step::Unlock { .. }
        | Step::Book { .. }
        | Step::Exchange { .. }
        | Step::Return { .. }
        | Step::Wait { .. } => false,
    }
}

/// Whether a word about an order would change something. A bank seldom pays an order once more.
fn is_word_about(order: &Order, word: Word) -> bool {
    match word {
        Word::Paid | Word::Otherwise { .. } => order.said != Some(Said::Paid),
        Word::Failed | Word::FailedForNow => order.waits(),
        Word::Recalled => order.waits() && order.is_recalled,
    }
}

/// A suspended member, if there is one.
pub fn suspended(harness: &Harness, who: usize) -> &'static str {
    let is_suspended = |name: &&str| harness.world.organisation(name).suspension.is_some();
    let found = MEMBERS.into_iter().filter(is_suspended).collect();
    pick(found, who).unwrap_or(MEMBERS[who])
}

/// A validator that has another key for its part, its key in the set, and the other.
pub fn rotatable(harness: &Harness, place: usize) -> Option<(&'static str, u32, u32)> {
    let found = VALIDATORS.into_iter().filter_map(|who| {
        let (used, spare) = validate_keys(harness, who)?;
        Some((who, used, spare))
    });
    pick(found.collect(), place)
}

fn validate_keys(harness: &Harness, who: &str) -> Option<(u32, u32)> {
    let set = VALIDATOR_SET
        .get(&harness.world.state, &())
        .unwrap()
        .unwrap();
    let organisation = harness.world.organisation(who);
    let keys = organisation.live_keys(KeyPurpose::Validate, harness.world.height);
    let is_used = |key: &&Key| set.by_key(&key.public_key).is_some();
    let (used, spare): (Vec<&Key>, Vec<&Key>) = keys.partition(is_used);
    Some((used.first()?.id.get(), spare.last()?.id.get()))
}

/// Seals a block that issued something, one that has no seal if there is one.
pub fn seal_one(harness: &Harness, place: usize) -> ActionRequest {
    let records = harness.world.state.table(Table::Issuances).into_values();
    let all = records.map(|record| Issuance::decode(&record).unwrap());
    let (sealed, open): (Vec<_>, Vec<_>) = all.partition(|issuance| issuance.seal.is_some());
    let found = pick(open, place).or_else(|| pick(sealed, place)).unwrap();
    seal(Height::new(found.height.get()), found.root, |_| ())
}

/// A receipt and a payer that is gone and holds something of it, or might; if it can be, something that it paid.
pub fn orphan(harness: &Harness, place: usize) -> (Id, String) {
    let leavers = harness.newcomers.iter().map(String::as_str);
    let leavers: Vec<&str> = leavers.chain([PAYERS[1]]).collect();
    let gone = leavers.iter().filter(|who| harness.is_gone(who));
    let gone: Vec<String> = gone.map(|who| harness.id(who)).collect();
    let receipts = &harness.books.receipts;
    let paid = receipts.iter().flat_map(|(id, slip)| {
        let unmarked = slip.booked.iter().filter(|entry| !entry.is_marked);
        let unmarked = unmarked.filter(|entry| entry.is_live() && gone.contains(&entry.part.by.0));
        unmarked.map(move |entry| (id.clone(), entry.part.by.0.clone()))
    });
    let held = receipts.iter().flat_map(|(id, slip)| {
        let held = slip.reserved.iter();
        let held = held.filter(|part| gone.contains(&part.by.0));
        held.map(move |part| (id.clone(), part.by.0.clone()))
    });
    let none = || {
        let id = receipt_id(harness, place % RECEIPTS);
        (id, harness.id(leavers[place % leavers.len()]))
    };
    let paid = pick(paid.collect(), place);
    paid.or_else(|| pick(held.collect(), place))
        .unwrap_or_else(none)
}

/// The number of a receipt of the harness.
fn receipt_id(harness: &Harness, receipt: usize) -> Id {
    let receipt: proto::ReceiptId = harness.world.receipt_id(&name(receipt)).into();
    id(Some(&receipt))
}

/// An insurer's claim and an order about which its bank owes a word, if there is one.
pub fn owed_order(harness: &Harness, place: usize) -> (String, String, u32) {
    let owed = harness.books.claims.iter();
    let owed = owed.filter_map(|((insurer, number), case)| {
        let order = u32::try_from(case.owed()?).unwrap() + 1;
        Some((insurer.clone(), number.clone(), order))
    });
    let none = || (harness.id(PAYERS[0]), number(0), 1);
    pick(owed.collect(), place).unwrap_or_else(none)
}

/// A booking that is marked as of a gone payer, or another: receipt, payer and voucher, order.
pub fn marked(harness: &Harness, place: usize) -> (Id, Number, u32) {
    let entries = harness.books.receipts.iter().flat_map(|(id, slip)| {
        let entries = slip.booked.iter();
        entries.map(move |entry| (id, entry))
    });
    let entries = entries.filter(|(_, entry)| entry.is_live() && entry.is_marked);
    let found = entries.map(|(id, entry)| (id.clone(), entry.part.by.clone(), entry.order));
    let none = || {
        let by = (harness.id(PAYERS[0]), number(0));
        (receipt_id(harness, 0), by, 0)
    };
    pick(found.collect(), place).unwrap_or_else(none)
}

/// A proposal that takes votes, or another.
pub fn open_proposal(harness: &Harness, place: usize) -> u64 {
    let records = harness.world.state.table(Table::Proposals).into_values();
    let proposals = records.map(|record| ProposalRecord::decode(&record).unwrap());
    let open = proposals.filter(|proposal| proposal.state == ProposalState::Open);
    let open = open.map(|proposal| proposal.id.get());
    pick(open.collect(), place).unwrap_or(place as u64 + 1)
}

fn open_alerts(harness: &Harness) -> impl Iterator<Item = Alert> {
    let alerts = harness.world.alerts().into_iter();
    alerts.filter(|alert| alert.closing.is_none())
}

/// The number of an open alert, or of none.
pub fn open_alert(harness: &Harness, place: usize) -> u64 {
    let open = open_alerts(harness).map(|alert| alert.id.get());
    pick(open.collect(), place).unwrap_or(place as u64 + 1)
}

/// A question that waits for an answer, by alert and the member that was asked.
pub fn question(harness: &Harness, place: usize) -> (u64, String) {
    let member = |id: OrganisationId| {
        let mut members = MEMBERS
            .iter()
            .filter(|name| harness.world.member(name).id == id);
        members.next().map(|name| (*name).to_owned())
    };
    let asked = open_alerts(harness).flat_map(|alert| {
        let open = alert
            .questions
            .into_iter()
            .filter(|asked| asked.explanation.is_none());
        open.map(move |asked| (alert.id.get(), asked.organisation))
    });
    let asked = asked.filter_map(|(alert, id)| Some((alert, member(id)?)));
    let nobody = || (place as u64 + 1, MEMBERS[place % MEMBERS.len()].to_owned());
    pick(asked.collect(), place).unwrap_or_else(nobody)
}
