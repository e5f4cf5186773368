//! One bank reference stands for one movement of money (A18).

use piaolian_contracts::{
    organisations::Role,
    payments::{MOVEMENTS, MovementKey},
    types::Fen,
};

use super::{alerts, back, decided, out, paid};
use crate::world::{
    payments::{mandate, notice, report},
    reimbursement::{approve, authorise, correct, file, paid_out},
    requests::issue,
};

#[test]
fn one_transfer_confirms_one_payout() {
    let mut world = decided();
    world
        .accept(issue("S").costing(1_000_00))
        .accept(authorise("S", "insurer"))
        .accept(file("C-2", &["S"]).under("SEVENTY"))
        .accept(approve("C-2"));
    let under =
        |number: &str| paid_out(number).with(|confirm| confirm.bank_reference = "B1".to_owned());
    world.accept(under("C-1"));
    let used_for = format!("payout 1 of claim C-1 of {}", world.member("insurer").id);
    world
        .reject(under("C-2"), "ReferenceUsed")
        .naming(["bank", "B1", &used_for, "700.00"]);
    assert_eq!(alerts(&world, "ReferenceReused"), 1);
    assert_eq!(world.receipt("S").booked(), Fen::ZERO);
    let key = MovementKey {
        bank: world.member("bank").id,
        bank_reference: "B1".parse().unwrap(),
    };
    let movement = MOVEMENTS.get(&world.state, &key).unwrap().unwrap();
    assert_eq!(movement.amount, Fen::new(700_00));
    // The same number of another bank is another movement.
    world.accept(paid_out("C-2"));
}

#[test]
fn a_payout_a_payment_and_a_return_do_not_share_a_reference() {
    let mut world = paid();
    world
        .admit("police", &[Role::CollectingAgency])
        .accept(mandate("hospital", "police"))
        .accept(notice(1));
    let outcome = world.submit(report("B-C-1/1", 1));
    let names: Vec<u32> = outcome.items.iter().map(|item| item.code).collect();
    assert_eq!(names, [1780], "{outcome:?}");
    world.accept(report("B-7", 1));
    world.accept(correct("C-1"));
    world.reject(back(700_00, "B-C-1/1"), "ReferenceUsed");
    world.reject(back(700_00, "B-7"), "ReferenceUsed");
    world.accept(back(700_00, "B-8"));
    assert_eq!(out(&world), [0, 0]);
}
