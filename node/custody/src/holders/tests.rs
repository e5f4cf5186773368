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

fn person(number: &str, decrypted_with: Option<KeyId>) -> PaidBy {
    PaidBy::Person {
        identity_number: Zeroizing::new(number.to_owned()),
        decrypted_with,
    }
}

/// A chain of receipts, with the payers that are known.
#[derive(Default)]
struct Ledger {
    blocks: Mutex<BTreeMap<u64, Vec<u64>>>,
    paid_by: Mutex<BTreeMap<u64, PaidBy>>,
    blocks_read: AtomicU64,
}

impl Ledger {
    fn issue(&self, height: u64, receipts: &[(u64, PaidBy)]) {
        let numbers = receipts.iter().map(|(number, _)| *number).collect();
        self.blocks.lock().unwrap().insert(height, numbers);
        let receipts = receipts.iter().cloned();
        self.paid_by.lock().unwrap().extend(receipts);
    }

    fn set_paid_by(&self, number: u64, paid_by: PaidBy) {
        self.paid_by.lock().unwrap().insert(number, paid_by);
    }
}

impl Source for Ledger {
    fn issued_at(&self, height: u64) -> Result<Vec<IssuedReceipt>, Fault> {
        self.blocks_read.fetch_add(1, Ordering::Relaxed);
        let blocks = self.blocks.lock().unwrap();
        let numbers = blocks.get(&height).into_iter().flatten();
        let issued = numbers.zip(0..).map(|(number, index)| IssuedReceipt {
            receipt: receipt(*number),
            index,
        });
        Ok(issued.collect())
    }

    fn paid_by(&self, receipt: &ReceiptId) -> Result<PaidBy, Fault> {
        let paid_by = self.paid_by.lock().unwrap();
        Ok(paid_by[&receipt.number.get()].clone())
    }
}

fn open(folder: &Path, key: u8) -> Holders {
    let key = IndexKey::new(Zeroizing::new([key; IndexKey::BYTES]));
    Holders::open(&folder.join("holders"), key).unwrap()
}

/// Scans all blocks up to `tip`.
async fn scan(holders: &Holders, ledger: &Ledger, tip: u64) {
    let (tips, heights) = watch::channel(tip);
    drop(tips);
    holders
        .follow_chain(ledger, heights, |tip| *tip)
        .await
        .unwrap();
    assert_eq!(holders.cursor().unwrap(), tip);
}

async fn retry(holders: &Holders, ledger: &Ledger) {
    tokio::select! {
        ended = holders.retry_pending(ledger) => ended.unwrap(),
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
async fn a_persons_receipts_are_returned_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    ledger.issue(1, &[(1, person(WANG, None)), (2, person(LI, None))]);
    ledger.issue(
        2,
        &[(3, PaidBy::NoIdentityNumber), (4, PaidBy::NotReadable)],
    );
    ledger.issue(
        70,
        &[
            (5, person(LI, None)),
            (6, person(WANG, None)),
            (7, person(WANG, None)),
        ],
    );
    scan(&holders, &ledger, 70).await;
    assert_eq!(receipts_of(&holders, WANG), [7, 6, 1]);
    assert_eq!(receipts_of(&holders, "35010219800101123x"), [7, 6, 1]);
    assert_eq!(receipts_of(&holders, LI), [5, 2]);
    assert_eq!(receipts_of(&holders, "350102199002020046"), [0; 0]);
    let found = holders.receipts_of(&holders.tag(LI)).unwrap();
    assert_eq!(found.entries[0].place(), (70, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn details_that_arrive_later_are_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let details_missing = |number| (number, PaidBy::DetailsMissing);
    ledger.issue(
        1,
        &[details_missing(1), details_missing(2), details_missing(3)],
    );
    scan(&holders, &ledger, 1).await;
    assert_eq!(receipts_of(&holders, WANG), [0; 0]);
    ledger.set_paid_by(1, person(WANG, Some(encryption_key(4))));
    ledger.set_paid_by(2, PaidBy::NotReadable);
    retry(&holders, &ledger).await;
    assert_eq!(receipts_of(&holders, WANG), [1]);
    // Only the third is still pending, also after a restart.
    drop(holders);
    let holders = open(folder.path(), 1);
    ledger.set_paid_by(1, person(LI, None));
    ledger.set_paid_by(2, person(WANG, None));
    ledger.set_paid_by(3, person(WANG, None));
    retry(&holders, &ledger).await;
    assert_eq!(receipts_of(&holders, WANG), [3, 1]);
}

#[test]
fn a_receipt_is_given_up_after_a_month_without_details() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let entry = |number| Entry {
        receipt: receipt(number),
        height: 1,
        index: 0,
    };
    let now_ms = piaolian_base::clock::now().as_ms();
    let month_ms = 30 * 86_400_000;
    let pending = [
        entry(1).pending(now_ms - month_ms - 1),
        entry(2).pending(now_ms),
    ];
    holders.store.write(pending).unwrap();
    ledger.issue(
        1,
        &[(1, PaidBy::DetailsMissing), (2, PaidBy::DetailsMissing)],
    );
    assert_eq!(holders.retry_pending_from(&ledger, &[]).unwrap(), [0_u8; 0]);
    let left = holders.store.pending(&[], 10).unwrap();
    assert_eq!(left, [(entry(2), now_ms)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_block_is_scanned_once_and_again_with_another_index_key() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::default();
    ledger.issue(1, &[(1, person(WANG, None))]);
    let holders = open(folder.path(), 1);
    scan(&holders, &ledger, 100).await;
    drop(holders);
    let holders = open(folder.path(), 1);
    scan(&holders, &ledger, 100).await;
    assert_eq!(ledger.blocks_read.load(Ordering::Relaxed), 100);
    assert_eq!(receipts_of(&holders, WANG), [1]);
    let tag = holders.tag(WANG);
    drop(holders);

    let holders = open(folder.path(), 2);
    assert_eq!(holders.cursor().unwrap(), 0);
    assert_eq!(receipts_of(&holders, WANG), [0; 0]);
    assert_ne!(holders.tag(WANG), tag);
    scan(&holders, &ledger, 100).await;
    assert_eq!(receipts_of(&holders, WANG), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_destroyed_encryption_key_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let with_key = |key| person(WANG, Some(encryption_key(key)));
    ledger.issue(
        1,
        &[(1, with_key(4)), (2, with_key(7)), (3, person(WANG, None))],
    );
    scan(&holders, &ledger, 1).await;
    assert_eq!(
        holders
            .retain_keys(&[encryption_key(4), encryption_key(7)])
            .await
            .unwrap(),
        0
    );
    assert_eq!(receipts_of(&holders, WANG), [3, 2, 1]);
    assert_eq!(holders.retain_keys(&[encryption_key(7)]).await.unwrap(), 1);
    assert_eq!(receipts_of(&holders, WANG), [3, 2]);
    assert_eq!(holders.retain_keys(&[encryption_key(7)]).await.unwrap(), 0);
    // The key is back: all blocks are scanned again.
    assert_eq!(holders.cursor().unwrap(), 1);
    holders
        .retain_keys(&[encryption_key(4), encryption_key(7)])
        .await
        .unwrap();
    assert_eq!(holders.cursor().unwrap(), 0);
    scan(&holders, &ledger, 1).await;
    assert_eq!(receipts_of(&holders, WANG), [3, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_above_the_bound_are_reported_as_more() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    let of = |numbers: std::ops::RangeInclusive<u64>| {
        let receipts = numbers.map(|number| (number, person(WANG, None)));
        receipts.collect::<Vec<_>>()
    };
    ledger.issue(1, &of(1..=RECEIPTS_OF_A_PERSON_MAX as u64));
    scan(&holders, &ledger, 1).await;
    let all = holders.receipts_of(&holders.tag(WANG)).unwrap();
    assert_eq!(
        (all.entries.len(), all.more),
        (RECEIPTS_OF_A_PERSON_MAX, false)
    );
    ledger.issue(2, &of(10_001..=10_001));
    scan(&holders, &ledger, 2).await;
    let some = holders.receipts_of(&holders.tag(WANG)).unwrap();
    assert_eq!(
        (some.entries.len(), some.more),
        (RECEIPTS_OF_A_PERSON_MAX, true)
    );
    // Reading all rows takes several steps.
    ledger.issue(3, &[(20_000, person(WANG, Some(encryption_key(4))))]);
    scan(&holders, &ledger, 3).await;
    assert_eq!(holders.retain_keys(&[]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_disk_names_a_person_or_a_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::default();
    ledger.issue(1, &[(7_654_321, person(WANG, None))]);
    let holders = open(folder.path(), 1);
    scan(&holders, &ledger, 1).await;
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

/// A chain that calls back whenever a block is read.
struct CallsBack<'a>(Ledger, Box<dyn Fn() + Sync + 'a>);

impl Source for CallsBack<'_> {
    fn issued_at(&self, height: u64) -> Result<Vec<IssuedReceipt>, Fault> {
        (self.1)();
        self.0.issued_at(height)
    }

    fn paid_by(&self, receipt: &ReceiptId) -> Result<PaidBy, Fault> {
        self.0.paid_by(receipt)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_in_progress_does_not_undo_a_rescan() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, ledger) = (open(folder.path(), 1), Ledger::default());
    ledger.issue(1, &[(1, person(WANG, Some(encryption_key(4))))]);
    scan(&holders, &ledger, 1).await;
    holders.retain_keys(&[]).await.unwrap();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let begun = Mutex::new(begun);
    let slow = CallsBack(
        ledger,
        Box::new(move || {
            begun.lock().unwrap().send(()).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }),
    );
    std::thread::scope(|scope| {
        let scanned = scope.spawn(|| holders.scan_blocks(&slow, 2));
        has_begun.recv().unwrap();
        futures::executor::block_on(holders.retain_keys(&[encryption_key(4)])).unwrap();
        scanned.join().unwrap().unwrap();
    });
    assert_eq!(holders.cursor().unwrap(), 0);
}
