//! Number ranges: granted, used, taken back, shown.

use piaolian_proto::v1::{
    GetRangeRequest, IssueReceiptsRequest, ListRangesRequest, RangeRecord, RecallRange,
    RecallRangeRequest, number_range_service_client::NumberRangeServiceClient,
    receipt_service_client::ReceiptServiceClient,
};
use tonic::{Code, Status};

use crate::world::{CODE, Connection, ORGANISATION, World, item, operator, refusal};

const OTHER_CODE: &str = "11010226";

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_shown_as_it_is_granted_used_and_taken_back() {
    let world = World::start().await;
    world.grant().await;
    world.grant_of(CODE, 5_001, 6_000).await;
    world.grant_of(OTHER_CODE, 1, 10).await;
    a_range_is_found_by_any_of_its_numbers(&world).await;
    an_issuers_ranges_come_in_pages_latest_first(&world).await;
    issue(&world, &["B-1", "B-2"]).await;
    the_unused_end_of_a_range_is_taken_back(&world).await;
    malformed_questions_name_their_field(&world).await;
    world.stop().await;
}

fn reader(world: &World) -> NumberRangeServiceClient<Connection> {
    NumberRangeServiceClient::new(world.reader())
}

async fn range(world: &World, receipt_code: &str, number: u64) -> Result<RangeRecord, Status> {
    let request = GetRangeRequest {
        receipt_code: receipt_code.to_owned(),
        number,
    };
    let answer = reader(world).get_range(request).await?.into_inner();
    Ok(answer.range.unwrap())
}

async fn a_range_is_found_by_any_of_its_numbers(world: &World) {
    let granted = RangeRecord {
        issuer: ORGANISATION.to_owned(),
        receipt_code: CODE.to_owned(),
        first_number: 1,
        last_number: 1_000,
        next_number: 1,
        used_below: 1,
        used_count: 0,
        recalled_count: 0,
        granted_by: ORGANISATION.to_owned(),
    };
    for number in [1, 500, 1_000] {
        assert_eq!(range(world, CODE, number).await.unwrap(), granted);
    }
    assert_eq!(range(world, CODE, 5_500).await.unwrap().first_number, 5_001);
    for (code, number) in [(CODE, 0), (CODE, 1_001), (OTHER_CODE, 11), ("11010326", 1)] {
        let (status, detail) = refusal(range(world, code, number).await);
        assert_eq!(
            (status, detail.code),
            (Code::NotFound, 9520),
            "{code} {number}"
        );
    }
}

async fn an_issuers_ranges_come_in_pages_latest_first(world: &World) {
    let list = async |receipt_code: &str, page_size, page_token| {
        let request = ListRangesRequest {
            issuer: ORGANISATION.to_owned(),
            receipt_code: receipt_code.to_owned(),
            page_size,
            page_token,
        };
        reader(world)
            .list_ranges(request)
            .await
            .unwrap()
            .into_inner()
    };
    let begins = |ranges: &[RangeRecord]| -> Vec<(String, u64)> {
        let begin = |range: &RangeRecord| (range.receipt_code.clone(), range.first_number);
        ranges.iter().map(begin).collect()
    };
    let whole = list("", 0, String::new()).await;
    let expected = [(OTHER_CODE, 1), (CODE, 5_001), (CODE, 1)];
    let expected = expected.map(|(code, first)| (code.to_owned(), first));
    assert_eq!(begins(&whole.ranges), expected);
    let of_code = list(CODE, 0, String::new()).await;
    assert_eq!(begins(&of_code.ranges), expected[1..]);

    let (mut paged, mut token) = (Vec::new(), String::new());
    for _ in 0..=expected.len() {
        let page = list("", 1, token).await;
        assert!(page.ranges.len() <= 1);
        paged.extend(page.ranges);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((paged, token), (whole.ranges, String::new()));
}

async fn issue(world: &World, business_numbers: &[&str]) {
    let request = IssueReceiptsRequest {
        receipts: business_numbers.iter().map(|number| item(number)).collect(),
        options: operator("clerk-1"),
    };
    let mut issuer = ReceiptServiceClient::new(world.clerk());
    issuer.issue_receipts(request).await.unwrap();
}

async fn the_unused_end_of_a_range_is_taken_back(world: &World) {
    let recall = async |from_number| {
        let recall = RecallRange {
            receipt_code: CODE.to_owned(),
            first_number: 1,
            from_number,
        };
        let request = RecallRangeRequest {
            recall_range: Some(recall),
            options: operator("finance-1"),
        };
        let mut finance = NumberRangeServiceClient::new(world.clerk());
        finance.recall_range(request).await
    };
    let submitted = recall(501).await.unwrap().into_inner().submitted.unwrap();
    assert!(submitted.place.unwrap().height > 0);
    let left = range(world, CODE, 500).await.unwrap();
    assert_eq!((left.last_number, left.recalled_count), (500, 500));
    assert_eq!(
        (left.next_number, left.used_below, left.used_count),
        (3, 3, 2)
    );
    let (status, _) = refusal(range(world, CODE, 501).await);
    assert_eq!(status, Code::NotFound);

    let (status, detail) = refusal(recall(2).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1206));
    assert_eq!(detail.transaction_id.len(), 32);
    let (_, detail) = refusal(recall(600).await);
    assert_eq!(detail.code, 1205);
}

async fn malformed_questions_name_their_field(world: &World) {
    let (status, detail) = refusal(range(world, "1101012", 1).await);
    assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
    assert_eq!(detail.field, "receipt_code");
    let (_, detail) = refusal(range(world, CODE, 10_000_000_000).await);
    assert_eq!((detail.code, detail.field.as_str()), (9501, "number"));
    let request = ListRangesRequest {
        issuer: ORGANISATION.to_owned(),
        page_token: "x".to_owned(),
        ..Default::default()
    };
    let (_, detail) = refusal(reader(world).list_ranges(request).await);
    assert_eq!((detail.code, detail.field.as_str()), (9501, "page_token"));
}
