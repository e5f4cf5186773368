//! Tests of the tree against its model, with rows in memory.

mod world;

use piaolian_contracts::{
    chain::Hash,
    state_tree::{ProofError, hashing},
};
use proptest::prelude::*;

use self::world::{Memory, World, Written, key, value, written};
use super::{LeafChange, Prefix, Tree};

type Batch = Vec<([u8; 32], Option<[u8; 32]>)>;

/// Generates batches of changes of `keys` different keys, some of them ground; one write in `deletes` is a deletion.
fn batches(keys: u16, deletes: u32) -> impl Strategy<Value = Vec<Batch>> {
    let write = (0..keys, any::<u32>()).prop_map(move |(number, random)| {
        let value = (!random.is_multiple_of(deletes)).then(|| value(random % 5));
        (key(number, number % 4 == 0), value)
    });
    prop::collection::vec(prop::collection::vec(write, 0..400), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_root_depends_on_the_keys_alone(batches in batches(600, 3)) {
        let mut world = World::new();
        for batch in &batches {
            world.block(batch.iter().copied());
        }
        // The same keys, written in one block, and one by one from the last to the first.
        let mut at_once = World::new();
        at_once.block(world.keys.iter().map(|(key, value)| (*key, Some(*value))));
        prop_assert_eq!(at_once.tree.root(), world.tree.root());
        let mut one_by_one = World::new();
        for (key, value) in world.keys.iter().rev().take(40) {
            one_by_one.block([(*key, Some(*value))]);
        }
        one_by_one.block(world.keys.iter().map(|(key, value)| (*key, Some(*value))));
        prop_assert_eq!(one_by_one.tree.root(), world.tree.root());
        // The pages are equal too, and with them the tree after a restart.
        prop_assert_eq!(&at_once.rows.pages, &world.rows.pages);
        prop_assert_eq!(&at_once.rows.buckets, &world.rows.buckets);
        let reopened = world.reopened();
        prop_assert_eq!(reopened.root(), world.tree.root());
    }

    #[test]
    fn every_key_is_proven_present_or_absent(batches in batches(400, 4), probes in prop::collection::vec(any::<u16>(), 8)) {
        let mut world = World::new();
        for batch in batches {
            world.block(batch);
        }
        for number in probes {
            world.check_proof(&key(number % 400, number % 4 == 0));
            world.check_proof(&key(number, false));
        }
    }
}

#[test]
fn a_tree_that_empties_is_the_empty_tree() {
    let mut world = World::new();
    let keys: Vec<_> = (0..1000)
        .map(|number| key(number, number % 7 == 0))
        .collect();
    world.block(keys.iter().map(|key| (*key, Some(value(1)))));
    world.block(keys.iter().skip(3).map(|key| (*key, None)));
    assert_eq!(world.rows.pages.len(), 1);
    world.block(keys.iter().map(|key| (*key, None)));
    assert_eq!(world.tree.root(), Hash::new(hashing::EMPTY));
    assert!(world.rows.pages.is_empty() && world.rows.buckets.is_empty());
    world.check_proof(&key(1, false));
    // Released pairs are reused.
    let memory = world.tree.memory_bytes();
    world.block(keys.iter().map(|key| (*key, Some(value(2)))));
    assert_eq!(world.tree.memory_bytes(), memory);
}

#[test]
fn ground_keys_lengthen_a_path_and_grow_no_bucket() {
    let mut world = World::new();
    world.block((0..2000).map(|number| (key(number, false), Some(value(0)))));
    // Nine keys that differ in their last four bits only: the greatest depth for nine keys.
    let ground = |last: u8| {
        let mut key = [0x5a; 32];
        key[31] = last;
        key
    };
    world.block((0..9).map(|last| (ground(last), Some(value(9)))));
    let proof = world.tree.prove(&world.rows, &ground(0)).unwrap();
    assert_eq!(proof.depth(), 253);
    assert_eq!(proof.bucket().len(), 8);
    for last in 0..=255 {
        world.check_proof(&ground(last));
    }
    assert_eq!(world.reopened().root(), world.tree.root());
    world.block([(ground(3), None)]);
    let proof = world.tree.prove(&world.rows, &ground(0)).unwrap();
    assert!(
        proof.depth() < 20,
        "a deletion merges the bucket back up, to {}",
        proof.depth()
    );
    // Enough of them for separate pages at a great depth.
    world.block((0..=255).map(|last| (ground(last), Some(value(9)))));
    world.check_proof(&ground(77));
    assert_eq!(world.reopened().root(), world.tree.root());
    world.block((0..=255).map(|last| (ground(last), None)));
    world.check_proof(&ground(77));
}

#[test]
fn an_update_has_no_effect_until_it_is_applied_and_fits_only_its_version() {
    let mut world = World::new();
    world.block((0..500).map(|number| (key(number, false), Some(value(0)))));
    let root = world.tree.root();
    let change = |number| {
        [LeafChange {
            key_hash: key(number, false),
            value_hash: Some(value(u32::from(number))),
        }]
    };
    let first = world.tree.prepare(&world.rows, &change(1)).unwrap();
    let second = world.tree.prepare(&world.rows, &change(2)).unwrap();
    assert_eq!(world.tree.root(), root);
    assert_ne!(first.root(), second.root());
    assert!(world.tree.fits(&second));
    world.rows.write(&first);
    world.tree.apply(first);
    assert!(!world.tree.fits(&second));
}

#[test]
fn writing_the_same_values_writes_no_rows() {
    let mut world = World::new();
    world.block((0..500).map(|number| (key(number, false), Some(value(0)))));
    let same = (0..500)
        .step_by(2)
        .map(|number| (key(number, false), Some(value(0))));
    let absent = (900..1000).map(|number| (key(number, false), None));
    let mut changes: Vec<_> = same
        .chain(absent)
        .map(|(key_hash, value_hash)| LeafChange {
            key_hash,
            value_hash,
        })
        .collect();
    changes.sort();
    let update = world.tree.prepare(&world.rows, &changes).unwrap();
    assert_eq!(update.root(), world.tree.root());
    assert_eq!(written(&update), Written::default());
    assert!(update.leaves().is_empty());
}

#[test]
fn a_damaged_row_is_a_fault_that_names_the_row() {
    let mut world = World::new();
    world.block((0..500).map(|number| (key(number, false), Some(value(0)))));
    let target = key(1, false);
    let change = [LeafChange {
        key_hash: target,
        value_hash: None,
    }];
    let holds = |(prefix, _): &(&Prefix, &Vec<u8>)| prefix.contains(&target);
    let (page, page_row) = world.rows.pages.iter().find(holds).unwrap();
    let (bucket, bucket_row) = world.rows.buckets.iter().find(holds).unwrap();
    let damages = |row: &[u8], part: usize| {
        let other = [&row[part..], &row[..part]].concat();
        [
            vec![],
            row[..row.len() - 1].to_vec(),
            [row, &[0, 0]].concat(),
            row[part..].to_vec(),
            other,
        ]
    };
    let mut damaged = Vec::new();
    for row in damages(page_row, 34) {
        let mut rows = world.rows.clone();
        rows.pages.insert(*page, row);
        damaged.push(("column pages is damaged at key", rows));
    }
    for row in damages(bucket_row, 64) {
        let mut rows = world.rows.clone();
        rows.buckets.insert(*bucket, row);
        damaged.push(("column buckets is damaged at key", rows));
    }
    for (expected, rows) in &damaged {
        let tree = world.reopened();
        let fault = tree.prove(rows, &target).unwrap_err().to_string();
        assert!(fault.starts_with(expected), "{fault}");
        assert!(tree.prepare(rows, &change).is_err());
    }
}

#[test]
fn an_absence_proof_of_a_present_key_does_not_verify() {
    let mut world = World::new();
    world.block((0..500).map(|number| (key(number, false), Some(value(0)))));
    let present = key(7, false);
    let proof = world.tree.prove(&world.rows, &present).unwrap();
    let without = proof
        .bucket()
        .iter()
        .filter(|entry| entry.key_hash != present)
        .copied();
    let forged = piaolian_contracts::state_tree::StateProof::new(
        proof.siblings().to_vec(),
        without.collect(),
    )
    .unwrap();
    assert_eq!(
        forged.verify_hash(&world.tree.root(), &present),
        Err(ProofError::WrongRoot)
    );
}

/// Computes the pairs of the top for `keys` keys, by the formula in `top`.
fn expected_pairs(keys: f64) -> f64 {
    let above_page = |mean: f64| {
        if mean > 1000.0 {
            return 1.0;
        }
        let mut term = (-mean).exp();
        let mut at_most = term;
        for count in 1..=128 {
            term *= mean / f64::from(count);
            at_most += term;
        }
        (1.0 - at_most).max(0.0)
    };
    (0..40)
        .map(|depth| 2_f64.powi(depth))
        .map(|trees| trees * above_page(keys / trees))
        .sum()
}

#[test]
fn the_top_has_the_size_of_the_formula_and_less_than_a_gibibyte_for_a_billion_keys() {
    let gibibytes = expected_pairs(1e9) * 72.0 / f64::from(1 << 30);
    assert!((0.66..0.68).contains(&gibibytes), "{gibibytes}");
    for keys in [30_000, 60_000, 120_000_u32] {
        let mut changes: Vec<_> = (0..keys)
            .map(|number| LeafChange {
                key_hash: value(number),
                value_hash: Some(value(0)),
            })
            .collect();
        changes.sort();
        let mut tree = Tree::load([]).unwrap();
        let update = tree.prepare(&Memory::default(), &changes).unwrap();
        tree.apply(update);
        let pairs = f64::from(u32::try_from(tree.top.pairs()).unwrap());
        let expected = expected_pairs(f64::from(keys));
        assert!(
            (pairs / expected - 1.0).abs() < 0.1,
            "{pairs} for {expected}"
        );
    }
}
