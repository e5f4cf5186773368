use proptest::{prelude::*, sample::Index};

use super::{
    rules::{expect, wrong},
    *,
};
use crate::{
    amount::{fen_of_yuan, yuan_of_fen},
    issue::Draft,
    xml::Fields,
};

const CHANNELS: [&str; 4] = [
    "fundPayAmount",
    "accountPayAmount",
    "ownPayAmount",
    "otherPayAmount",
];

fn alter_amount(fields: &mut Fields, name: &'static str, by: i64) {
    let fen = fen_of_yuan(fields.text(name)).unwrap();
    fields.set(name, yuan_of_fen(fen + by));
}

#[test]
fn items_sum_to_the_total() {
    let mut document = outpatient();
    alter_amount(&mut document.main, "TotalAmount", 1);
    assert_eq!(wrong(&document)[0], (9302, "Details".to_owned()));
    let mut document = outpatient();
    document.items.clear();
    document.lines.clear();
    assert_eq!(wrong(&document), [(9301, "Details".to_owned())]);
}

#[test]
fn a_real_fraud_is_found_before_it_is_signed() {
    // 15,263.14 altered to 105,263.14 (docs/DOMAIN.md §3).
    let mut document = outpatient();
    document.main.set("EInvoiceCode", "99010126");
    document.extension = Fields::default();
    document.lines.clear();
    document.items.truncate(1);
    document.items[0].set("ItemAmount", "15263.14");
    document.main.set("TotalAmount", "15263.14");
    assert_eq!(wrong(&document), []);
    document.main.set("TotalAmount", "105263.14");
    assert_eq!(wrong(&document), [(9302, "Details".to_owned())]);
}

#[test]
fn detail_lines_sum_to_their_item_within_the_tolerance() {
    expect(
        |d| alter_amount(&mut d.lines[0], "AuxItemAmount", -1),
        9303,
        "Item[1]",
    );
    let mut document = outpatient();
    let tolerant = hospital_rules().with_line_tolerance(5);
    for (off, accepted) in [(5, true), (6, false), (-5, true), (-6, false)] {
        let mut altered = document.clone();
        alter_amount(&mut altered.lines[0], "AuxItemAmount", off);
        assert_eq!(
            Draft::of_document(&altered, &tolerant).is_ok(),
            accepted,
            "{off}"
        );
    }
    document.lines[0].set("AuxItemRelatedCode", "nothing");
    assert!(wrong(&document).contains(&(9304, "AuxItemRelatedCode".to_owned())));
}

#[test]
fn the_four_channels_sum_to_the_total() {
    expect(
        |d| alter_amount(&mut d.extension, "ownPayAmount", 1),
        9305,
        "MainExt",
    );
    let mut document = outpatient();
    for name in CHANNELS {
        document.extension.set(name, "0.00");
    }
    assert_eq!(wrong(&document), [(9311, "MainExt".to_owned())]);
    // Fees of other categories are paid by their payer alone.
    document.main.set("EInvoiceCode", "99010126");
    assert_eq!(wrong(&document), []);
}

#[test]
fn breakdowns_and_cash_flow_are_part_of_no_sum() {
    for name in [
        "selfpaymentAmount",
        "selfpaymentCost",
        "prepayAmount",
        "rechargeAmount",
        "refundAmount",
    ] {
        let mut document = outpatient();
        document.extension.set(name, "123456.78");
        assert_eq!(wrong(&document), [], "{name}");
    }
}

#[test]
fn amounts_that_overflow_a_sum_are_rejected() {
    let mut document = outpatient();
    document.main.set("EInvoiceCode", "99010126");
    document.extension = Fields::default();
    document.lines.clear();
    let item = document.items[0].clone();
    document.items = vec![item; 1_000];
    for item in &mut document.items {
        item.set("ItemAmount", "99999999999999.99");
    }
    assert_eq!(wrong(&document), [(9306, "Details".to_owned())]);
}

/// Returns the amounts of a sum, by place.
fn amounts(document: &mut Document) -> Vec<(&mut Fields, &'static str)> {
    let channels = CHANNELS;
    let mut all = vec![(&mut document.main, "TotalAmount")];
    all.extend(document.items.iter_mut().map(|item| (item, "ItemAmount")));
    all.extend(
        document
            .lines
            .iter_mut()
            .map(|line| (line, "AuxItemAmount")),
    );
    let extension = &document.extension;
    let used = channels
        .into_iter()
        .filter(|name| !extension.text(name).is_empty());
    let used: Vec<_> = used.collect();
    // One group at a time can be borrowed: the number of amounts selects the channel.
    let place = all.len() % used.len().max(1);
    all.extend(used.get(place).map(|name| (&mut document.extension, *name)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_generated_receipt_may_be_issued_and_none_with_one_amount_altered(
        seed in any::<u64>(),
        kind in prop::sample::select(vec![Kind::Outpatient, Kind::Inpatient, Kind::TrafficFine]),
        which in any::<Index>(),
        by in prop_oneof![Just(1_i64), Just(-1), 1..100_000_000_i64, -10_000..0_i64],
    ) {
        let mut document = generated(kind, seed).document;
        prop_assert_eq!(wrong(&document), []);
        let mut amounts = amounts(&mut document);
        let which = which.index(amounts.len());
        let (fields, name) = &mut amounts[which];
        alter_amount(fields, name, by);
        prop_assert!(!wrong(&document).is_empty());
    }
}
