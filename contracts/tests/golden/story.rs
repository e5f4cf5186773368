//! A story with every action and every kind of record: its transactions, its outcomes, the final state and the root of
//! that state.

use std::collections::BTreeSet;

use expect_test::expect_file;
use piaolian_contracts::{
    organisations::{KeyPurpose, Role},
    state::Table,
    transaction::Transaction,
};
use piaolian_proto::v1::{self as proto, proposed_decision::Decision, transaction_body::Action};
use prost::Message;

use super::Vectors;
use crate::world::{
    DAY_MS, HOUR_MS, TODAY, World,
    descriptors::expect_every_action,
    people::{Member, signing_key},
    prelude::*,
};

/// The encoded transactions, the outcomes, and the world at the end.
pub fn story() -> (World, Vec<(&'static str, Vec<u8>)>, Vec<proto::Outcome>) {
    let mut world = World::founded(&["finance", "hospital", "insurer", "employer"]);
    let (mut encoded, mut outcomes) = (Vec::new(), Vec::new());
    let mut tell = |world: &mut World, request: &dyn Request| {
        let bytes = world.sign(request);
        let transaction = Transaction::decode(bytes.clone(), &world.chain_id).unwrap();
        encoded.push((transaction.action().name(), bytes.to_vec()));
        let outcome = world.block(&[bytes]).outcomes.remove(0);
        world.note_names(request, &outcome);
        outcomes.push(outcome);
    };
    world.know(Member::new("clinic").with_roles(&[Role::Issuer, Role::CollectingAgency]));
    tell(&mut world, &admit_organisation("clinic"));
    tell(&mut world, &grant("hospital", 1, 1_000));
    tell(&mut world, &grant("clinic", 2_001, 2_010));
    tell(&mut world, &recall(2_001, 2_006));
    tell(
        &mut world,
        &issue_all(vec![item("R1"), attaching("R2"), item("R1")]),
    );
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    tell(&mut world, &seal(height, root, |_| ()));
    let agency = |item: &mut proto::IssueItem| item.agency = "91350100M000100Y43".into();
    tell(&mut world, &issue("R3").numbered(77).with(agency));
    tell(&mut world, &lock("R1", "insurer"));
    tell(&mut world, &lock("R1", "employer"));
    tell(
        &mut world,
        &book("R1", "insurer", "V1", 20_00).with(|book| book.keep_lock = true),
    );
    tell(&mut world, &unbook("R1", "insurer", "V1"));
    tell(&mut world, &lock("R2", "insurer"));
    tell(&mut world, &unlock("R2", "insurer"));
    tell(&mut world, &book("R2", "employer", "V1", 60_00));
    tell(&mut world, &issue("R4"));
    tell(&mut world, &deliver(&["R1", "R4", "R1"]));
    tell(&mut world, &exchange("R4", "0017"));
    tell(&mut world, &return_paper("R4", "0017"));
    tell(&mut world, &note("R4", "insurer"));
    tell(&mut world, &exchange("R4", "0018"));
    tell(&mut world, &archive(&["R2"], "employer"));
    tell(&mut world, &archive(&["R2", "R4"], "hospital"));
    tell(&mut world, &audit(&["R1", "R2"]));
    let attach = |red: &mut proto::ReverseReceipt| red.attachment_hash = attachment("-R3").into();
    tell(&mut world, &reverse("R3").with(attach));
    tell(
        &mut world,
        &add_key("hospital", KeyPurpose::Sign, &signing_key("hospital", 90)),
    );
    tell(&mut world, &revoke_key("hospital", 4));
    tell(
        &mut world,
        &update_endpoints("employer", &["/dns4/node.example.cn/tcp/26600"]),
    );
    tell(
        &mut world,
        &set_parameters(|parameters| {
            parameters.heartbeat_ms = 5_000;
            parameters.line_tolerance_fen = 5;
            parameters.retention_years = 40;
            parameters.bank_word_ms = HOUR_MS;
            let alerts = parameters.alerts.as_mut().unwrap();
            (alerts.hours_from, alerts.hours_to) = (730, 1_800);
        }),
    );
    tell(&mut world, &publish("BASIC"));
    let wrap = |grant: &mut proto::GrantAccess| {
        grant.onward = true;
        grant.wrapped_key_hash = attachment("R1 for insurer").into();
    };
    tell(&mut world, &authorise("R1", "insurer").with(wrap));
    tell(
        &mut world,
        &authorise("R1", "employer").by("insurer").for_ms(DAY_MS),
    );
    tell(&mut world, &revoke("R1", "employer").by("insurer"));
    tell(&mut world, &anchor("insurer", 3));
    tell(&mut world, &anchor("insurer", 7));
    tell(&mut world, &anchor("insurer", 7));
    tell(&mut world, &anchor("insurer", 1).of_log(2));
    tell(&mut world, &suspend("insurer"));
    tell(&mut world, &resume("insurer"));
    tell_of_governors(&mut world, &mut tell);
    tell(&mut world, &suspend("clinic"));
    tell_payments(&mut world, &mut tell);
    tell_claims(&mut world, &mut tell);
    tell(&mut world, &ask_explanation_of(1, "insurer"));
    tell(&mut world, &explain_alert(1, "insurer"));
    tell_of_reissue(&mut world, &mut tell);
    tell(&mut world, &close_alert(1));
    (world, encoded, outcomes)
}

/// A fine that is paid, one that is cancelled, a line that nobody reported, and a day that
/// is closed.
fn tell_payments(world: &mut World, tell: &mut impl FnMut(&mut World, &dyn Request)) {
    world.know(Member::new("police")).know(Member::new("bank"));
    tell(world, &admit_organisation("police"));
    tell(world, &admit_organisation("bank"));
    tell(world, &mandate("hospital", "police"));
    let fines = notices([1, 2, 1]).with(|item| {
        if item.decision_number == decision(1) {
            item.attachment_hash = attachment("fine").into();
        }
    });
    tell(world, &fines);
    tell(world, &cancel(2));
    tell(world, &report_all(vec![paid("B1", 1), paid("B2", 2)]));
    tell(world, &state([line("B1", 1), line("B3", 3)]));
    tell(world, &state([line("B4", 4)]).of(TODAY - 1).last(1, FINE));
    tell(world, &close(TODAY - 1));
}

/// Decisions by vote, of every kind; one proposal stays open, one fails, and one sets something for
/// a height to come.
fn tell_of_governors(world: &mut World, tell: &mut impl FnMut(&mut World, &dyn Request)) {
    world.know(Member::new("school"));
    for decision in [
        Box::new(decision_of(admit_organisation("school"))) as Box<dyn Fn(&World) -> Decision>,
        Box::new(decision_of(suspend("school"))),
        Box::new(decision_of(resume("school"))),
        Box::new(recovery_of(
            "school",
            &[(KeyPurpose::Admin, &signing_key("school", 90))],
            &[1],
        )),
        Box::new(removal_of("school")),
        Box::new(decision_of(set_parameters(|p| {
            (p.line_tolerance_fen, p.bank_word_ms) = (6, HOUR_MS);
        }))),
        Box::new(protocol_from(2, 1_000)),
        Box::new(governors_are(&["finance", "hospital"], 2)),
    ] {
        tell(world, &propose(decision));
    }
    let key = signing_key("hospital", 91);
    tell(world, &add_key("hospital", KeyPurpose::Validate, &key));
    let sitting = [
        ("finance", 0, 2),
        ("hospital", 0, 2),
        ("insurer", 0, 2),
        ("clinic", 3, 1),
    ];
    tell(world, &propose(validators_from(world.ahead(4), &sitting)));
    tell(world, &vote("hospital", 9, true));
    tell(world, &rotate("hospital", 3, 7, world.ahead(100)));
    tell(world, &propose(decision_of(suspend("employer"))));
    tell(world, &suspend("employer"));
    tell(world, &vote("hospital", 10, true));
    tell(world, &propose(decision_of(resume("employer"))));
    tell(world, &vote("hospital", 11, false));
    tell(world, &propose(decision_of(resume("employer"))));
}

/// A partial refund of a receipt that is booked and archived, and a receipt issued late.
fn tell_of_reissue(world: &mut World, tell: &mut impl FnMut(&mut World, &dyn Request)) {
    tell(world, &reissue("R2", 70_00));
    let late = issue("late")
        .dated(TODAY - 3)
        .late("a weekend without network");
    tell(world, &late);
}

/// A claim that is paid at the second attempt and corrected, one that is rejected, one that
/// is withdrawn, and what an insurer left behind that is gone.
fn tell_claims(world: &mut World, tell: &mut impl FnMut(&mut World, &dyn Request)) {
    // It begins on the day on which it is published.
    tell(world, &consent("BASIC", 1));
    let stay = issue_all(vec![item("R6"), item("R7")]);
    tell(
        world,
        &stay.with(|item| (item.total_fen, item.settlement) = (900_00, in_cash(900_00))),
    );
    for name in ["R6", "R7"] {
        tell(world, &authorise(name, "insurer"));
    }
    tell(world, &file("C-1", &["R6", "R7"]));
    tell(
        world,
        &approve("C-1").assessing(0, [50_00, 20_00, 10_00, 5_00]),
    );
    tell(world, &failed("C-1"));
    tell(world, &approve("C-1"));
    tell(world, &paid_out("C-1"));
    tell(world, &correct("C-1"));
    for name in ["R6", "R7"] {
        let fen = world.receipt(name).booked().get();
        let reference = format!("T-{name}");
        let back = came_back(name, "insurer", "C-1", 2, fen);
        tell(
            world,
            &back.with(move |back| back.bank_reference = reference.clone()),
        );
    }
    tell(world, &file("C-2", &["R6"]));
    tell(world, &reject_claim("C-2"));
    tell(world, &file("C-3", &["R7"]));
    tell(world, &withdraw("C-3"));
    tell(world, &file("C-4", &["R6"]));
    tell(world, &approve("C-4"));
    world.know(Member::new("mutual").with_roles(&[Role::MedicalInsurer, Role::CommercialInsurer]));
    let leaving = administer("finance", |world| {
        let mut admission = world.member("mutual").admission(&world.chain_id);
        let last = world.height.get() + 2;
        admission
            .keys
            .iter_mut()
            .for_each(|key| key.last_height = last);
        Action::AdmitOrganisation(admission)
    });
    tell(world, &leaving);
    let total = |book: &mut proto::BookReceipt| book.presented_total_fen = 900_00;
    tell(world, &book("R7", "mutual", "V1", 1_00).with(total));
    tell(world, &release("R7", "mutual"));
    tell(world, &strike("R7", "mutual", "V1", 0));
    tell_plans(world, tell);
    tell(world, &correct("C-4"));
    world.wait_ms(HOUR_MS);
    tell(world, &settle("C-4", 1));
}

/// A plan with opening sums and a direct settlement, whose policy begins at once.
fn tell_plans(world: &mut World, tell: &mut impl FnMut(&mut World, &dyn Request)) {
    let basic = |terms: &mut proto::PolicyTerms| {
        terms.fund_kind = 1; // basic medical
        terms.deductible_fen = 0;
        terms.admission_deductibles = vec![proto::AdmissionDeductible {
            level: proto::HospitalLevel::Third.into(),
            deductible_fen: vec![30_00, 20_00],
        }];
    };
    tell(world, &publish("PLAN").on_terms(basic));
    tell(world, &consent("PLAN", 1));
    tell(world, &set_opening_sums("PLAN", 2026, [1_00, 2_00, 3_00]));
    for name in ["R8", "R9", "R10"] {
        // R8 was settled directly: the pooled fund paid a part of it.
        let issued = issue(name);
        let issued = if name == "R8" {
            issued
        } else {
            issued.costing(100_00)
        };
        tell(world, &issued);
        tell(world, &authorise(name, "insurer"));
    }
    tell(world, &file("C-5", &["R9"]).under("PLAN"));
    let settled = |world: &World, approval: &mut proto::ClaimApproval| {
        approval.assessments[0].hospital_level = proto::HospitalLevel::Third.into();
        approval.assessments[0].met_elsewhere = Some(met_elsewhere([4_00, 5_00, 6_00], 1));
        approval.settled_receipts = vec![proto::SettledReceipt {
            receipt: Some(world.receipt_id("R8").into()),
            deductible_met_fen: 7_00,
            above_fen: 8_00,
            admission: true,
        }];
    };
    tell(world, &approve("C-5").on_approval(settled));
    tell(world, &file("C-6", &["R10"]).under("PLAN"));
    let third = |_: &World, approval: &mut proto::ClaimApproval| {
        approval.assessments[0].hospital_level = proto::HospitalLevel::Third.into();
    };
    tell(world, &approve("C-6").on_approval(third));
    tell(world, &correct("C-5"));
    tell(world, &recalled("C-5"));
    tell(world, &recompute("C-6"));
}

#[test]
fn transactions() {
    let (world, encoded, _) = story();
    let mut vectors = Vectors::default();
    for (place, (name, bytes)) in encoded.into_iter().enumerate() {
        let transaction = Transaction::decode(bytes.clone().into(), &world.chain_id).unwrap();
        vectors.add(&format!("{place:02} {name}"), bytes);
        vectors.add(&format!("{place:02} {name} id"), transaction.id());
    }
    vectors.check(&expect_file!["transactions.txt"]);
}

#[test]
fn every_action_has_a_vector() {
    let (_, encoded, _) = story();
    let told: BTreeSet<String> = encoded
        .into_iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    expect_every_action(&told, "tell a transaction with it at the end of story()");
}

#[test]
fn outcomes() {
    let (_, encoded, outcomes) = story();
    let mut vectors = Vectors::default();
    for (place, (outcome, (name, _))) in outcomes.iter().zip(encoded).enumerate() {
        vectors.add(&format!("{place:02} {name}"), outcome.encode_to_vec());
    }
    vectors.check(&expect_file!["outcomes.txt"]);
}

#[test]
fn storage_keys_and_records() {
    let (world, ..) = story();
    let mut vectors = Vectors::default();
    for table in Table::ALL {
        for (key, value) in world.state.table(table) {
            let name = format!(
                "{table:?} {}",
                hex::encode([&[table.prefix()], &key[..]].concat())
            );
            vectors.add(&name, value);
        }
    }
    vectors.add("state root", world.state.root());
    vectors.check(&expect_file!["state.txt"]);
}

#[test]
fn the_story_fills_every_table() {
    let (world, ..) = story();
    for table in Table::ALL {
        let is_filled = !world.state.table(table).is_empty();
        assert!(
            is_filled,
            "tell a transaction that fills {table:?} in story()"
        );
    }
}
