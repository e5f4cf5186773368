//! Versions of the protocol, and the program that does not know one.

use piaolian_contracts::{
    chain::{Height, ValidatorSet},
    execute::{BlockExecutor, Context},
    upgrades::{UPGRADES, version_at},
};

use super::world;
use crate::world::requests::{propose, protocol_from};

#[test]
fn the_chain_begins_with_version_one_and_its_founders() {
    let world = world();
    assert_eq!(version_at(&world.state, world.height.next()).unwrap(), 1);
    let first = UPGRADES
        .get(&world.state, &Height::new(1))
        .unwrap()
        .unwrap();
    assert_eq!(
        first.validators.as_ref().map(ValidatorSet::total_power),
        Some(4)
    );
}

#[test]
fn a_program_stops_before_a_version_that_it_does_not_know() {
    let mut world = world();
    let height = world.ahead(4);
    world.accept(propose(protocol_from(2, height)));
    world.run_to(Height::new(height - 2));
    let last = world.block(&[]);
    assert_eq!(last.protocol_version, 1);
    assert_eq!(version_at(&world.state, Height::new(height)).unwrap(), 2);
    assert_eq!(
        version_at(&world.state, Height::new(height - 1)).unwrap(),
        1
    );
    let moment = world.next_moment();
    let context = Context {
        chain_id: world.chain_id.clone(),
        height: moment.height,
        time: moment.time,
        parent_time: world.time,
    };
    let fault = BlockExecutor::begin(&world.state, context).err().unwrap();
    let told = fault.to_string();
    for part in [
        "up to version 1",
        "version 2",
        &format!("from height {height}"),
        "install",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn versions_follow_each_other_one_at_a_time_and_can_be_taken_back() {
    let mut world = world();
    let height = world.ahead(100);
    for version in [1, 3] {
        world
            .reject(propose(protocol_from(version, height)), "UnfitVersion")
            .naming([&version.to_string(), "2"]);
    }
    world.refuse(propose(protocol_from(0, height)), "Malformed");
    world.accept(propose(protocol_from(2, height)));
    for (version, at) in [
        (2, height),
        (3, height + 1),
        (1, height + 1),
        (2, height - 1),
    ] {
        world
            .reject(propose(protocol_from(version, at)), "ActivationPending")
            .naming(["2", &height.to_string()]);
    }
    world.accept(propose(protocol_from(1, height)));
    assert_eq!(
        UPGRADES.get(&world.state, &Height::new(height)).unwrap(),
        None
    );
    world.run_to(Height::new(height));
    assert_eq!(version_at(&world.state, world.height.next()).unwrap(), 1);
}
