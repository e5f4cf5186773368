//! The work on an alert: asked, explained, closed, and counted meanwhile.

use piaolian_contracts::{
    alerts::{ALERTS, Alert, AlertId, AlertResult, AlertState, AlertStep, allows},
    execute::BlockExecutor,
    parameters::AlertThresholds,
    state::Table,
    storage::Record,
};
use piaolian_proto::v1 as proto;

use super::only;
use crate::world::{
    World,
    alerts::{
        ask_explanation as ask, ask_explanation_of as ask_of, close_alert as close,
        close_alert_as as close_as, explain_alert as explain,
    },
    memory::Broken,
    requests::{book, issue, lock, set_parameters, suspend},
};

/// Alert 1: the employer presented a receipt that the insurer has locked.
fn with_alert() -> World {
    let mut world = World::new();
    world.accept(issue("R1")).accept(lock("R1", "insurer"));
    world.reject(lock("R1", "employer"), "LockedByAnother");
    world
}

fn alert(world: &World, number: u64) -> Alert {
    let id = AlertId::parse("", number).unwrap();
    ALERTS.get(&world.state, &id).unwrap().unwrap()
}

#[test]
fn an_alert_is_asked_about_explained_and_closed() {
    let mut world = with_alert();
    assert_eq!(alert(&world, 1).state(), AlertState::New);
    world.accept(ask(1));
    assert_eq!(alert(&world, 1).state(), AlertState::ToBeExplained);
    let asked = alert(&world, 1).questions.remove(0);
    assert_eq!(asked.organisation, world.member("employer").id);
    assert_eq!(asked.bureau, world.member("finance").id);
    assert_eq!((asked.height, asked.time), (world.height, world.time));
    world.accept(explain(1, "employer"));
    assert_eq!(alert(&world, 1).state(), AlertState::Explained);
    let explained = alert(&world, 1).questions.remove(0).explanation.unwrap();
    assert_eq!(explained.text.as_str(), "the counter mistyped the number");
    assert_eq!(explained.operator.unwrap().as_str(), "li.wei");
    world.accept(close_as(1, proto::AlertResult::Confirmed));
    assert_eq!(alert(&world, 1).state(), AlertState::Closed);
    let closing = alert(&world, 1).closing.unwrap();
    assert_eq!(closing.result, AlertResult::Confirmed);
    assert_eq!(closing.reason.as_str(), "seen by two officers");
    assert_eq!(closing.bureau, world.member("finance").id);
    assert_eq!((closing.height, closing.time), (world.height, world.time));
}

#[test]
fn the_one_table_of_states_is_this() {
    let states = [
        AlertState::New,
        AlertState::ToBeExplained,
        AlertState::Explained,
        AlertState::Closed,
    ];
    let allowed = |step| states.map(|state| allows(state, step).is_ok());
    assert_eq!(allowed(AlertStep::Ask), [true, true, true, false]);
    assert_eq!(allowed(AlertStep::Explain), [false, true, false, false]);
    assert_eq!(allowed(AlertStep::Close), [true, true, true, false]);
}

#[test]
fn finance_closes_an_alert_from_every_open_state() {
    let stories: [fn(&mut World); 3] = [
        |_| (),
        |world| {
            world.accept(ask(1));
        },
        |world| {
            world.accept(ask(1)).accept(explain(1, "employer"));
        },
    ];
    for story in stories {
        let mut world = with_alert();
        story(&mut world);
        world.accept(close(1));
        let closing = alert(&world, 1).closing.unwrap();
        assert_eq!(closing.result, AlertResult::Cleared);
    }
}

#[test]
fn a_closed_alert_stays_closed() {
    let mut world = with_alert();
    world.accept(ask(1)).accept(close(1));
    for act in [ask(1), explain(1, "employer"), close(1)] {
        world
            .reject(act, "AlertClosed")
            .naming(["1", "finance", "6"]);
    }
}

#[test]
fn an_alert_that_was_never_raised_is_unknown() {
    let mut world = with_alert();
    for act in [ask(2), explain(2, "employer"), close(2)] {
        world.reject(act, "UnknownAlert").naming(["2"]);
    }
}

#[test]
fn finance_asks_whom_the_alert_names_and_nobody_else() {
    let mut world = with_alert();
    world
        .accept(ask_of(1, "insurer"))
        .accept(ask_of(1, "employer"));
    world
        .reject(ask_of(1, "hospital"), "NotNamed")
        .naming(["1", "hospital"]);
    world.accept(explain(1, "insurer"));
    assert_eq!(alert(&world, 1).state(), AlertState::ToBeExplained);
    world.accept(explain(1, "employer"));
    assert_eq!(alert(&world, 1).state(), AlertState::Explained);
}

#[test]
fn an_organisation_is_asked_again_once_it_has_answered() {
    let mut world = with_alert();
    world.accept(ask(1));
    let asked = world.height.to_string();
    world
        .reject(ask(1), "AskedAlready")
        .naming(["1", "employer", &asked]);
    world.accept(explain(1, "employer")).accept(ask(1));
    assert_eq!(alert(&world, 1).state(), AlertState::ToBeExplained);
    world.accept(explain(1, "employer"));
    assert_eq!(alert(&world, 1).questions.len(), 2);
}

#[test]
fn an_alert_takes_at_most_16_questions() {
    let mut world = with_alert();
    for _ in 0..16 {
        world.accept(ask(1)).accept(explain(1, "employer"));
    }
    world.reject(ask(1), "TooManyQuestions").naming(["1", "16"]);
    world.accept(close(1));
}

#[test]
fn whoever_was_not_asked_has_nothing_to_explain() {
    let mut world = with_alert();
    let nothing = |world: &mut World, name: &str| {
        world
            .reject(explain(1, name), "NotAsked")
            .naming(["1", name]);
    };
    nothing(&mut world, "employer");
    world.accept(ask(1));
    nothing(&mut world, "insurer");
    world.accept(explain(1, "employer"));
    nothing(&mut world, "employer");
}

#[test]
fn a_suspended_organisation_still_explains() {
    let mut world = with_alert();
    world
        .accept(ask(1))
        .accept(suspend("employer"))
        .accept(explain(1, "employer"));
}

#[test]
fn what_is_found_again_counts_in_the_open_alert() {
    let mut world = with_alert();
    for number in ["C-2", "C-3"] {
        let again = |lock: &mut proto::LockReceipt| lock.claim_number = number.to_owned();
        world.reject(lock("R1", "employer").with(again), "LockedByAnother");
    }
    let alert = only(&world, "DoubleClaim", "employer");
    assert_eq!(alert.count, 3);
    assert_eq!(alert.arguments[2], "C-3");
    assert_eq!(
        (alert.first.height.get(), alert.last.height),
        (4, world.height)
    );
    assert_eq!(alert.last.time, world.time);
}

#[test]
fn another_claimant_or_another_receipt_is_another_alert() {
    let mut world = with_alert();
    world.accept(issue("R2")).accept(lock("R2", "insurer"));
    world.reject(lock("R2", "employer"), "LockedByAnother");
    world.admit(
        "insurer2",
        &[
            piaolian_contracts::organisations::Role::MedicalInsurer,
            piaolian_contracts::organisations::Role::CommercialInsurer,
        ],
    );
    world.reject(lock("R2", "insurer2"), "LockedByAnother");
    let ids: Vec<u64> = world.alerts().iter().map(|alert| alert.id.get()).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn what_is_found_after_the_closing_is_another_alert() {
    let mut world = with_alert();
    world.accept(ask(1)).accept(close(1));
    world.reject(lock("R1", "employer"), "LockedByAnother");
    assert_eq!((alert(&world, 1).count, alert(&world, 2).count), (1, 1));
    assert_eq!(alert(&world, 2).state(), AlertState::New);
}

#[test]
fn closed_and_raised_anew_in_one_block_are_two() {
    let mut world = with_alert();
    let block = [
        world.sign(&lock("R1", "employer")),
        world.sign(&close(1)),
        world.sign(&book("R1", "employer", "V1", 1)),
        world.sign(&close(2)),
        world.sign(&lock("R1", "employer")),
    ];
    world.block(&block);
    let counts: Vec<_> = world
        .alerts()
        .iter()
        .map(|alert| (alert.id.get(), alert.count, alert.state()))
        .collect();
    let expected = [
        (1, 2, AlertState::Closed),
        (2, 1, AlertState::Closed),
        (3, 1, AlertState::New),
    ];
    assert_eq!(counts, expected);
}

#[test]
fn the_open_alerts_are_those_without_a_closing() {
    let mut world = with_alert();
    let open = |world: &World| world.state.table(Table::OpenAlerts).len();
    // One entry to page by, one to count by.
    assert_eq!(open(&world), 2);
    world.accept(close(1));
    assert_eq!(open(&world), 0);
    world.reject(lock("R1", "employer"), "LockedByAnother");
    assert_eq!(open(&world), 2);
}

#[test]
fn a_record_is_bounded_and_reads_back() {
    let mut world = with_alert();
    for _ in 0..16 {
        world.accept(ask(1)).accept(explain(1, "employer"));
    }
    world.accept(close(1));
    let (key, record) = world.state.table(Table::Alerts).pop_first().unwrap();
    assert_eq!(key, 1_u64.to_be_bytes());
    assert!(record.len() < 16 << 10, "{}", record.len());
    assert_eq!(Alert::decode(&record).unwrap().encode(), record);
}

#[test]
fn trouble_with_what_supervision_keeps_is_a_fault_and_no_verdict() {
    let mut world = with_alert();
    let again = world.sign(&lock("R1", "employer"));
    let issuing = world.sign(&issue("R2"));
    let [again, issuing] = [again, issuing].map(|bytes| world.check(bytes).unwrap());
    for (table, verified) in [
        (Table::OpenAlerts, &again),
        (Table::Alerts, &again),
        (Table::SupervisionCounters, &issuing),
    ] {
        let broken = Broken {
            state: &world.state,
            table,
        };
        let mut executor = BlockExecutor::begin(&broken, world.context()).unwrap();
        assert!(executor.apply(verified).is_err(), "{table:?}");
    }
}

#[test]
fn a_threshold_is_within_its_bounds_and_all_are_said() {
    let mut world = World::new();
    for number in AlertThresholds::NUMBERS {
        let above = move |p: &mut proto::Parameters| {
            (number.set)(p.alerts.as_mut().unwrap(), number.max + 1);
        };
        world
            .reject(set_parameters(above), "OutOfBounds")
            .naming([number.name]);
    }
    let decode = |alter: fn(&mut proto::Parameters)| {
        let mut world = World::new();
        let bytes = world.sign(&set_parameters(alter));
        world.check(bytes).map(|_| ())
    };
    assert!(decode(|_| ()).is_ok());
    for alter in [
        (|p| p.alerts = None) as fn(&mut proto::Parameters),
        |p| p.alerts.as_mut().unwrap().hours_from = 1_260,
        |p| p.alerts.as_mut().unwrap().hours_to = 2_400,
    ] {
        let refused = decode(alter).unwrap_err();
        assert!(refused.to_string().contains("alerts"), "{refused}");
    }
}
