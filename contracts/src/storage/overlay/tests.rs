//! The overlay over a small parent: reads, savepoints, walks.

use super::*;
use crate::malformed::Malformed;

impl Key for u8 {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&[*self]])
    }
}

impl Record for u64 {
    fn encode(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        crate::malformed::fixed("number", bytes).map(Self::from_be_bytes)
    }
}

const NUMBERS: Records<u8, u64> = Records::new(Table::Ranges);

struct Fixed(BTreeMap<Vec<u8>, Vec<u8>>);

impl StateReader for Fixed {
    fn get(&self, _: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.get(key).cloned())
    }

    fn floor(&self, _: Table, key: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, Fault> {
        let found = self.0.range(..=key.to_vec()).next_back();
        Ok(found.map(|(key, value)| (key.clone(), value.clone())))
    }
}

fn state(numbers: &[u8]) -> Fixed {
    Fixed(
        numbers
            .iter()
            .map(|n| (vec![*n], u64::from(*n).encode()))
            .collect(),
    )
}

fn floor(overlay: &mut Overlay, key: u8) -> Option<u64> {
    overlay.floor(NUMBERS, &[key]).unwrap().map(|value| *value)
}

fn set(overlay: &mut Overlay, key: u8, number: u64) {
    overlay.entry(NUMBERS, &key).unwrap().set(number);
}

fn remove(overlay: &mut Overlay, key: u8) {
    overlay.entry(NUMBERS, &key).unwrap().remove().unwrap();
}

#[test]
fn rolling_back_restores_what_was_there() {
    let state = state(&[1, 2]);
    let mut overlay = Overlay::new(&state);
    set(&mut overlay, 1, 10);
    let savepoint = overlay.savepoint();
    set(&mut overlay, 1, 11);
    set(&mut overlay, 3, 3);
    remove(&mut overlay, 2);
    overlay.roll_back(savepoint);
    assert_eq!(overlay.get(NUMBERS, &1).unwrap().as_deref(), Some(&10));
    assert_eq!(overlay.get(NUMBERS, &2).unwrap().as_deref(), Some(&2));
    assert_eq!(overlay.get(NUMBERS, &3).unwrap(), None);
    let changes = overlay.into_changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].key, [Table::Ranges.prefix(), 1]);
    assert_eq!(changes[0].value, Some(10_u64.encode()));
}

#[test]
fn the_floor_sees_writes_and_deletions_of_the_block() {
    let state = state(&[2, 4, 6]);
    let mut overlay = Overlay::new(&state);
    assert_eq!(floor(&mut overlay, 5), Some(4));
    set(&mut overlay, 5, 50);
    assert_eq!(floor(&mut overlay, 5), Some(50));
    assert_eq!(floor(&mut overlay, 4), Some(4));
    for number in [4, 5] {
        remove(&mut overlay, number);
    }
    assert_eq!(floor(&mut overlay, 5), Some(2));
    assert_eq!(floor(&mut overlay, 7), Some(6));
    assert_eq!(floor(&mut overlay, 1), None);
    set(&mut overlay, 4, 40);
    assert_eq!(floor(&mut overlay, 5), Some(40));
}

#[test]
fn a_walk_sees_writes_and_deletions_of_the_block_and_ends_where_it_is_told() {
    let state = state(&[2, 4, 6]);
    let mut overlay = Overlay::new(&state);
    set(&mut overlay, 5, 50);
    remove(&mut overlay, 4);
    let walk = |limit, least| {
        let found = overlay.descend(NUMBERS, &[7], limit, |value| *value >= least);
        let found = found.unwrap().into_iter();
        found.map(|value| *value).collect::<Vec<u64>>()
    };
    assert_eq!(walk(9, 0), [6, 50, 2]);
    assert_eq!(walk(2, 0), [6, 50]);
    assert_eq!(walk(9, 3), [6, 50]);
}

#[test]
fn changes_come_in_order_and_leave_out_what_never_was() {
    let state = state(&[1]);
    let mut overlay = Overlay::new(&state);
    for number in [9, 3, 7] {
        set(&mut overlay, number, 0);
    }
    remove(&mut overlay, 9);
    remove(&mut overlay, 1);
    let keys: Vec<u8> = overlay
        .into_changes()
        .iter()
        .map(|change| change.key[1])
        .collect();
    assert_eq!(keys, [1, 3, 7]);
}

#[test]
fn a_deletion_is_kept_where_the_record_was_written_unread() {
    let state = state(&[1]);
    let mut overlay = Overlay::new(&state);
    overlay.insert_new(NUMBERS, &1, 10).unwrap();
    overlay.insert_new(NUMBERS, &2, 20).unwrap();
    remove(&mut overlay, 1);
    remove(&mut overlay, 2);
    let changes = overlay.into_changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].key, [Table::Ranges.prefix(), 1]);
    assert_eq!(changes[0].value, None);
}

#[test]
fn a_new_record_in_the_place_of_a_deleted_one_is_deleted_with_it() {
    let state = state(&[1]);
    let mut overlay = Overlay::new(&state);
    remove(&mut overlay, 1);
    overlay.insert_new(NUMBERS, &1, 10).unwrap();
    let savepoint = overlay.savepoint();
    remove(&mut overlay, 1);
    assert_eq!(overlay.get(NUMBERS, &1).unwrap(), None);
    overlay.roll_back(savepoint);
    assert_eq!(overlay.get(NUMBERS, &1).unwrap().as_deref(), Some(&10));
    remove(&mut overlay, 1);
    assert_eq!(overlay.into_changes()[0].value, None);
}

#[test]
fn a_new_record_in_the_place_of_another_is_a_fault_and_changes_nothing() {
    let state = state(&[1]);
    let mut overlay = Overlay::new(&state);
    set(&mut overlay, 2, 20);
    let read = overlay.get(NUMBERS, &1).unwrap();
    for taken in [1, 2] {
        let fault = overlay.insert_new(NUMBERS, &taken, 99).unwrap_err();
        assert!(fault.to_string().contains("would replace another"));
    }
    assert_eq!(overlay.get(NUMBERS, &1).unwrap(), read);
    assert_eq!(overlay.get(NUMBERS, &2).unwrap().as_deref(), Some(&20));
    assert_eq!(overlay.into_changes().len(), 1);
}

#[test]
fn bytes_that_no_contract_wrote_are_a_fault() {
    let state = Fixed([(vec![1], vec![0xff])].into());
    let mut overlay = Overlay::new(&state);
    let fault = overlay.get(NUMBERS, &1).unwrap_err();
    assert!(fault.to_string().contains("corrupt"));
}

#[test]
fn the_predecessor_borrows_across_bytes() {
    assert_eq!(predecessor(&[1, 0]), Some(vec![0, 0xff]));
    assert_eq!(predecessor(&[0, 0]), None);
}
