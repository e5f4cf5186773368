//! Every sample in `samples/receipts`, as a hospital's node takes them.

use std::{collections::BTreeMap, fs, path::Path};

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_details::Details;
use piaolian_proto::v1::{
    GetReceiptDetailsRequest, ImportFile, ImportOutcome, ImportReceiptsRequest, ImportResult,
    ReceiptId, VerifyReceiptRequest, VerifyResult, receipt_service_client::ReceiptServiceClient,
};
use tonic::Code;

use crate::world::{Shape, World, operator, refusal};

/// The hospital of the samples. The fines are another's to issue.
const HOSPITAL: &str = "12990100MA0000002Q";
const SAMPLES: usize = 24;
const FINES: usize = 6;
/// The date of the samples.
const DATE: &str = "IssueDate>20261120<";

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_imports_every_sample_that_is_its_own() {
    let shape = Shape {
        organisation: HOSPITAL,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    for code in ["99060126", "99060226"] {
        world.grant_of(code, 1, 1_000).await;
    }
    let files = samples();
    assert_eq!(files.len(), SAMPLES);
    let receipts = the_hospitals_are_issued_and_the_fines_refused(&world, &files).await;
    a_repeated_import_issues_nothing(&world, &files, &receipts).await;
    for (name, receipt) in &receipts {
        the_details_verify(&world, name, receipt).await;
    }
    an_altered_file_is_refused_by_its_number(&world, &files[SAMPLES - 1]).await;
    world.stop().await;
}

/// The samples by name, dated today.
fn samples() -> Vec<ImportFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/receipts");
    let today = format!("IssueDate>{}<", BeijingDate::at(clock::now()).get());
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "xml"))
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            assert_eq!(text.matches(DATE).count(), 1, "{}", entry.path().display());
            ImportFile {
                name: entry.file_name().into_string().unwrap(),
                xml: text.replace(DATE, &today).into(),
            }
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

async fn import(world: &World, files: &[ImportFile]) -> Vec<ImportOutcome> {
    let request = ImportReceiptsRequest {
        files: files.to_vec(),
        options: operator("clerk-1"),
        late_reason: String::new(),
    };
    let mut client = ReceiptServiceClient::new(world.clerk());
    let answer = client.import_receipts(request).await.unwrap();
    answer.into_inner().outcomes
}

async fn the_hospitals_are_issued_and_the_fines_refused(
    world: &World,
    files: &[ImportFile],
) -> BTreeMap<String, ReceiptId> {
    let mut receipts = BTreeMap::new();
    for outcome in import(world, files).await {
        let codes: Vec<u32> = outcome.problems.iter().map(|it| it.code).collect();
        if outcome.name.starts_with("fine-") {
            assert_eq!(outcome.result(), ImportResult::Refused, "{outcome:?}");
            assert_eq!(
                (codes, outcome.receipt),
                (vec![9307], None),
                "{}",
                outcome.name
            );
        } else {
            assert_eq!(outcome.result(), ImportResult::Issued, "{outcome:?}");
            receipts.insert(outcome.name, outcome.receipt.unwrap());
        }
    }
    assert_eq!(receipts.len(), SAMPLES - FINES);
    receipts
}

async fn a_repeated_import_issues_nothing(
    world: &World,
    files: &[ImportFile],
    receipts: &BTreeMap<String, ReceiptId>,
) {
    for outcome in import(world, files).await {
        let expected = match receipts.get(&outcome.name) {
            Some(_) => ImportResult::AlreadyIssued,
            None => ImportResult::Refused,
        };
        assert_eq!(outcome.result(), expected, "{outcome:?}");
        assert_eq!(outcome.receipt.as_ref(), receipts.get(&outcome.name));
    }
}

/// A person who has a receipt with its check code verifies it, date and total included.
async fn the_details_verify(world: &World, name: &str, receipt: &ReceiptId) {
    let mut client = ReceiptServiceClient::new(world.clerk());
    let request = GetReceiptDetailsRequest {
        receipt: Some(receipt.clone()),
        ..Default::default()
    };
    let kept = client
        .get_receipt_details(request)
        .await
        .unwrap()
        .into_inner();
    let details = Details::decode(kept.details).unwrap();
    let main = details.message().main.clone().unwrap();
    let request = VerifyReceiptRequest {
        receipt: Some(receipt.clone()),
        check_code: main.check_code,
        issue_date: Some(main.issue_date),
        total_fen: Some(main.total_fen),
        with_proof: false,
    };
    let answer = client.verify_receipt(request).await.unwrap().into_inner();
    let check = answer.check.unwrap();
    assert_eq!(check.result(), VerifyResult::Matched, "{name}");
    assert_eq!(
        (answer.issuer.as_str(), answer.total_fen),
        (HOSPITAL, main.total_fen)
    );
}

async fn an_altered_file_is_refused_by_its_number(world: &World, file: &ImportFile) {
    let text = String::from_utf8(file.xml.to_vec()).unwrap();
    let altered = |from: &str, to: &str| ImportFile {
        name: file.name.clone(),
        xml: text.replacen(from, to, 1).into(),
    };
    let files = [
        altered("<TotalAmount>", "<TotalAmount>10"),
        altered("</EInvoice>", ""),
    ];
    let outcomes = import(world, &files).await;
    let codes: Vec<u32> = outcomes.iter().map(|it| it.problems[0].code).collect();
    assert_eq!(codes, [9302, 9104]);

    let request = ImportReceiptsRequest::default();
    let mut client = ReceiptServiceClient::new(world.clerk());
    let (status, detail) = refusal(client.import_receipts(request).await);
    assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
    assert_eq!(detail.field, "files");
}
