//! Idempotency: a repeated request is executed once.

use bytes::Bytes;
use piaolian_contracts::{
    Refused, Transaction,
    admission::{CLIENT_IDS, ClientKey, Segment},
    chain::Hash,
    execute::Applied,
    state::Table,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use crate::world::{
    DAY_MS, HOUR_MS, World, altered, decode,
    requests::{issue, lock, suspend},
};

#[test]
fn the_same_request_again_is_answered_with_its_place() {
    let mut world = World::new();
    let (one, two) = (world.sign(&issue("R1")), world.sign(&issue("R2")));
    world.block(&[one.clone(), two.clone()]);
    let height = world.height;
    for (bytes, index) in [(one.clone(), 0), (two, 1)] {
        assert_eq!(
            world.check(bytes).unwrap_err(),
            Refused::Replayed { height, index }
        );
    }
    // Another signature over the same body is the same request.
    let mut other = decode(&one);
    let body = proto::TransactionBody::decode(other.body.clone()).unwrap();
    assert_eq!(body.client_id.len(), 16);
    other.signature = vec![1; 64].into();
    world.refuse_bytes(other.encode_to_vec().into(), "Replayed");
}

#[test]
fn a_client_id_with_another_body_is_a_conflict() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let first = world.body(&issue("R2"));
    let encoded = world.sign_body("hospital", &first);
    world.block(&[encoded]);
    let height = world.height;
    let bytes = altered(&mut world, |body| {
        body.client_id = first.client_id.clone();
        body.operator = "somebody.else".to_owned();
    });
    world.refuse_bytes(bytes.clone(), "ClientIdConflict");
    assert_eq!(
        world.check(bytes).unwrap_err(),
        Refused::ClientIdConflict { height, index: 0 }
    );
    // Another organisation may use it.
    let mut body = world.body(&lock("R1", "insurer"));
    body.client_id = first.client_id;
    assert!(world.check(world.sign_body("insurer", &body)).is_ok());
}

#[test]
fn rejected_transactions_use_their_client_id_too() {
    let mut world = World::new();
    let bytes = world.sign(&issue("R1").by("insurer"));
    assert_ne!(
        world.block(std::slice::from_ref(&bytes)).outcomes[0].code,
        0
    );
    world.refuse_bytes(bytes, "Replayed");
}

#[test]
fn two_requests_with_one_client_id_do_not_share_a_block() {
    let mut world = World::new();
    let first = world.body(&issue("R1"));
    let one = world.sign_body("hospital", &first);
    let other = altered(&mut world, |body| {
        body.client_id = first.client_id.clone();
        body.operator = "somebody.else".to_owned();
    });
    let verified: Vec<_> = [one.clone(), one, other]
        .into_iter()
        .map(|bytes| world.check(bytes).unwrap())
        .collect();
    let height = world.next_moment().height;
    let mut executor = world.begin();
    assert!(matches!(
        executor.apply(&verified[0]),
        Ok(Applied::Included(_))
    ));
    assert_eq!(
        executor.apply(&verified[1]).unwrap(),
        Applied::Inadmissible(Refused::Replayed { height, index: 0 })
    );
    assert_eq!(
        executor.apply(&verified[2]).unwrap(),
        Applied::Inadmissible(Refused::ClientIdConflict { height, index: 0 })
    );
    assert_eq!(executor.finish().unwrap().outcomes.len(), 1);
}

#[test]
fn a_segment_is_a_running_hash_that_goes_when_its_hour_is_over() {
    let mut world = World::founded(&["finance", "hospital"]);
    let hour_of = |ms: u64| ms / HOUR_MS;
    let (one, two) = (world.sign(&suspend("hospital")), world.sign(&issue("R1")));
    let ids: Vec<Hash> = [&one, &two]
        .map(|bytes| {
            *Transaction::decode(bytes.clone(), &world.chain_id)
                .unwrap()
                .id()
        })
        .into();
    world.block(&[one, two]);
    let first = Hash::tagged("piaolian/segment/v1", &[&[0; 32], ids[0].as_bytes()]);
    let second = Hash::tagged(
        "piaolian/segment/v1",
        &[first.as_bytes(), ids[1].as_bytes()],
    );
    let expected = [&second.as_bytes()[..], &2_u64.to_be_bytes()].concat();

    let hour = hour_of(world.time.as_ms() + HOUR_MS).to_be_bytes().to_vec();
    assert_eq!(
        world.state.table(Table::Segments),
        [(hour, expected)].into()
    );
    assert_eq!(world.state.table(Table::ClientIds).len(), 2);

    // Valid until some minutes past an hour: over once the next hour begins.
    world.wait_ms(2 * HOUR_MS - 3_000).block(&[]);
    assert_eq!(world.state.table(Table::Segments).len(), 1);
    world.wait_ms(3_000).block(&[]);
    assert_eq!(world.state.table(Table::Segments).len(), 0);
    assert_eq!(world.state.table(Table::ClientIds).len(), 0);
    assert_eq!(world.state.table(Table::SegmentEntries).len(), 0);
}

#[test]
fn segments_go_however_late_the_next_block_is() {
    let mut world = World::new();
    let latest = world.next_moment().time.as_ms() + DAY_MS;
    let bytes = altered(&mut world, |body| body.valid_until_ms = latest);
    world.block(&[bytes]);
    assert_eq!(world.state.table(Table::Segments).len(), 2);
    world.wait_ms(400 * DAY_MS).block(&[]);
    for table in [Table::Segments, Table::ClientIds, Table::SegmentEntries] {
        assert_eq!(world.state.table(table).len(), 0, "{table:?}");
    }
}

#[test]
fn a_client_id_may_be_used_again_once_its_hour_is_over() {
    let mut world = World::new();
    let first = world.body(&issue("R1"));
    let encoded = world.sign_body("hospital", &first);
    world.block(&[encoded]);
    world.wait_ms(2 * HOUR_MS);
    let again = altered(&mut world, |body| {
        body.client_id = first.client_id.clone();
    });
    // The sweep of the same block must not take the new entry for the old one.
    world.block(std::slice::from_ref(&again));
    world.refuse_bytes(again, "Replayed");
    let organisation = world.member("hospital").id;
    let client_id =
        piaolian_contracts::transaction::ClientId::new(first.client_id[..].try_into().unwrap());
    let entry = CLIENT_IDS.get(&world.state, &ClientKey::new(&organisation, &client_id));
    assert_eq!(entry.unwrap().unwrap().height, world.height);
}

#[test]
fn entries_of_past_hours_are_swept_in_bounded_steps() {
    let mut world = World::new();
    let transactions: Vec<Bytes> = (0..4_500)
        .map(|n| world.sign(&issue(&format!("R{n}")).by("insurer")))
        .collect();
    for block in transactions.chunks(1_500) {
        world.block(block);
    }
    let entries = |world: &World| world.state.table(Table::ClientIds).len();
    assert_eq!(entries(&world), 4_501);
    world.wait_ms(3 * HOUR_MS).block(&[]);
    assert_eq!(world.state.table(Table::Segments).len(), 0);
    let left = entries(&world);
    assert!((1_400..=2_501).contains(&left), "{left}");
    // Entries that are not deleted yet count as absent.
    let old = Transaction::decode(transactions[0].clone(), &world.chain_id).unwrap();
    assert!(
        CLIENT_IDS
            .get(&world.state, &ClientKey::of(&old))
            .unwrap()
            .is_some()
    );
    let mut body = proto::TransactionBody::decode(decode(&transactions[0]).body).unwrap();
    body.valid_until_ms = world.next_moment().time.as_ms() + HOUR_MS;
    let again = world.sign_body("insurer", &body);
    assert!(world.check(again).is_ok());
    world.block(&[]);
    world.block(&[]);
    assert_eq!(entries(&world), 0);
    assert_eq!(world.state.table(Table::SegmentEntries).len(), 0);
}

#[test]
fn a_segment_counts() {
    let segment = Segment {
        running_hash: Hash::ZERO,
        count: 0,
    };
    assert_eq!(segment.with(&Hash::ZERO).with(&Hash::ZERO).count, 2);
}
