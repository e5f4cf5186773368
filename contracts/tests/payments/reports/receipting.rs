//! Whether a payment can be receipted: mandates, numbers and the room in a block.

use crate::world::{
    TODAY, accepted, name_of,
    payments::{
        AGENCY, CENTRE, decision, notice, notices, paid, paying_world, report, report_all,
        set_mandate,
    },
    requests::{grant, issue, propose, recall, removal_of, resume, set_parameters, suspend},
};

#[test]
fn without_mandate_or_with_a_suspended_centre_nothing_is_issued() {
    let mut world = paying_world();
    world
        .accept(notices([7, 8]))
        .accept(set_mandate(CENTRE, AGENCY, false));
    let height = world.height.to_string();
    world
        .reject(report("B1", 7), "MandateWithdrawn")
        .naming([CENTRE, AGENCY, "35060126", &height]);
    world
        .accept(set_mandate(CENTRE, AGENCY, true))
        .accept(suspend(CENTRE));
    world
        .reject(report("B1", 7), "Suspended")
        .naming([CENTRE, "licence under review"]);
    // The end of a suspension acts from the next block, for a centre as for anybody.
    let resumed = world.sign(&resume(CENTRE));
    let paid = world.sign(&report("B1", 7));
    let outcomes = world.block(&[resumed, paid]).outcomes;
    assert_eq!(name_of(outcomes[1].items[0].code), "Suspended");
    // A payer is not to wait for an agency's suspension.
    world.accept(suspend(AGENCY)).accept(report("B1", 7));
}

#[test]
fn who_paid_a_removed_agencys_notice_gets_a_receipt() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(propose(removal_of(AGENCY)));
    assert!(accepted(&world.submit(report("B1", 7))));
    let receipt = world.notice(7).payment.unwrap().receipt;
    let agency = world.member(AGENCY).id;
    assert_eq!(world.call("R1", receipt).receipt("R1").agency, Some(agency));
}

#[test]
fn a_payment_waits_for_numbers_and_may_be_repeated_then() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(recall(1, 1));
    world
        .reject(report("B1", 7), "NoNumberLeft")
        .naming([CENTRE, "35060126"]);
    assert!(world.day(TODAY).is_none() && world.notice(7).payment.is_none());
    world.accept(grant(CENTRE, 5, 5)).accept(report("B1", 7));
}

#[test]
fn a_business_number_that_the_centre_used_itself_is_not_issued_again() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(issue(&decision(7)));
    world
        .reject(report("B1", 7), "BusinessNumberUsed")
        .naming([&decision(7)]);
}

#[test]
fn payments_count_against_the_receipts_of_a_block() {
    let mut world = paying_world();
    world.accept(notices([1, 2, 3]));
    world.accept(set_parameters(|p| p.block_receipts_max = 2));
    let three = || report_all((1..=3).map(|n| paid(&format!("B{n}"), n)).collect());
    world.refuse(three(), "TooManyReceipts");
    let two = world.sign(&report_all(vec![paid("B1", 1), paid("B2", 2)]));
    let one = world.sign(&report("B3", 3));
    let [two, one] = [two, one].map(|bytes| world.check(bytes).unwrap());
    let mut executor = world.begin();
    assert!(matches!(
        executor.apply(&two),
        Ok(piaolian_contracts::execute::Applied::Included(_))
    ));
    assert!(matches!(
        executor.apply(&one),
        Ok(piaolian_contracts::execute::Applied::Full)
    ));
    assert_eq!(executor.issued(), 2);
}
