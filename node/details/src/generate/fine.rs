//! Traffic fines: decision number, payment code, one item.

use rand::{RngExt, rngs::StdRng};

use super::{Draft, Plan, catalogue, person};
use crate::{amount::yuan_of_fen, xml::Fields};

pub(super) fn fine(draft: &mut Draft, plan: &Plan, serial: u64, rng: &mut StdRng) {
    let (code, offence, fen) = catalogue::pick(rng, catalogue::OFFENCES);
    let mut item = Fields::default();
    item.set("ItemCode", "103050101");
    item.set("ItemName", "公安交通罚没收入");
    item.set("ItemUnit", "起");
    item.set("ItemQuantity", "1");
    item.set("ItemStd", yuan_of_fen(fen));
    item.set("ItemAmount", yuan_of_fen(fen));
    item.set("ItemRemark", format!("{code} {offence}"));
    draft.document.items.push(item);
    draft.total_fen = fen;
    person::person(&mut draft.document.payer_party, rng);

    let year = plan.issue_date / 10_000 % 100;
    // 20 digits: area, year, 30, serial (docs/DOMAIN.md §5).
    let payment_code = format!("{}{year:02}30{serial:010}", plan.area);
    draft.document.extension.set("PayCode", payment_code);
    let decision = format!(
        "{}{year:02}{:07}",
        plan.area,
        rng.random_range(0..10_000_000)
    );
    draft
        .document
        .more
        .insert("DecisionNumber".into(), decision);
    draft.document.main.set("PayMode", "代理银行柜面");
}
