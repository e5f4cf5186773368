use super::*;
use crate::details::{DetailsStore, issue::Draft, prepare_all};

fn drafts(seed: u64, count: usize) -> Vec<Draft> {
    let receipts = receipts(plan(&[Kind::Outpatient]), seed).take(count);
    let draft = |receipt: Generated| Draft::of_document(&receipt.document, &hospital_rules());
    receipts.map(|receipt| draft(receipt).unwrap()).collect()
}

#[test]
fn a_retry_asks_for_the_very_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    let drafts = drafts(1, 20);
    let mut rng = rng();
    let first = {
        let store = DetailsStore::open(&folder).unwrap();
        prepare_all(&store, &drafts[..15], &mut rng).unwrap()
    };
    let store = DetailsStore::open(&folder).unwrap();
    let again = prepare_all(&store, &drafts, &mut rng).unwrap();
    assert_eq!(again.len(), 20);
    assert_eq!(again[..15], first[..]);
}

#[test]
fn what_is_prepared_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = DetailsStore::open(&folder.path().join("details")).unwrap();
    for prepared in prepare_all(&store, &drafts(1, 20), &mut rng()).unwrap() {
        let kept = store.by_commitment(&prepared.details.commitment()).unwrap();
        assert_eq!(kept.unwrap().details, prepared.details);
    }
}

#[test]
fn a_corrected_receipt_is_prepared_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = DetailsStore::open(&folder.path().join("details")).unwrap();
    // Another seed, the same business numbers.
    let (wrong, right) = (drafts(1, 1), drafts(2, 1));
    let wrong = prepare_all(&store, &wrong, &mut rng()).unwrap();
    let right = prepare_all(&store, &right, &mut rng()).unwrap();
    assert_eq!(wrong[0].item.business_number, right[0].item.business_number);
    assert_ne!(
        wrong[0].item.details_commitment,
        right[0].item.details_commitment
    );
    assert_eq!(
        store
            .of_business(&wrong[0].item.business_number)
            .unwrap()
            .len(),
        2
    );
}
