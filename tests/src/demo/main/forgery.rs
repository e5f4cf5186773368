//! Altered and forged receipts are presented and rejected.

use piaolian_contracts::types::Fen;
use piaolian_details::generate::Kind;
use piaolian_proto::v1::ReceiptId;

use super::issuing::Issued;
use crate::demo::{
    DemoError, Harness, Member,
    client::Presented,
    display::receipt,
    import::{Done, import},
    rules::{self, Rule},
};

/// A number that finance never granted.
const NEVER_GRANTED: u64 = 9_999_999_999;

pub(in crate::demo) async fn run(harness: &mut Harness, issued: &Issued) -> Result<(), DemoError> {
    harness.report.chapter("Altered and forged · 篡改与伪造");
    altered_amount(harness, issued).await?;
    let outside = ReceiptId {
        code: harness.receipts.code(Kind::Outpatient),
        number: NEVER_GRANTED,
    };
    let title = "The hospital imports a receipt with a number outside its range";
    forged_number(harness, title, &outside, rules::NUMBER_NOT_GRANTED).await?;
    let title = "The hospital imports another receipt with a number that it has used";
    forged_number(harness, title, &issued.outpatient, rules::NUMBER_USED).await
}

/// Alters 15,263.14 to 115,263.14 by a digit in front.
async fn altered_amount(harness: &mut Harness, issued: &Issued) -> Result<(), DemoError> {
    let insurer = harness.network.client(Member::Insurer)?;
    let record = insurer
        .receipt(&issued.outpatient)
        .await?
        .record
        .unwrap_or_default();
    let total = Fen::new(record.total_fen);
    let altered = altered(record.total_fen);
    let title = format!(
        "Receipt {} over {total} yuan is presented to the insurer as {altered} yuan",
        receipt(&issued.outpatient)
    );
    harness.report.begin(title);
    let presented = Presented {
        receipt: issued.outpatient.clone(),
        total_fen: altered.get(),
    };
    let naming = [
        receipt(&issued.outpatient),
        altered.to_string(),
        total.to_string(),
    ];
    let lock = insurer.lock(&presented, "YB-CLAIM-2").await;
    harness
        .report
        .rejected(&insurer, rules::TOTAL_DIFFERS, &naming, lock)
        .await
}

/// The amount with the digit 1 in front.
fn altered(fen: i64) -> Fen {
    let mut digit = 10;
    while digit <= fen {
        digit *= 10;
    }
    Fen::new(fen + digit)
}

async fn forged_number(
    harness: &mut Harness,
    title: &str,
    forged: &ReceiptId,
    rule: Rule,
) -> Result<(), DemoError> {
    let hospital = harness.network.client(Member::Hospital)?;
    let file = harness.receipts.write_one(Some(forged.number))?;
    harness.report.begin(title);
    let mut imported = import(hospital, vec![file], 1, Done::default()).await?;
    let naming = [receipt(forged)];
    harness
        .report
        .rejected_by(imported.refused.pop(), imported.place, rule, &naming)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_in_front_alters_an_amount() {
        for (fen, altered_fen) in [(1_526_314, 11_526_314), (9, 19), (10, 110), (99, 199)] {
            assert_eq!(altered(fen), Fen::new(altered_fen));
        }
    }
}
