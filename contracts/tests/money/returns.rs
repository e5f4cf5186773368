//! Money that moves and comes back (docs/DOMAIN.md §10).
//!
//! Every story checks the invariant: what is out, less what open recoveries name, is never more than may be claimed.

mod bookings;
mod corrections;
mod movements;
mod orders;
mod statements;

use piaolian_contracts::types::Fen;
use piaolian_proto::v1 as proto;

use crate::{
    invariants,
    world::{
        World,
        claims::claim_status,
        reimbursement::{
            Ask, approve, authorise, came_back, file, paid_out, publish, tier, with_policy,
        },
        requests::{book, issue},
    },
};
/// A receipt of 1,000 yuan, of which the insurer's terms give 70 %, and nothing is decided.
fn with_receipt() -> World {
    let mut world = with_policy();
    world
        .accept(publish("SEVENTY").on_terms(|terms| {
            terms.deductible_fen = 0;
            terms.tiers = vec![tier(0, 7_000)];
            terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::Uncapped(true));
        }))
        .accept(issue("R").costing(1_000_00))
        .accept(authorise("R", "insurer"));
    world
}

/// The insurer's claim over R, decided: the bank is to pay 700 yuan.
fn decided() -> World {
    let mut world = with_receipt();
    world
        .accept(file("C-1", &["R"]).under("SEVENTY"))
        .accept(approve("C-1"));
    world
}

fn paid() -> World {
    let mut world = decided();
    world.accept(paid_out("C-1"));
    world
}

/// The employer books an amount of R by hand.
fn employer_books(voucher: &str, amount: i64) -> impl crate::world::requests::Request {
    book("R", "employer", voucher, amount).with(|book| book.presented_total_fen = 1_000_00)
}

/// The money that is out of R, and the part of it that must come back.
fn out(world: &World) -> [i64; 2] {
    invariants::check(world);
    let receipt = world.receipt("R");
    [receipt.booked(), receipt.open_recovery()].map(Fen::get)
}

fn alerts(world: &World, kind: &str) -> usize {
    world
        .alerts()
        .iter()
        .filter(|alert| alert.kind.name == kind)
        .count()
}

/// Money of the claim's first order came back from R, under a reference.
fn back(amount: i64, reference: &str) -> Ask<proto::ConfirmReturn> {
    let reference = reference.to_owned();
    came_back("R", "insurer", "C-1", 1, amount)
        .with(move |back| back.bank_reference = reference.clone())
}
