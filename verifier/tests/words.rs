//! The text of a verified file.

use expect_test::expect;
use piaolian_proto::v1::ReceiptProof;
use piaolian_verifier::ProofFile;

use crate::story::{never_issued, story};

#[test]
fn a_proof_is_printed() {
    let story = story();
    let proof = ReceiptProof {
        details: story.details.clone(),
        ..story.chain.proof(&story.receipt)
    };
    let proven = ProofFile::from(proof).verify(&story.chain.trust()).unwrap();
    expect![[r#"
        receipt 99060126-0000000002 stands on chain piaolian-test
          as of       block 5 of 2026-05-29 04:26:45, 426666df5ce60d838ed588e41bd958580b2bd605f8b6bb7427dd364b116863ad
          signed by   3 of 4 validators: 12990100MA0000002Q 11990100MA0000001Q 11990100MA0000003Y
          issuer      样例市第一医院 (12990100MA0000002Q)
          issued      2026-05-29 08:30:00, in block 2
          amount      100.00 yuan
          status      partly reimbursed
          reimbursed  40.00 yuan by 11990100MA0000003Y from commercial insurance, voucher V-1, 2026-05-29 04:26:44
          sealed by   样例省财政厅 (11990100MA0000001Q), one seal over the 3 receipts of block 2
          event       block 2 of 2026-05-29 04:26:42: IssueReceipts by 12990100MA0000002Q, accepted
          event       block 4 of 2026-05-29 04:26:44: BookReceipt by 11990100MA0000003Y, accepted
          event       block 4 of 2026-05-29 04:26:44: BookReceipt by 11990100MA0000003Y, rejected by rule 1615: receipt 99060126-0000000002 was booked by you for the fund commercial insurance with voucher V-1 for 40.00 yuan at height 4
          details     are those committed to: 1 items, 0 fee lines"#]].assert_eq(&proven.to_string());
}

#[test]
fn a_proof_of_absence_is_printed() {
    let story = story();
    let file = ProofFile::from(story.chain.proof_of_absence(&never_issued()));
    let proven = file.verify(&story.chain.trust()).unwrap();
    expect![[r#"
        receipt 99060126-0000000999 does NOT stand on chain piaolian-test
          as of       block 5 of 2026-05-29 04:26:45, 426666df5ce60d838ed588e41bd958580b2bd605f8b6bb7427dd364b116863ad
          signed by   3 of 4 validators: 12990100MA0000002Q 11990100MA0000001Q 11990100MA0000003Y"#]].assert_eq(&proven.to_string());
}
