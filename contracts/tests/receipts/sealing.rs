//! Seals: finance signs what a block issued.

use piaolian_contracts::{
    chain::{Height, merkle},
    organisations::KeyPurpose,
    receipts::Receipt,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    World,
    people::{MemberKey, signing_key},
    requests::{add_key, issue, issue_all, item, reverse, revoke_key, seal},
};

#[test]
fn the_issuance_root_is_over_the_blocks_receipts_in_order() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let batch = world.sign(&issue_all(vec![item("a"), item("b")]));
    let red = world.sign(&reverse("R1"));
    let single = world.sign(&issue("c"));
    let executed = world.block(&[batch, red, single]);
    assert_eq!(executed.issued, 4);
    let issued = executed
        .outcomes
        .iter()
        .enumerate()
        .flat_map(|(place, outcome)| {
            // The second entry of a reversal is the original.
            let count = if place == 1 { 1 } else { outcome.items.len() };
            outcome.items[..count]
                .iter()
                .map(|item| item.receipt.clone().unwrap())
        });
    let receipts: Vec<_> = issued
        .map(|id| {
            world.call("this", id.try_into().unwrap());
            world.receipt("this")
        })
        .collect();
    for (index, receipt) in (0..).zip(&receipts) {
        assert_eq!(
            (receipt.issued_height, receipt.issued_index),
            (world.height, index)
        );
    }
    let issuance = world.issuance(world.height).unwrap();
    assert_eq!(issuance.count, 4);
    assert_eq!(
        issuance.root,
        merkle::root(receipts.iter().map(Receipt::issued_hash))
    );
}

#[test]
fn finance_seals_a_block_of_receipts_once() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    assert_eq!(world.issuance(height).unwrap().seal, None);
    world.accept(seal(height, root, |_| ()));
    let sealed = world.issuance(height).unwrap().seal.unwrap();
    assert_eq!(
        (sealed.organisation, sealed.key_id.get()),
        (world.member("finance").id, 5)
    );
    assert_eq!(sealed.height, world.height);
    world
        .reject(seal(height, root, |_| ()), "AlreadySealed")
        .naming([&height.to_string(), "finance"]);
}

#[test]
fn a_seal_is_over_what_the_block_issued() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    let other = piaolian_contracts::chain::Hash::new([1; 32]);
    world
        .reject(seal(height, other, |_| ()), "RootDiffers")
        .naming([&root.to_string()]);
    world
        .reject(seal(Height::new(1), root, |_| ()), "NothingIssued")
        .naming(["1"]);
    world.reject(seal(Height::new(1_000), root, |_| ()), "NothingIssued");
    world.reject(seal(height, root, |_| ()).by("hospital"), "RoleMissing");
}

#[test]
fn a_seal_is_signed_by_a_live_supervise_key_of_the_acting_bureau() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    let sign_key = |seal: &mut proto::SealBlock| seal.key_id = 2;
    world
        .reject(seal(height, root, sign_key), "NoSuperviseKey")
        .naming(["finance", "2"]);
    let unknown_key = |seal: &mut proto::SealBlock| seal.key_id = 99;
    world.reject(seal(height, root, unknown_key), "NoSuperviseKey");
    let broken = |seal: &mut proto::SealBlock| seal.signature = vec![3; 64].into();
    world
        .reject(seal(height, root, broken), "SealNotValid")
        .naming(["5"]);

    let signing = signing_key("finance", 90);
    world.accept(add_key("finance", KeyPurpose::Supervise, &signing));
    world.accept(revoke_key("finance", 5));
    world
        .reject(seal(height, root, |_| ()), "NoSuperviseKey")
        .naming(["5"]);
    let key = MemberKey {
        id: 6,
        purpose: KeyPurpose::Supervise,
        signing,
    };
    world.member_mut("finance").use_key(key);
    world.accept(seal(height, root, |_| ()));
}
