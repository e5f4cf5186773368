use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use piaolian_contracts::types::ReceiptId;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::*;

const WANG: &str = "35010219800101123X";
const LI: &str = "350102199002020045";

fn receipt(number: u64) -> ReceiptId {
    ReceiptId::from_key(format!("99060126{number:010}").as_bytes()).unwrap()
}

fn encryption_key(number: u32) -> KeyId {
    KeyId::parse("key_id", number).unwrap()
}

fn person(number: &str, opened_by: Option<KeyId>) -> Payer {
    Payer::Person {
        identity_number: Zeroizing::new(number.to_owned()),
        opened_by,
    }
}

/// Blocks of receipts, and who paid each as far as that is known.
#[derive(Default)]
struct Ledger {
    blocks: Mutex<BTreeMap<u64, Vec<u64>>>,
    payers: Mutex<BTreeMap<u64, Payer>>,
    blocks_read: AtomicU64,
}

impl Ledger {
    fn issue(&self, height: u64, receipts: &[(u64, Payer)]) {
        let numbers = receipts.iter().map(|(number, _)| *number).collect();
        self.blocks.lock().unwrap().insert(height, numbers);
        let receipts = receipts.iter().cloned();
        self.payers.lock().unwrap().extend(receipts);
    }

    fn now_is(&self, number: u64, payer: Payer) {
        self.payers.lock().unwrap().insert(number, payer);
    }
}

impl Source for Ledger {
    fn issued_at(&self, height: u64) -> Result<Vec<Issued>, Fault> {
        self.blocks_read.fetch_add(1, Ordering::Relaxed);
        let blocks = self.blocks.lock().unwrap();
        let numbers = blocks.get(&height).into_iter().flatten();
        let issued = numbers.zip(0..).map(|(number, index)| Issued {
            receipt: receipt(*number),
            index,
        });
        Ok(issued.collect())
    }

    fn payer_of(&self, receipt: &ReceiptId) -> Result<Payer, Fault> {
        let payers = self.payers.lock().unwrap();
        Ok(payers[&receipt.number.get()].clone())
    }
}

fn open(folder: &Path, key: u8) -> Holders {
    let key = IndexKey::new(Zeroizing::new([key; IndexKey::BYTES]));
    Holders::open(&folder.join("holders"), key).unwrap()
}

/// Looks at all blocks up to `tip`, and then once again at what waits.
async fn look(holders: &Holders, ledger: &Ledger, tip: u64) {
    let (tips, heights) = watch::channel(tip);
    drop(tips);
    holders.follow(ledger, heights, |tip| *tip).await.unwrap();
    assert_eq!(holders.followed().unwrap(), tip);
}

async fn look_again(holders: &Holders, ledger: &Ledger) {
    tokio::select! {
        ended = holders.look_again(ledger) => ended.unwrap(),
        () = sleep(Duration::from_millis(50)) => {}
    }
}

fn receipts_of(holders: &Holders, number: &str) -> Vec<u64> {
    let found = holders.receipts_of(&holders.tag(number)).unwrap();
    assert!(!found.more);
    let numbers = found.entries.iter().map(|entry| entry.receipt.number.get());
    numbers.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_receipts_are_found_newest_first_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    ledger.issue(1, &[(1, person(WANG, None)), (2, person(LI, None))]);
    ledger.issue(2, &[(3, Payer::Unnumbered), (4, Payer::NotForUs)]);
    ledger.issue(
        70,
        &[
            (5, person(LI, None)),
            (6, person(WANG, None)),
            (7, person(WANG, None)),
        ],
    );
    look(&holders, &ledger, 70).await;
    assert_eq!(receipts_of(&holders, WANG), [7, 6, 1]);
    assert_eq!(receipts_of(&holders, "35010219800101123x"), [7, 6, 1]);
    assert_eq!(receipts_of(&holders, LI), [5, 2]);
    assert_eq!(receipts_of(&holders, "350102199002020046"), [0; 0]);
    let found = holders.receipts_of(&holders.tag(LI)).unwrap();
    assert_eq!(found.entries[0].place(), (70, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn details_that_come_later_are_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let not_here = |number| (number, Payer::NotHere);
    ledger.issue(1, &[not_here(1), not_here(2), not_here(3)]);
    look(&holders, &ledger, 1).await;
    assert_eq!(receipts_of(&holders, WANG), [0; 0]);
    ledger.now_is(1, person(WANG, Some(encryption_key(4))));
    ledger.now_is(2, Payer::NotForUs);
    look_again(&holders, &ledger).await;
    assert_eq!(receipts_of(&holders, WANG), [1]);
    // The third still waits, also over a restart; the others do not.
    drop(holders);
    let holders = open(folder.path(), 1);
    ledger.now_is(1, person(LI, None));
    ledger.now_is(2, person(WANG, None));
    ledger.now_is(3, person(WANG, None));
    look_again(&holders, &ledger).await;
    assert_eq!(receipts_of(&holders, WANG), [3, 1]);
}

#[test]
fn what_nobody_had_for_a_month_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let entry = |number| Entry {
        receipt: receipt(number),
        height: 1,
        index: 0,
    };
    let now_ms = piaolian_base::clock::now().as_ms();
    let month_ms = 30 * 86_400_000;
    let waiting = [
        entry(1).waiting(now_ms - month_ms - 1),
        entry(2).waiting(now_ms),
    ];
    holders.store.write(waiting).unwrap();
    ledger.issue(1, &[(1, Payer::NotHere), (2, Payer::NotHere)]);
    assert_eq!(holders.look_from(&ledger, &[]).unwrap(), [0_u8; 0]);
    let left = holders.store.waiting(&[], 10).unwrap();
    assert_eq!(left, [(entry(2), now_ms)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_block_is_looked_at_once_and_all_again_with_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::default();
    ledger.issue(1, &[(1, person(WANG, None))]);
    let holders = open(folder.path(), 1);
    look(&holders, &ledger, 100).await;
    drop(holders);
    let holders = open(folder.path(), 1);
    look(&holders, &ledger, 100).await;
    assert_eq!(ledger.blocks_read.load(Ordering::Relaxed), 100);
    assert_eq!(receipts_of(&holders, WANG), [1]);
    let tag = holders.tag(WANG);
    drop(holders);

    let holders = open(folder.path(), 2);
    assert_eq!(holders.followed().unwrap(), 0);
    assert_eq!(receipts_of(&holders, WANG), [0; 0]);
    assert_ne!(holders.tag(WANG), tag);
    look(&holders, &ledger, 100).await;
    assert_eq!(receipts_of(&holders, WANG), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_destroyed_encryption_key_opened_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let opened_by = |key| person(WANG, Some(encryption_key(key)));
    ledger.issue(
        1,
        &[
            (1, opened_by(4)),
            (2, opened_by(7)),
            (3, person(WANG, None)),
        ],
    );
    look(&holders, &ledger, 1).await;
    assert_eq!(
        holders
            .keep_only(&[encryption_key(4), encryption_key(7)])
            .await
            .unwrap(),
        0
    );
    assert_eq!(receipts_of(&holders, WANG), [3, 2, 1]);
    assert_eq!(holders.keep_only(&[encryption_key(7)]).await.unwrap(), 1);
    assert_eq!(receipts_of(&holders, WANG), [3, 2]);
    assert_eq!(holders.keep_only(&[encryption_key(7)]).await.unwrap(), 0);
    // It was put back: all blocks are looked at again.
    assert_eq!(holders.followed().unwrap(), 1);
    holders
        .keep_only(&[encryption_key(4), encryption_key(7)])
        .await
        .unwrap();
    assert_eq!(holders.followed().unwrap(), 0);
    look(&holders, &ledger, 1).await;
    assert_eq!(receipts_of(&holders, WANG), [3, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_receipts_than_are_looked_at_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let of = |numbers: std::ops::RangeInclusive<u64>| {
        let receipts = numbers.map(|number| (number, person(WANG, None)));
        receipts.collect::<Vec<_>>()
    };
    ledger.issue(1, &of(1..=RECEIPTS_OF_A_PERSON_MAX as u64));
    look(&holders, &ledger, 1).await;
    let all = holders.receipts_of(&holders.tag(WANG)).unwrap();
    assert_eq!(
        (all.entries.len(), all.more),
        (RECEIPTS_OF_A_PERSON_MAX, false)
    );
    ledger.issue(2, &of(10_001..=10_001));
    look(&holders, &ledger, 2).await;
    let some = holders.receipts_of(&holders.tag(WANG)).unwrap();
    assert_eq!(
        (some.entries.len(), some.more),
        (RECEIPTS_OF_A_PERSON_MAX, true)
    );
    // Looking through all of them takes several steps.
    ledger.issue(3, &[(20_000, person(WANG, Some(encryption_key(4))))]);
    look(&holders, &ledger, 3).await;
    assert_eq!(holders.keep_only(&[]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_disk_names_a_person_or_a_receipt_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::default();
    ledger.issue(1, &[(7_654_321, person(WANG, None))]);
    let holders = open(folder.path(), 1);
    look(&holders, &ledger, 1).await;
    let closed = holders.closed();
    drop(holders);
    assert!(closed.within(Duration::from_secs(10)).await);
    let mut bytes = 0;
    for file in fs::read_dir(folder.path().join("holders")).unwrap() {
        let content = fs::read(file.unwrap().path()).unwrap();
        bytes += content.len();
        for needle in [WANG, "99060126", "7654321"] {
            let found = content
                .windows(needle.len())
                .any(|at| at == needle.as_bytes());
            assert!(!found, "{needle}");
        }
    }
    assert!(bytes > 0);
}

/// A chain during whose looking at something else happens.
struct Meanwhile<'a>(Ledger, Box<dyn Fn() + Sync + 'a>);

impl Source for Meanwhile<'_> {
    fn issued_at(&self, height: u64) -> Result<Vec<Issued>, Fault> {
        (self.1)();
        self.0.issued_at(height)
    }

    fn payer_of(&self, receipt: &ReceiptId) -> Result<Payer, Fault> {
        self.0.payer_of(receipt)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_back_while_a_block_is_looked_at_has_all_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    ledger.issue(1, &[(1, person(WANG, Some(encryption_key(4))))]);
    look(&holders, &ledger, 1).await;
    holders.keep_only(&[]).await.unwrap();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let begun = Mutex::new(begun);
    let slow = Meanwhile(
        ledger,
        Box::new(move || {
            begun.lock().unwrap().send(()).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }),
    );
    std::thread::scope(|scope| {
        let looked = scope.spawn(|| holders.look_at(&slow, 2));
        has_begun.recv().unwrap();
        futures::executor::block_on(holders.keep_only(&[encryption_key(4)])).unwrap();
        looked.join().unwrap().unwrap();
    });
    assert_eq!(holders.followed().unwrap(), 0);
}
