//! Mandates and notices.

use piaolian_contracts::{
    Refused,
    organisations::Role,
    payments::{NOTICES, NoticesFrom, notice_by_payment_code, notices_of},
};

use crate::world::{
    DAY_MS, TODAY, World, accepted, item_rules, name_of,
    payments::{
        AGENCY, CENTRE, FINE, cancel, date, decision, mandate, notice, notices, paid, paying_world,
        report, report_all, set_mandate,
    },
    requests::{grant, propose, removal_of, set_parameters, suspend},
};

#[test]
fn a_notice_links_decision_number_and_payment_code() {
    let mut world = paying_world();
    let outcome = world.submit(notices([7, 8]));
    assert!(accepted(&outcome));
    let told = |n: usize| {
        (
            outcome.items[n].subject.clone(),
            outcome.items[n].reference.clone(),
        )
    };
    assert_eq!(told(0), (decision(7), "35010026300000000001".to_owned()));
    assert_eq!(told(1), (decision(8), "35010026300000000002".to_owned()));
    let code = "35010026300000000002".parse().unwrap();
    let found = notice_by_payment_code(&world.state, &code)
        .unwrap()
        .unwrap();
    assert_eq!(found, world.notice(8));
    assert_eq!(found.agency, world.member(AGENCY).id);
    assert!(found.payment.is_none() && found.cancellation.is_none());
}

#[test]
fn payment_codes_count_by_area_and_year_in_the_form_in_force() {
    let mut world = paying_world();
    let codes = |outcome: piaolian_proto::v1::Outcome| -> Vec<String> {
        let items = outcome.items.into_iter();
        items.map(|item| item.reference).collect()
    };
    world.accept(notice(1));
    world.accept(set_parameters(|p| p.payment_code_digits = 16));
    let elsewhere = notice(2).with(|item| item.region = "350200".to_owned());
    assert_eq!(codes(world.submit(elsewhere)), ["3502002600000001"]);
    assert_eq!(codes(world.submit(notice(3))), ["3501002600000002"]);
    // New Year in Beijing.
    world.wait_ms(41 * DAY_MS);
    assert_eq!(codes(world.submit(notice(4))), ["3501002700000001"]);
}

#[test]
fn decision_numbers_are_unique_on_the_whole_chain() {
    let mut world = paying_world();
    world
        .admit("police2", &[Role::CollectingAgency])
        .accept(mandate(CENTRE, "police2"))
        .accept(notice(7));
    let height = world.height.to_string();
    world
        .reject(notice(7).by("police2"), "DecisionNumberTaken")
        .naming([&decision(7), AGENCY, &height]);
    // Twice in one batch; a cancelled one stays its agency's.
    let outcome = world.submit(notices([8, 8]));
    assert_eq!(item_rules(&outcome), ["accepted", "DecisionNumberTaken"]);
    world.accept(cancel(8));
    world.reject(notice(8).by("police2"), "DecisionNumberTaken");
}

#[test]
fn an_agency_creates_its_cancelled_notice_anew_with_another_payment_code() {
    let mut world = paying_world();
    world
        .accept(notices([7, 8]))
        .accept(cancel(7))
        .accept(report("B8", 8));
    let old = world.notice(7).payment_code.to_string();
    world.wait_ms(DAY_MS);
    let other = notice(7).with(|item| (item.amount_fen, item.late_fee_rate) = (FINE / 2, 0));
    world.accept(other);
    let anew = world.notice(7);
    assert!(anew.cancellation.is_none());
    assert_ne!(anew.payment_code.to_string(), old);
    // Listed once, on its new date.
    let agency = world.member(AGENCY).id;
    let listed = notices_of(&world.state, agency, &NoticesFrom::Newest, 10).unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|notice| (notice.decision_number.as_str(), notice.created_date.get()))
        .collect();
    let numbers = [7, 8].map(decision);
    assert_eq!(
        listed,
        [(&numbers[0][..], TODAY + 1), (&numbers[1][..], TODAY)]
    );
    let by = |code: &str| report_all(vec![paid("B7", 7).fen(FINE / 2).by_code(code)]);
    world.reject(by(&old), "UnknownNotice").naming([&old]);
    world.accept(by(&anew.payment_code.to_string()));
    // A paid one is never created anew.
    for number in [7, 8] {
        world.reject(notice(number), "DecisionNumberTaken");
    }
}

#[test]
fn a_cancelled_notice_stays_when_it_cannot_be_created_anew() {
    let mut world = paying_world();
    world
        .accept(notice(7))
        .accept(cancel(7))
        .accept(set_mandate(CENTRE, AGENCY, false));
    world.reject(notice(7), "MandateWithdrawn");
    assert!(world.notice(7).cancellation.is_some());
    world.reject(report("B7", 7), "NoticeCancelled");
    // Cancelled and created within one block, as often as it takes.
    world.accept(mandate(CENTRE, AGENCY)).accept(notice(7));
    let block = [
        world.sign(&cancel(7)),
        world.sign(&notice(7)),
        world.sign(&cancel(7)),
        world.sign(&notice(7)),
    ];
    let outcomes = world.block(&block).outcomes;
    assert!(outcomes.iter().all(accepted));
    world.accept(report("B7", 7));
}

#[test]
fn a_decision_number_has_a_governed_length() {
    let mut world = paying_world();
    world.accept(set_parameters(|p| {
        (p.decision_number_length_min, p.decision_number_length_max) = (17, 18);
    }));
    world
        .reject(notice(7), "DecisionNumberLength")
        .naming([&decision(7), "16", "17", "18"]);
    let longer = |number: &'static str| notice(7).with(|item| item.decision_number = number.into());
    world.accept(longer("3501002026000000A"));
    let nineteen = "3501002026000000ABC";
    world
        .reject(longer(nineteen), "DecisionNumberLength")
        .naming([nineteen, "19"]);
    // Outside the hard bounds it is no decision number at all.
    world.refuse(longer("35010020260000"), "Malformed");
    // 18 digits may be a citizen's identity number.
    world.refuse(longer("990100199003070019"), "IdentityNumber");
}

#[test]
fn an_area_runs_out_of_short_codes_and_says_so() {
    use piaolian_contracts::{
        payments::{PAYMENT_SERIALS, PaymentSerial, SerialKey},
        state::{Change, Table},
        storage::{Key, Record},
    };
    let mut world = paying_world();
    world.accept(set_parameters(|p| p.payment_code_digits = 16));
    let key = SerialKey::new("350100".parse().unwrap(), 2026);
    let key = [&[Table::PaymentSerials.prefix()], &key.bytes()[..]].concat();
    let value = Some(PaymentSerial(99_999_999).encode());
    world.state.apply(&[Change { key, value }]);
    assert_eq!(PAYMENT_SERIALS.table(), Table::PaymentSerials);
    world
        .reject(notice(7), "NoPaymentCodeLeft")
        .naming(["350100", "16", "100000000"]);
    world.accept(set_parameters(|p| p.payment_code_digits = 20));
    world.accept(notice(7));
    assert_eq!(
        world.notice(7).payment_code.as_str(),
        "35010026300100000000"
    );
}

#[test]
fn a_notice_needs_the_centres_mandate_for_this_agency_and_code() {
    let mut world = paying_world();
    world.admit("police2", &[Role::CollectingAgency]);
    world
        .reject(notice(7).by("police2"), "NoMandate")
        .naming([CENTRE, "police2", "35060126"]);
    let other_code = notice(7).with(|item| item.receipt_code = "35040126".to_owned());
    world.reject(other_code, "NoMandate").naming(["35040126"]);
    world.accept(set_mandate(CENTRE, AGENCY, false));
    let height = world.height.to_string();
    world
        .reject(notice(7), "MandateWithdrawn")
        .naming([CENTRE, AGENCY, &height]);
    world.accept(mandate(CENTRE, AGENCY)).accept(notice(7));
}

#[test]
fn a_mandate_is_for_a_collecting_agency_that_was_admitted() {
    let mut world = paying_world();
    world
        .reject(mandate(CENTRE, "insurer"), "NotAnAgency")
        .naming(["insurer"]);
    world.know(crate::world::people::Member::new("police9"));
    world
        .reject(mandate(CENTRE, "police9"), "OrganisationNotAdmitted")
        .naming(["police9"]);
    world.admit("police2", &[Role::CollectingAgency]);
    world
        .reject(set_mandate(CENTRE, "police2", false), "NoMandate")
        .naming([CENTRE, "police2"]);
    // Said again it changes nothing.
    let before = world.state.without_idempotency();
    world.accept(mandate(CENTRE, AGENCY));
    assert_eq!(world.state.without_idempotency(), before);
}

#[test]
fn a_mandate_is_withdrawn_also_from_an_agency_that_was_removed() {
    let mut world = paying_world();
    world.accept(notice(7)).accept(propose(removal_of(AGENCY)));
    world
        .reject(mandate(CENTRE, AGENCY), "Removed")
        .naming([AGENCY]);
    world.accept(set_mandate(CENTRE, AGENCY, false));
    world.reject(report("B1", 7), "MandateWithdrawn");
    world.reject(mandate(CENTRE, AGENCY), "Removed");
}

#[test]
fn an_agency_cancels_its_own_unpaid_notice() {
    let mut world = paying_world();
    world
        .admit("police2", &[Role::CollectingAgency])
        .accept(notices([7, 8]));
    world
        .reject(cancel(7).by("police2"), "NotTheAgency")
        .naming([&decision(7), AGENCY]);
    world
        .reject(cancel(9), "UnknownNotice")
        .naming([&decision(9)]);
    world.accept(cancel(7));
    let height = world.height.to_string();
    world
        .reject(cancel(7), "NoticeCancelled")
        .naming([&decision(7), &height, "wrong plate"]);
    world
        .reject(report("B1", 7), "NoticeCancelled")
        .naming(["wrong plate"]);
    world.accept(report("B2", 8));
    world
        .reject(cancel(8), "PaidAlready")
        .naming([&decision(8), "B2"]);
}

#[test]
fn an_agencys_notices_are_listed_newest_first_in_pages() {
    let mut world = paying_world();
    world.admit("police2", &[Role::CollectingAgency]);
    world.accept(mandate(CENTRE, "police2"));
    world
        .accept(notices([1, 3]))
        .accept(notice(9).by("police2"));
    world.wait_ms(DAY_MS).accept(notice(2));
    let agency = world.member(AGENCY).id;
    let listed = |world: &World, from: &NoticesFrom, limit| -> Vec<String> {
        let page = notices_of(&world.state, agency, from, limit).unwrap();
        page.iter()
            .map(|notice| notice.decision_number.to_string())
            .collect()
    };
    let all = [2, 3, 1].map(decision);
    assert_eq!(listed(&world, &NoticesFrom::Newest, 10), all);
    assert_eq!(listed(&world, &NoticesFrom::Newest, 2), all[..2]);
    let after = NoticesFrom::After(date(20_261_121), decision(3).parse().unwrap());
    assert_eq!(listed(&world, &after, 10), all[2..]);
    let first_day = NoticesFrom::Date(date(20_261_121));
    assert_eq!(listed(&world, &first_day, 10), all[1..]);
    let earlier = NoticesFrom::Date(date(20_261_120));
    assert!(listed(&world, &earlier, 10).is_empty());
}

#[test]
fn malformed_notices_say_which_and_where() {
    let mut world = paying_world();
    let cases: [(&str, fn(&mut piaolian_proto::v1::NoticeItem)); 10] = [
        ("decision_number", |n| {
            n.decision_number = "3501-0020-2600-0017".into()
        }),
        ("region", |n| n.region = "35010".into()),
        ("amount_fen", |n| n.amount_fen = 0),
        ("amount_fen", |n| n.amount_fen = 10_000_000_000_001),
        ("due_date", |n| n.due_date = 20_260_230),
        ("late_fee_rate", |n| n.late_fee_rate = 10_001),
        ("late_fee_cap_fen", |n| {
            n.late_fee_cap_fen = n.amount_fen + 1
        }),
        ("check_code_salt", |n| {
            n.check_code_salt = vec![1; 15].into()
        }),
        ("details_commitment", |n| {
            n.details_commitment = vec![1; 31].into()
        }),
        ("attachment_hash", |n| {
            n.attachment_hash = vec![1; 33].into()
        }),
    ];
    for (field, alter) in cases {
        let mut second = false;
        let spoilt = notices([1, 2]).with(|item| {
            if std::mem::replace(&mut second, true) {
                alter(item);
            }
        });
        let bytes = world.sign(&spoilt);
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: said, .. } => {
                assert_eq!(said, format!("body.create_notices.items[1].{field}"));
            }
            other => panic!("{other}"),
        }
    }
    world.refuse(notices([]), "Malformed");
    world.refuse(notices(0..1_001), "Malformed");
    let full = world.sign(&notices(0..1_000));
    assert!(world.check(full).is_ok());
}

#[test]
fn a_refused_batch_has_an_entry_for_each_notice() {
    let mut world = paying_world();
    world.accept(suspend(AGENCY));
    let outcome = world.submit(notices([7, 8]));
    assert_eq!(name_of(outcome.code), "Suspended");
    let subjects: Vec<_> = outcome
        .items
        .iter()
        .map(|item| item.subject.clone())
        .collect();
    assert_eq!(subjects, [7, 8].map(decision));
    assert!(outcome.items.iter().all(|item| item.code == outcome.code));
    assert_eq!(
        NOTICES
            .get(&world.state, &decision(7).parse().unwrap())
            .unwrap(),
        None
    );
}

#[test]
fn an_agency_may_be_its_own_centre() {
    let mut world = paying_world();
    world.admit("bureau", &[Role::Issuer, Role::CollectingAgency]);
    world
        .accept(grant("bureau", 2_001, 2_010))
        .accept(mandate("bureau", "bureau"));
    let own = notice(7)
        .by("bureau")
        .with(|item| item.centre = "bureau".to_owned());
    world.accept(own).accept(report("B1", 7));
    world.call("R", world.notice(7).payment.unwrap().receipt);
    assert_eq!(world.receipt("R").agency, None);
    assert_eq!(world.receipt("R").issuer, world.member("bureau").id);
}
