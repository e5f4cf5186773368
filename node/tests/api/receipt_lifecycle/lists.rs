//! The lists and totals of receipts, and questions that are malformed.

use piaolian_proto::v1::{
    DeliverReceiptsRequest, GetTotalsRequest, GetTotalsResponse, ListReceiptsRequest,
    ListReceiptsResponse, ReceiptStatus,
};
use tonic::{Code, Status};

use super::{clerk, reader};
use crate::world::{CODE, ORGANISATION, World, refusal};

async fn list(
    world: &World,
    alter: impl FnOnce(&mut ListReceiptsRequest),
) -> Result<ListReceiptsResponse, Status> {
    let mut request = ListReceiptsRequest::default();
    alter(&mut request);
    Ok(reader(world).list_receipts(request).await?.into_inner())
}

fn numbers(answer: &ListReceiptsResponse) -> Vec<u64> {
    let numbers = answer.receipts.iter();
    numbers
        .map(|listed| listed.receipt.clone().unwrap().number)
        .collect()
}

pub(super) async fn lists_come_in_pages_and_by_filter(world: &World) {
    let whole = list(world, |_| ()).await.unwrap();
    assert_eq!(numbers(&whole), [5, 4, 3, 2, 1]);
    let (mut paged, mut token) = (Vec::new(), String::new());
    for _ in 0..=5 {
        let page = list(world, |request| {
            (request.page_size, request.page_token) = (2, token);
        });
        let page = page.await.unwrap();
        paged.extend(page.receipts);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((paged, token), (whole.receipts.clone(), String::new()));

    let archived = list(world, |request| request.set_status(ReceiptStatus::Archived)).await;
    let archived = archived.unwrap();
    assert_eq!(numbers(&archived), [2]);
    let listed = &archived.receipts[0];
    assert_eq!(
        (listed.booked_fen, listed.business_number.as_str()),
        (6_000, "B-2")
    );
    assert!(listed.delivered && listed.use_audited);
    let issued = list(world, |request| request.set_status(ReceiptStatus::Issued)).await;
    assert_eq!(numbers(&issued.unwrap()), [5, 4, 3, 1]);

    let today = whole.receipts[0].issue_date;
    let all = list(world, |request| {
        ORGANISATION.clone_into(&mut request.issuer);
        CODE[2..6].clone_into(&mut request.kind);
        "9901".clone_into(&mut request.region);
        (request.issue_date_from, request.issue_date_to) = (today, today);
    });
    assert_eq!(all.await.unwrap().receipts, whole.receipts);
    let none = [
        list(world, |request| "9902".clone_into(&mut request.region)).await,
        list(world, |request| "0602".clone_into(&mut request.kind)).await,
        list(world, |request| request.issue_date_to = 20_200_101).await,
        list(world, |request| {
            "12320900E875065319".clone_into(&mut request.issuer)
        })
        .await,
    ];
    for answer in none {
        assert!(answer.unwrap().receipts.is_empty());
    }
}

async fn totals(
    world: &World,
    alter: impl FnOnce(&mut GetTotalsRequest),
) -> Result<GetTotalsResponse, Status> {
    let mut request = GetTotalsRequest::default();
    alter(&mut request);
    Ok(reader(world).get_totals(request).await?.into_inner())
}

pub(super) async fn totals_count_what_was_done(world: &World) {
    let answer = totals(world, |_| ()).await.unwrap();
    let [today] = &answer.totals[..] else {
        panic!("{answer:?}")
    };
    let (issued, archived) = (today.issued.unwrap(), today.archived.unwrap());
    assert_eq!((issued.count, issued.sum_fen), (4, 40_000));
    assert_eq!((archived.count, archived.sum_fen), (1, 10_000));
    assert_eq!(today.bookings.unwrap().sum_fen, 6_000);
    assert_eq!(
        (
            today.delivered_count,
            today.audited_count,
            today.archived_count
        ),
        (2, 2, 1)
    );
    assert_eq!(
        (today.kind.as_str(), today.region.as_str()),
        (&CODE[2..6], "990100")
    );
    let elsewhere = totals(world, |request| "98".clone_into(&mut request.region)).await;
    assert!(elsewhere.unwrap().totals.is_empty());
    let same = totals(world, |request| {
        ORGANISATION.clone_into(&mut request.issuer);
        request.issue_date_from = today.issue_date;
    });
    assert_eq!(same.await.unwrap().totals, answer.totals);
}

pub(super) async fn malformed_questions_name_their_field(world: &World) {
    let field = |answer: Result<ListReceiptsResponse, Status>| {
        let (status, detail) = refusal(answer);
        assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
        detail.field
    };
    assert_eq!(field(list(world, |it| it.status = 99).await), "status");
    assert_eq!(
        field(list(world, |it| it.issue_date_from = 1).await),
        "issue_date_from"
    );
    assert_eq!(
        field(list(world, |it| it.page_size = 501).await),
        "page_size"
    );
    let token = |it: &mut ListReceiptsRequest| "00".clone_into(&mut it.page_token);
    assert_eq!(field(list(world, token).await), "page_token");
    let (status, detail) = refusal(totals(world, |it| "061".clone_into(&mut it.kind)).await);
    assert_eq!(
        (status, detail.field.as_str()),
        (Code::InvalidArgument, "kind")
    );
    let (_, detail) = refusal(
        clerk(world)
            .deliver_receipts(DeliverReceiptsRequest::default())
            .await,
    );
    assert_eq!(detail.field, "deliver_receipts");
}
