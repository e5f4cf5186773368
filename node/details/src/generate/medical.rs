//! Medical receipts: fee lines sum to items, items to the total, and settlement channels share it.

use rand::{RngExt, rngs::StdRng};

use super::{
    Draft,
    catalogue::{self, Category, INPATIENT, OUTPATIENT, pick},
    person,
};
use crate::{amount::yuan_of_fen, date::write_date, xml::Fields};

pub(super) fn outpatient(draft: &mut Draft, rng: &mut StdRng) {
    let categories = rng.random_range(1..=3);
    // The consultation first, then other categories, each once.
    for category in &OUTPATIENT[..categories] {
        let lines = rng.random_range(1..=4);
        item(draft, category, lines, rng);
    }
    patient(draft, rng);
    let extension = &mut draft.document.extension;
    extension.set(
        "patientNumber",
        format!("MZ{:08}", rng.random_range(0..100_000_000)),
    );
    extension.set(
        "caseNumber",
        format!("BL{:08}", rng.random_range(0..100_000_000)),
    );
    settle(draft, 40, rng);
}

pub(super) fn inpatient(draft: &mut Draft, issue_date: u32, rng: &mut StdRng) {
    for category in INPATIENT {
        let lines = rng.random_range(4..=24);
        item(draft, category, lines, rng);
    }
    patient(draft, rng);
    let extension = &mut draft.document.extension;
    let stay = format!("ZY{:08}", rng.random_range(0..100_000_000));
    extension.set("hospitalizationNumber", stay);
    extension.set(
        "patientNumber",
        format!("BR{:08}", rng.random_range(0..100_000_000)),
    );
    extension.set("inHospitalDate", write_date(first_of_month(issue_date)));
    extension.set("outHospitalDate", write_date(issue_date));
    settle(draft, 70, rng);

    // Cash flow, which is part of no sum.
    let prepaid = rng.random_range(1..=10) * 100_000;
    let refund = rng.random_range(0..prepaid);
    let extension = &mut draft.document.extension;
    extension.set("prepayAmount", yuan_of_fen(prepaid));
    extension.set("rechargeAmount", yuan_of_fen(0));
    extension.set("refundAmount", yuan_of_fen(refund));
}

/// Adds an item with its lines; in long lists one drug is returned.
fn item(draft: &mut Draft, category: &Category, lines: usize, rng: &mut StdRng) {
    let mut sum = 0;
    for _ in 0..lines {
        sum += line(draft, category, rng.random_range(1..=6), rng);
    }
    let (_, _, least, _) = category.things[0];
    if lines > 10 && sum > least {
        sum += line_of(draft, category, 0, -1, least);
    }
    let mut fields = Fields::default();
    fields.set("ItemCode", category.code);
    fields.set("ItemName", category.name);
    fields.set("ItemUnit", "项");
    fields.set("ItemQuantity", "1");
    fields.set("ItemStd", yuan_of_fen(sum));
    fields.set("ItemAmount", yuan_of_fen(sum));
    draft.document.items.push(fields);
    draft.total_fen += sum;
}

fn line(draft: &mut Draft, category: &Category, quantity: i64, rng: &mut StdRng) -> i64 {
    let thing = rng.random_range(0..category.things.len());
    let (_, _, least, most) = category.things[thing];
    line_of(
        draft,
        category,
        thing,
        quantity,
        rng.random_range(least..=most),
    )
}

/// Adds one line and returns its amount, fen.
fn line_of(draft: &mut Draft, category: &Category, thing: usize, quantity: i64, price: i64) -> i64 {
    let (name, unit, ..) = category.things[thing];
    let fen = quantity * price;
    let mut fields = Fields::default();
    fields.set("AuxItemRelatedCode", category.code);
    fields.set("AuxItemRelatedName", category.name);
    fields.set("AuxItemCode", format!("{}{:04}", category.code, thing + 1));
    fields.set("AuxItemName", name);
    fields.set("AuxItemUnit", unit);
    fields.set("AuxItemQuantity", quantity.to_string());
    fields.set("AuxItemStd", yuan_of_fen(price));
    fields.set("AuxItemAmount", yuan_of_fen(fen));
    if quantity < 0 {
        fields.set("AuxItemRemark", "退药");
    }
    draft.document.lines.push(fields);
    fen
}

fn patient(draft: &mut Draft, rng: &mut StdRng) {
    person::person(&mut draft.document.payer_party, rng);
    let extension = &mut draft.document.extension;
    extension.set("gender", pick(rng, &["男", "女"]));
    extension.set("departmentName", pick(rng, catalogue::DEPARTMENTS));
    extension.set("orgType", "综合医院");
    extension.set("medicalInsuranceType", pick(rng, catalogue::INSURANCES));
    extension.set(
        "medicalInsuranceID",
        format!("YB{:010}", rng.random_range(0..10_000_000_000_u64)),
    );
    draft.document.main.set("PayMode", "医保结算");
}

/// Divides the total among the channels; the pooled fund gets about `fund_percent`.
fn settle(draft: &mut Draft, fund_percent: i64, rng: &mut StdRng) {
    let total = draft.total_fen;
    let fund = total / 100 * fund_percent;
    let account = rng.random_range(0..=(total - fund) / 2);
    let other = rng.random_range(0..=(total - fund - account) / 4);
    let cash = total - fund - account - other;
    let personal = account + cash;
    let self_funded = rng.random_range(0..=personal / 3);
    let extension = &mut draft.document.extension;
    for (name, fen) in [
        ("fundPayAmount", fund),
        ("accountPayAmount", account),
        ("ownPayAmount", cash),
        ("otherPayAmount", other),
        ("selfpaymentAmount", personal - self_funded),
        ("selfpaymentCost", self_funded),
    ] {
        extension.set(name, yuan_of_fen(fen));
    }
}

fn first_of_month(date: u32) -> u32 {
    date / 100 * 100 + 1
}
