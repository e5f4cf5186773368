//! Access logs: the ledger records the end of each, where its owner cannot change it.

use piaolian_contracts::{
    chain::Height,
    disclosure::{ACCESS_LOGS, AccessLogAnchor, AccessLogKey, LogNumber},
};

use crate::world::{
    World,
    access_logs::{anchor, head},
    requests::suspend,
};

fn anchored(world: &World, member: &str, log: u32) -> Option<AccessLogAnchor> {
    let key = AccessLogKey {
        organisation: world.member(member).id,
        log: LogNumber::parse("log", log).unwrap(),
    };
    ACCESS_LOGS.get(&world.state, &key).unwrap()
}

/// Entries, and the block that says so.
fn how_far(world: &World, member: &str, log: u32) -> Option<(u64, Height)> {
    anchored(world, member, log).map(|anchor| (anchor.entries, anchor.height))
}

#[test]
fn the_ledger_says_how_far_an_access_log_went_and_when() {
    let mut world = World::new();
    world.accept(anchor("insurer", 41));
    let anchor = anchored(&world, "insurer", 1).unwrap();
    assert_eq!(anchor.organisation, world.member("insurer").id);
    assert_eq!((anchor.log, anchor.entries), (LogNumber::FIRST, 41));
    assert_eq!(anchor.head, head(41));
    assert_eq!((anchor.height, anchor.time), (world.height, world.time));
    assert_eq!(anchored(&world, "hospital", 1), None);
}

#[test]
fn an_access_log_only_grows() {
    let mut world = World::new();
    world.accept(anchor("insurer", 41));
    let then = world.height;
    for entries in [1, 40, 41] {
        world
            .reject(anchor("insurer", entries), "LogNotLonger")
            .naming(["insurer", "1", &entries.to_string(), "41"]);
    }
    // An anchored hash cannot be replaced by another.
    let other = |anchor: &mut piaolian_proto::v1::AnchorAccessLog| {
        anchor.head = head(7).into();
    };
    world.reject(anchor("insurer", 41).with(other), "LogNotLonger");
    assert_eq!(how_far(&world, "insurer", 1), Some((41, then)));
    world
        .accept(anchor("insurer", 42))
        .accept(anchor("insurer", u64::MAX))
        // Everybody has logs of their own.
        .accept(anchor("hospital", 1));
    assert_eq!(anchored(&world, "insurer", 1).unwrap().entries, u64::MAX);
}

#[test]
fn a_new_access_log_closes_the_one_before_which_stays_as_it_was() {
    let mut world = World::new();
    world.accept(anchor("insurer", 41));
    let first = how_far(&world, "insurer", 1);
    world.accept(anchor("insurer", 2).of_log(2));
    world
        .reject(anchor("insurer", 42), "LogClosed")
        .naming(["insurer", "1", "2"]);
    world
        .accept(anchor("insurer", 3).of_log(2))
        .accept(anchor("insurer", 1).of_log(3));
    for log in [1, 2] {
        world.reject(anchor("insurer", 99).of_log(log), "LogClosed");
    }
    assert_eq!(how_far(&world, "insurer", 1), first);
    assert_eq!(anchored(&world, "insurer", 2).unwrap().entries, 3);
}

#[test]
fn access_logs_follow_each_other_without_a_gap() {
    let mut world = World::new();
    world
        .reject(anchor("insurer", 1).of_log(2), "LogSkipsOne")
        .naming(["insurer", "2", "1"]);
    world.accept(anchor("insurer", 1));
    for log in [3, u32::MAX] {
        world
            .reject(anchor("insurer", 1).of_log(log), "LogSkipsOne")
            .naming(["insurer", &log.to_string(), &(log - 1).to_string()]);
    }
}

#[test]
fn an_anchor_names_a_log_an_entry_and_a_hash() {
    let mut world = World::new();
    let short = |anchor: &mut piaolian_proto::v1::AnchorAccessLog| {
        anchor.head = vec![7; 31].into();
    };
    world
        .refuse(anchor("insurer", 1).of_log(0), "Malformed")
        .refuse(anchor("insurer", 0), "Malformed")
        .refuse(anchor("insurer", 1).with(short), "Malformed");
}

#[test]
fn what_a_suspended_organisation_opens_it_still_writes_down() {
    let mut world = World::new();
    world
        .accept(suspend("insurer"))
        .accept(anchor("insurer", 1));
}
