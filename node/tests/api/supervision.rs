//! Alerts: found, shown, asked about, explained, closed.

use piaolian_proto::v1::{
    Alert, AlertResult, AlertState, AskExplanation, AskExplanationRequest, CloseAlert,
    CloseAlertRequest, ExplainAlert, ExplainAlertRequest, GetAlertRequest, IssueReceiptsRequest,
    ListAlertsRequest, ListAlertsResponse, LockReceiptRequest, SubmitAndWaitRequest,
    claim_service_client::ClaimServiceClient, receipt_service_client::ReceiptServiceClient,
    supervision_service_client::SupervisionServiceClient, transaction_body::Action,
    transaction_service_client::TransactionServiceClient,
};
use tonic::{Code, Status};

use crate::world::{
    Connection, FINANCE, Finance, ORGANISATION, Shape, World, id, item, lock_receipt, operator,
    refusal,
};

const ALTERED_TOTAL: u32 = 2;
const DOUBLE_CLAIM: u32 = 1;
const NOBODY: &str = "12320900E875065319";

#[tokio::test(flavor = "multi_thread")]
async fn what_supervision_finds_is_shown_explained_and_closed() {
    let world = World::start().await;
    world.grant().await;
    issue(&world).await;
    a_quiet_ledger_has_no_alerts(&world).await;
    an_altered_total_and_a_second_claim_are_found(&world).await;
    alerts_are_listed_by_kind_and_organisation_in_pages(&world).await;
    an_alert_is_asked_about_explained_and_closed(&world).await;
    what_is_not_allowed_is_refused(&world).await;
    world.stop().await;
}

/// A member's node does not reveal alerts about others, not even that there are any.
#[tokio::test(flavor = "multi_thread")]
async fn a_members_node_shows_the_alerts_alone_that_name_it() {
    let shape = Shape {
        finance: Finance::Another,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    let without_role = lock_receipt(1, 1, "C-1");
    let request = SubmitAndWaitRequest {
        transaction: world.signed_by_finance(Action::LockReceipt(without_role), 1),
    };
    let mut client = TransactionServiceClient::new(world.clerk());
    let decided = client.submit_and_wait(request).await.unwrap().into_inner();
    let outcome = decided.transaction.unwrap().outcome.unwrap();
    assert_eq!(outcome.rejection.unwrap().code, 1101);
    let (_, detail) = refusal(lock(&world, 10_000, "C-1").await);
    assert_eq!(detail.code, 1400);

    let of = |organisation: &str| ListAlertsRequest {
        organisation: organisation.to_owned(),
        ..ListAlertsRequest::default()
    };
    for named in ["", ORGANISATION] {
        assert_eq!(numbers(&list(&world, of(named)).await.unwrap()), [2]);
    }
    let (status, detail) = refusal(list(&world, of(FINANCE)).await);
    assert_eq!((status, detail.code), (Code::PermissionDenied, 9513));
    assert_eq!(alert(&world, 2).await.unwrap().kind_name, "NeverIssued");
    let (unknown, foreign) = (alert(&world, 3).await, alert(&world, 1).await);
    let (unknown, foreign) = (refusal(unknown), refusal(foreign));
    assert_eq!((foreign.0, foreign.1.code), (Code::NotFound, 9520));
    assert_eq!((unknown.0, unknown.1.code), (foreign.0, foreign.1.code));
    world.stop().await;
}

fn reader(world: &World) -> SupervisionServiceClient<Connection> {
    SupervisionServiceClient::new(world.reader())
}

fn clerk(world: &World) -> SupervisionServiceClient<Connection> {
    SupervisionServiceClient::new(world.clerk())
}

async fn issue(world: &World) {
    let request = IssueReceiptsRequest {
        receipts: vec![item("B-1")],
        options: operator("clerk-1"),
    };
    let mut issuer = ReceiptServiceClient::new(world.clerk());
    issuer.issue_receipts(request).await.unwrap();
}

async fn lock(world: &World, total: i64, claim: &str) -> Result<(), Status> {
    let request = LockReceiptRequest {
        lock_receipt: Some(lock_receipt(1, total, claim)),
        options: operator("clerk-1"),
    };
    let mut payer = ClaimServiceClient::new(world.clerk());
    payer.lock_receipt(request).await.map(|_| ())
}

async fn list(world: &World, request: ListAlertsRequest) -> Result<ListAlertsResponse, Status> {
    let answer = reader(world).list_alerts(request).await?;
    Ok(answer.into_inner())
}

async fn alert(world: &World, alert_id: u64) -> Result<Alert, Status> {
    let answer = reader(world)
        .get_alert(GetAlertRequest { alert_id })
        .await?;
    Ok(answer.into_inner().alert.unwrap())
}

fn numbers(page: &ListAlertsResponse) -> Vec<u64> {
    let number = |alert: &Alert| alert.record.as_ref().unwrap().alert_id;
    page.alerts.iter().map(number).collect()
}

async fn a_quiet_ledger_has_no_alerts(world: &World) {
    let page = list(world, ListAlertsRequest::default()).await.unwrap();
    assert_eq!(page, ListAlertsResponse::default());
}

async fn an_altered_total_and_a_second_claim_are_found(world: &World) {
    let (status, detail) = refusal(lock(world, 99_999, "C-1").await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1600));
    lock(world, 10_000, "C-1").await.unwrap();
    let (_, detail) = refusal(lock(world, 10_000, "C-2").await);
    assert_eq!(detail.code, 1602);
    let (_, again) = refusal(lock(world, 10_000, "C-3").await);
    assert_eq!(again.code, 1602);

    let altered = alert(world, 1).await.unwrap();
    assert_eq!(altered.kind_name, "AlteredTotal");
    assert!(altered.message_en.contains("999.99"), "{altered:?}");
    assert!(altered.message_zh.contains("999.99"), "{altered:?}");
    assert_eq!(altered.state(), AlertState::New);
    assert_eq!(altered.result(), AlertResult::Suspected);
    let double = alert(world, 2).await.unwrap().record.unwrap();
    assert_eq!((double.kind, double.count), (DOUBLE_CLAIM, 2));
    assert_eq!(double.receipt, Some(id(1)));
    // The alert names the transaction that was rejected.
    let last = double.last.unwrap();
    assert_eq!(last.transaction_id, again.transaction_id);
    assert_eq!(last.height, again.height);
}

async fn alerts_are_listed_by_kind_and_organisation_in_pages(world: &World) {
    let wanted = ListAlertsRequest::default;
    let all = list(world, wanted()).await.unwrap();
    assert_eq!(numbers(&all), [2, 1]);
    let of_kind = ListAlertsRequest {
        kinds: vec![ALTERED_TOTAL],
        ..wanted()
    };
    assert_eq!(numbers(&list(world, of_kind).await.unwrap()), [1]);
    for (organisation, expected) in [(ORGANISATION, &[2, 1][..]), (NOBODY, &[])] {
        let naming = ListAlertsRequest {
            organisation: organisation.to_owned(),
            ..wanted()
        };
        assert_eq!(numbers(&list(world, naming).await.unwrap()), expected);
    }
    for with_closed in [false, true] {
        let (mut paged, mut token) = (Vec::new(), String::new());
        for _ in 0..3 {
            let request = ListAlertsRequest {
                with_closed,
                page_size: 1,
                page_token: token,
                ..wanted()
            };
            let page = list(world, request).await.unwrap();
            paged.extend(numbers(&page));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!((paged, token), (vec![2, 1], String::new()));
    }
}

async fn ask(world: &World, alert_id: u64) -> Result<(), Status> {
    let question = AskExplanation {
        alert_id,
        organisation: String::new(),
    };
    let request = AskExplanationRequest {
        ask_explanation: Some(question),
        options: operator("officer-1"),
    };
    clerk(world).ask_explanation(request).await.map(|_| ())
}

async fn close(
    mut client: SupervisionServiceClient<Connection>,
    alert_id: u64,
    result: AlertResult,
) -> Result<(), Status> {
    let closing = CloseAlert {
        alert_id,
        result: result.into(),
        reason: "seen by two officers".to_owned(),
    };
    let request = CloseAlertRequest {
        close_alert: Some(closing),
        options: operator("officer-2"),
    };
    client.close_alert(request).await.map(|_| ())
}

async fn an_alert_is_asked_about_explained_and_closed(world: &World) {
    ask(world, 1).await.unwrap();
    assert_eq!(
        alert(world, 1).await.unwrap().state(),
        AlertState::ToBeExplained
    );
    let explanation = ExplainAlert {
        alert_id: 1,
        text: "the counter mistyped it".to_owned(),
    };
    let request = ExplainAlertRequest {
        explain_alert: Some(explanation),
        options: operator("clerk-1"),
    };
    let explained = clerk(world).explain_alert(request).await.unwrap();
    assert!(explained.into_inner().submitted.unwrap().place.is_some());
    let shown = alert(world, 1).await.unwrap();
    assert_eq!(shown.state(), AlertState::Explained);
    let question = shown.record.unwrap().questions.remove(0);
    assert_eq!(question.operator, "officer-1");
    let said = question.explanation.unwrap();
    assert_eq!(
        (said.text.as_str(), said.operator.as_str()),
        ("the counter mistyped it", "clerk-1")
    );

    close(clerk(world), 1, AlertResult::Cleared).await.unwrap();
    let shown = alert(world, 1).await.unwrap();
    assert_eq!(
        (shown.state(), shown.result()),
        (AlertState::Closed, AlertResult::Cleared)
    );
    let open = list(world, ListAlertsRequest::default()).await.unwrap();
    assert_eq!(numbers(&open), [2]);
    let with_closed = ListAlertsRequest {
        with_closed: true,
        ..Default::default()
    };
    assert_eq!(numbers(&list(world, with_closed).await.unwrap()), [2, 1]);
}

async fn what_is_not_allowed_is_refused(world: &World) {
    let (status, detail) = refusal(ask(world, 1).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1801));
    let (status, detail) = refusal(ask(world, 9).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1800));
    let suspected = close(clerk(world), 2, AlertResult::Suspected).await;
    let (status, detail) = refusal(suspected);
    assert_eq!(status, Code::InvalidArgument, "{detail:?}");
    let (status, detail) = refusal(close(reader(world), 2, AlertResult::Confirmed).await);
    assert_eq!((status, detail.code), (Code::PermissionDenied, 9512));
    let (status, detail) = refusal(alert(world, 9).await);
    assert_eq!((status, detail.code), (Code::NotFound, 9520));
    let (status, detail) = refusal(alert(world, 0).await);
    assert_eq!(
        (status, detail.field.as_str()),
        (Code::InvalidArgument, "alert_id")
    );
    for (request, field) in [
        (
            ListAlertsRequest {
                kinds: vec![DOUBLE_CLAIM, 99],
                ..Default::default()
            },
            "kinds[1]",
        ),
        (
            ListAlertsRequest {
                kinds: vec![DOUBLE_CLAIM; 65],
                ..Default::default()
            },
            "kinds",
        ),
        (
            ListAlertsRequest {
                organisation: "the hospital".to_owned(),
                ..Default::default()
            },
            "organisation",
        ),
        (
            ListAlertsRequest {
                page_token: "00".to_owned(),
                ..Default::default()
            },
            "page_token",
        ),
    ] {
        let (status, detail) = refusal(list(world, request).await);
        assert_eq!(
            (status, detail.field.as_str()),
            (Code::InvalidArgument, field)
        );
    }
}
