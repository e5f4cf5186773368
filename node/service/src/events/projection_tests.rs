use bytes::Bytes;
use piaolian_contracts::{
    chain::{Block, Header},
    types::{BlockTime, OrganisationId},
};
use piaolian_proto::v1::{ItemOutcome, LockReceipt, ReverseReceipt};
use piaolian_test_kit::headers;
use prost::Message as _;

use super::*;

const HOSPITAL: &str = "12320900E875065319";

fn header(height: u64) -> Header {
    let time = BlockTime::from_ms(1_000 * height);
    headers::blank("events".parse().unwrap(), Height::new(height), time)
}

fn transaction(action: Action) -> Bytes {
    let body = v1::TransactionBody {
        organisation: HOSPITAL.parse::<OrganisationId>().unwrap().to_string(),
        operator: "clerk-7".to_owned(),
        action: Some(action),
        ..Default::default()
    };
    v1::Transaction {
        body: body.encode_to_vec().into(),
        ..Default::default()
    }
    .encode_to_vec()
    .into()
}

fn receipt(number: u64) -> ReceiptId {
    ReceiptId {
        code: "11010125".to_owned(),
        number,
    }
}

fn item(code: u32, number: u64) -> ItemOutcome {
    ItemOutcome {
        code,
        arguments: Vec::new(),
        receipt: Some(receipt(number)),
        ..ItemOutcome::default()
    }
}

fn outcome(code: u32, items: Vec<ItemOutcome>) -> Outcome {
    Outcome {
        transaction_id: vec![9; 32].into(),
        code,
        arguments: Vec::new(),
        items,
    }
}

fn issue(totals: &[i64]) -> Action {
    let items = totals.iter().map(|total| v1::IssueItem {
        total_fen: *total,
        ..Default::default()
    });
    Action::IssueReceipts(v1::IssueReceipts {
        items: items.collect(),
    })
}

fn lock(number: u64) -> Action {
    Action::LockReceipt(LockReceipt {
        receipt: Some(receipt(number)),
        ..Default::default()
    })
}

fn committed(parts: Vec<(Action, Outcome)>) -> DecodedBlock {
    let (transactions, outcomes) = parts
        .into_iter()
        .map(|(action, outcome)| (transaction(action), outcome))
        .unzip();
    let block = Block {
        header: header(7),
        transactions,
    };
    DecodedBlock::new(block, outcomes).unwrap()
}

fn places(events: &[Event]) -> Vec<(u32, u32)> {
    events
        .iter()
        .filter_map(|e| e.cursor.as_ref())
        .map(|c| (c.transaction, c.item))
        .collect()
}

fn sample_block() -> DecodedBlock {
    committed(vec![
        (
            issue(&[100, 200, 300]),
            outcome(0, vec![item(0, 1), item(1401, 2), item(0, 3)]),
        ),
        (lock(1), outcome(0, vec![item(0, 1)])),
        (
            Action::SealBlock(v1::SealBlock::default()),
            outcome(1412, Vec::new()),
        ),
    ])
}

#[test]
fn every_item_of_every_transaction_gives_an_event_in_order() {
    let events = events_after(&sample_block(), &Cursor::default()).unwrap();
    assert_eq!(places(&events), [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]);
    assert!(events.iter().all(|event| event.block_time_ms == 7_000));
    assert!(events.iter().all(|event| event.operator == "clerk-7"));
}

#[test]
fn an_event_of_a_batch_carries_its_own_item_and_rejection() {
    let events = events_after(&sample_block(), &Cursor::default()).unwrap();
    let Some(Action::IssueReceipts(second)) = events[1].requested() else {
        panic!("{:?}", events[1].request)
    };
    let totals: Vec<_> = second.items.iter().map(|item| item.total_fen).collect();
    assert_eq!(totals, [200]);
    assert_eq!(events[1].rejection.as_ref().unwrap().code, 1401);
    assert_eq!(events[2].rejection, None);
    assert_eq!(events[2].receipt, Some(receipt(3)));
}

#[test]
fn a_transaction_without_items_gives_one_event() {
    let events = events_after(&sample_block(), &end_of(Height::new(6))).unwrap();
    let seal = events.last().unwrap();
    assert_eq!(seal.action, "SealBlock");
    assert_eq!(seal.rejection.as_ref().unwrap().code, 1412);
    assert_eq!(seal.receipt, None);
}

#[test]
fn a_rejected_batch_gives_an_event_for_each_receipt_that_it_asked_for() {
    let rejected = outcome(1202, vec![item(1202, 1), item(1202, 2)]);
    let events = events_after(
        &committed(vec![(issue(&[1, 2]), rejected)]),
        &end_of(Height::new(6)),
    )
    .unwrap();
    assert_eq!(events.len(), 2);
    assert!(
        events
            .iter()
            .all(|event| event.rejection.as_ref().unwrap().code == 1202)
    );
}

#[test]
fn a_reversal_gives_an_event_for_both_receipts() {
    let reverse = Action::ReverseReceipt(ReverseReceipt::default());
    let both = outcome(0, vec![item(0, 8), item(0, 1)]);
    let events = events_after(&committed(vec![(reverse, both)]), &end_of(Height::new(6))).unwrap();
    let projected: Vec<_> = events
        .iter()
        .map(|event| event.receipt.clone().unwrap().number)
        .collect();
    assert_eq!(projected, [8, 1]);
}

#[test]
fn each_event_of_a_batch_names_its_own_receipt_alone() {
    let receipts = vec![receipt(1), receipt(2), receipt(3)];
    let archived = |number| v1::ArchiveItem {
        receipt: Some(receipt(number)),
        archive_number: format!("A-{number}"),
    };
    let batches = [
        Action::DeliverReceipts(v1::DeliverReceipts {
            receipts: receipts.clone(),
            channel: v1::DeliveryChannel::Mail.into(),
        }),
        Action::AuditUse(v1::AuditUse {
            receipts,
            audit_number: "HX-1".to_owned(),
        }),
        Action::ArchiveReceipts(v1::ArchiveReceipts {
            items: (1..=3).map(archived).collect(),
            legal_basis: "rules".to_owned(),
            retention_years: 0,
        }),
    ];
    let decided = || outcome(0, vec![item(0, 1), item(1400, 2), item(0, 3)]);
    let parts = batches
        .into_iter()
        .map(|batch| (batch, decided()))
        .collect();
    let events = events_after(&committed(parts), &end_of(Height::new(6))).unwrap();
    assert_eq!(events.len(), 9);
    for event in events {
        let own = vec![event.receipt.clone().unwrap()];
        let projected = match event.requested().unwrap().clone() {
            Action::DeliverReceipts(batch) => batch.receipts,
            Action::AuditUse(batch) => batch.receipts,
            Action::ArchiveReceipts(batch) => {
                let receipts = batch.items.into_iter().map(|item| item.receipt.unwrap());
                receipts.collect()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(projected, own);
        assert_eq!(event.rejection.is_some(), own[0].number == 2);
    }
}

#[test]
fn reading_goes_on_right_after_any_cursor() {
    let block = sample_block();
    let all = events_after(&block, &Cursor::default()).unwrap();
    for (place, event) in all.iter().enumerate() {
        let cursor = event.cursor.as_ref().unwrap();
        assert_eq!(events_after(&block, cursor).unwrap(), all[place + 1..]);
    }
    assert!(
        events_after(&block, &end_of(Height::new(7)))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_block_that_cannot_be_decoded_is_a_fault() {
    let whole = sample_block();
    let mut block = whole.block().clone();
    block.transactions[1] = Bytes::from_static(b"\xff");
    let block = DecodedBlock::new(block, whole.outcomes().to_vec()).unwrap();
    assert!(matches!(
        events_after(&block, &end_of(Height::new(6))),
        Err(ServiceError::Fault(_))
    ));
}

/// Names every action, so that a new one is covered as well.
#[test]
fn every_action_gives_an_event_of_its_name() {
    macro_rules! projected {
        ($( $action:ident $field:ident $number:literal; )*) => {
            $(
                let action = Action::$action(v1::$action::default());
                let projected = EventProjection {
                    height: Height::new(7),
                    time_ms: 7_000,
                    index: 0,
                    outcome: &outcome(1000, Vec::new()),
                };
                let [event] = &projected.events(&action.into())[..] else {
                    panic!(stringify!($action))
                };
                assert_eq!(event.action, stringify!($action));
            )*
        };
    }
    piaolian_proto::for_each_action!(projected);
}
