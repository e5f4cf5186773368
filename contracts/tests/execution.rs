//! Executing blocks: what is included, in what order, and what it changes.

use piaolian_contracts::{
    Refused, Transaction,
    chain::PublicKey,
    execute::{Applied, BlockExecutor, Context},
    organisations::{KeyPurpose, Role},
    state::{Change, Table},
};

use crate::world::{
    HOUR_MS, World, accepted,
    memory::Broken,
    people,
    requests::{book, grant, issue, issue_all, item, lock, reverse, set_parameters},
};

#[test]
fn a_block_takes_no_more_receipts_than_governed() {
    let mut world = World::new();
    world
        .accept(set_parameters(|p| p.block_receipts_max = 3))
        .accept(issue("R1"));
    let two = world.sign(&issue_all(vec![item("a"), item("b")]));
    let two_more = world.sign(&issue_all(vec![item("c"), item("d")]));
    let red = world.sign(&reverse("R1"));
    let one_more = world.sign(&issue("e"));
    let lock = world.sign(&lock("R1", "insurer"));
    let verified: Vec<_> = [two, two_more, red, one_more, lock]
        .into_iter()
        .map(|bytes| world.check(bytes).unwrap())
        .collect();
    let mut executor = world.begin();
    assert!(matches!(
        executor.apply(&verified[0]),
        Ok(Applied::Included(_))
    ));
    assert_eq!(executor.apply(&verified[1]).unwrap(), Applied::Full);
    assert!(matches!(
        executor.apply(&verified[2]),
        Ok(Applied::Included(_))
    ));
    assert_eq!(executor.apply(&verified[3]).unwrap(), Applied::Full);
    assert!(matches!(
        executor.apply(&verified[4]),
        Ok(Applied::Included(_))
    ));
    let executed = executor.finish().unwrap();
    assert_eq!((executed.issued, executed.outcomes.len()), (3, 3));
    world.commit(&executed);
    // What did not fit enters the next block.
    world.execute(&verified[3..4]);
}

#[test]
fn what_is_inadmissible_or_does_not_fit_leaves_no_trace() {
    let mut world = World::new();
    world.accept(set_parameters(|p| p.block_receipts_max = 1));
    let one = world.sign(&issue("a"));
    let one = world.check(one).unwrap();
    let other = world.sign(&issue("b"));
    let other = world.check(other).unwrap();
    let alone = {
        let mut executor = world.begin();
        executor.apply(&one).unwrap();
        executor.finish().unwrap()
    };
    let mut executor = world.begin();
    executor.apply(&one).unwrap();
    assert_eq!(executor.apply(&other).unwrap(), Applied::Full);
    assert!(matches!(
        executor.apply(&one).unwrap(),
        Applied::Inadmissible(_)
    ));
    assert_eq!(executor.finish().unwrap(), alone);
}

#[test]
fn a_transaction_verified_with_another_key_is_not_executed() {
    let mut world = World::new();
    let stranger = people::signing_key("stranger", 1);
    let body = world.body(&issue("R1"));
    let bytes = people::sign(&world.chain_id, &stranger, &body);
    let transaction = std::sync::Arc::new(Transaction::decode(bytes, &world.chain_id).unwrap());
    let verified = transaction.verify(&people::public_key(&stranger)).unwrap();
    let mut executor = world.begin();
    let refused = executor.apply(&verified).unwrap();
    assert!(matches!(
        refused,
        Applied::Inadmissible(Refused::BadSignature { .. })
    ));
}

#[test]
fn a_proposal_is_judged_on_its_own_time() {
    let mut world = World::new();
    let bytes = world.sign(&issue("R1"));
    let verified = world.check(bytes).unwrap();
    world.wait_ms(2 * HOUR_MS);
    let mut executor = world.begin();
    let refused = executor.apply(&verified).unwrap();
    assert!(matches!(
        refused,
        Applied::Inadmissible(Refused::Expired { .. })
    ));
}

#[test]
fn a_block_is_the_same_each_time_it_is_executed() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(issue("R2"));
    let requests = [
        world.sign(&lock("R1", "insurer")),
        world.sign(&issue("R3")),
        world.sign(&book("R1", "employer", "V1", 1)),
        world.sign(&book("R1", "insurer", "V1", 1)),
        world.sign(&reverse("R2")),
    ];
    let verified: Vec<_> = requests
        .into_iter()
        .map(|b| world.check(b).unwrap())
        .collect();
    let run = || {
        let mut executor = world.begin();
        for verified in &verified {
            executor.apply(verified).unwrap();
        }
        executor.finish().unwrap()
    };
    assert_eq!(run(), run());
}

#[test]
fn an_empty_block_changes_nothing() {
    let mut world = World::new();
    let before = world.state.clone();
    let executed = world.block(&[]);
    assert_eq!(
        (
            executed.outcomes.len(),
            executed.changes.len(),
            executed.issued
        ),
        (0, 0, 0)
    );
    assert_eq!(world.state, before);
}

#[test]
fn derived_tables_are_no_leaves_of_the_state_tree() {
    let mut world = World::new();
    let bytes = world.sign(&issue("R1"));
    let changes = world.block(&[bytes]).changes;
    let tables: Vec<Table> = changes.iter().filter_map(Change::table).collect();
    assert_eq!(
        tables,
        [
            Table::Ranges,
            Table::Receipts,
            Table::Issuances,
            Table::Segments,
            Table::Totals,
            Table::SupervisionCounters,
            Table::SupervisionCounters,
            Table::BusinessNumbers,
            Table::ClientIds,
            Table::SegmentEntries,
            Table::ReceiptLists,
        ]
    );
    for (change, table) in changes.iter().zip(tables) {
        assert_eq!(change.is_committed(), table.is_committed());
        assert_eq!(change.is_committed(), table.prefix() < 0x80);
    }
}

#[test]
fn the_root_depends_on_the_outcome_and_not_on_the_road() {
    // The same receipts by one batch, by single transactions in one block, and in
    // a block each have the same issuance leaves.
    let names = ["a", "b", "c"];
    let sealed = |world: &mut World| {
        names.map(|name| {
            let id = piaolian_contracts::receipts::BUSINESS_NUMBERS
                .get(
                    &world.state,
                    &piaolian_contracts::receipts::IssuerBusiness {
                        issuer: world.member("hospital").id,
                        number: name.parse().unwrap(),
                    },
                )
                .unwrap()
                .unwrap();
            world.call(name, id);
            world.receipt(name).issued_hash()
        })
    };
    let mut batch = World::new();
    batch.accept(issue_all(names.map(item).to_vec()));
    let mut singles = World::new();
    let encoded: Vec<_> = names
        .iter()
        .map(|name| singles.sign(&issue(name)))
        .collect();
    singles.block(&encoded);
    let mut blocks = World::new();
    for name in names {
        blocks.accept(issue(name));
    }
    let expected = sealed(&mut batch);
    assert_eq!(sealed(&mut singles), expected);
    assert_eq!(sealed(&mut blocks), expected);
    let root = |world: &World| world.issuance(world.height).unwrap().root;
    assert_eq!(root(&batch), root(&singles));
}

#[test]
fn trouble_with_the_store_is_a_fault_and_no_verdict() {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    let bytes = world.sign(&book("R1", "insurer", "V1", 1));
    let verified = world.check(bytes).unwrap();
    let context = || Context {
        chain_id: world.chain_id.clone(),
        height: world.next_moment().height,
        time: world.next_moment().time,
        parent_time: world.time,
    };
    let broken = Broken {
        state: &world.state,
        table: Table::Parameters,
    };
    assert!(BlockExecutor::begin(&broken, context()).is_err());
    for table in [Table::Organisations, Table::ClientIds, Table::Receipts] {
        let broken = Broken {
            state: &world.state,
            table,
        };
        let mut executor = BlockExecutor::begin(&broken, context()).unwrap();
        assert!(executor.apply(&verified).is_err(), "{table:?}");
    }
    let broken = Broken {
        state: &world.state,
        table: Table::Segments,
    };
    let mut executor = BlockExecutor::begin(&broken, context()).unwrap();
    executor.apply(&verified).unwrap();
    assert!(executor.finish().is_err());
}

#[test]
fn outcomes_name_the_receipts_concerned() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let id = proto_id(&world, "R1");
    let locked = world.submit(lock("R1", "insurer"));
    assert!(accepted(&locked));
    assert_eq!(locked.items[0].receipt, Some(id.clone()));
    let refused = world.submit(lock("R1", "employer"));
    assert_eq!(refused.items.len(), 1);
    assert_eq!(
        (refused.items[0].code, &refused.items[0].receipt),
        (refused.code, &Some(id.clone()))
    );
    let red = world.submit(reverse("R1"));
    assert_eq!(red.items.len(), 1);
    assert_eq!(red.items[0].receipt, Some(id));
    assert!(
        world
            .submit(grant("hospital", 2_000, 2_001))
            .items
            .is_empty()
    );
}

fn proto_id(world: &World, name: &str) -> piaolian_proto::v1::ReceiptId {
    world.receipt_id(name).into()
}

#[test]
fn a_public_key_reads_back_to_its_owner() {
    let world = World::new();
    let key: PublicKey = world.member("hospital").public_key(KeyPurpose::Peer);
    let owner = piaolian_contracts::organisations::KEY_OWNERS.get(&world.state, &key);
    let owner = owner.unwrap().unwrap();
    assert_eq!(
        (owner.organisation, owner.key_id.get()),
        (world.member("hospital").id, 4)
    );
}
