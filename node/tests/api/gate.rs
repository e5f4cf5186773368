//! Authentication of clients, and bytes that are not of this API.

use bytes::Bytes;
use piaolian_proto::v1::{
    GetReceiptResponse, GetStatusRequest, SubmitRequest, SuspendOrganisation,
    ledger_service_client::LedgerServiceClient, transaction_body::Action,
    transaction_service_client::TransactionServiceClient,
};
use tonic::{Code, Request, Status, client::Grpc};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::world::{ORGANISATION, World, codes};

fn status_of(client: tonic::Result<tonic::Response<impl Sized>>) -> Status {
    match client {
        Ok(_) => panic!("it was answered"),
        Err(status) => status,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_admits_known_tokens_and_answers_the_rest_with_a_number() {
    let world = World::start().await;
    health_and_reflection_need_no_token(&world).await;
    without_a_known_token_nobody_is_answered(&world).await;
    a_role_that_is_too_low_is_named(&world).await;
    an_administrators_act_needs_an_administrators_token(&world).await;
    malformed_and_oversized_bytes_are_the_clients_fault(&world).await;
    let mut ledger = LedgerServiceClient::new(world.reader());
    let status = ledger
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(status.validator);
    a_node_that_stops_says_so_to_who_watches_its_health(world).await;
}

async fn a_node_that_stops_says_so_to_who_watches_its_health(world: World) {
    let mut health = HealthClient::new(world.stranger());
    let watched = health.watch(HealthCheckRequest::default()).await;
    let mut statuses = watched.unwrap().into_inner();
    let first = statuses.message().await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::Serving);
    let next = tokio::spawn(async move { statuses.message().await });
    world.stop().await;
    let next = next.await.unwrap().unwrap().unwrap();
    assert_eq!(next.status(), ServingStatus::NotServing);
}

async fn health_and_reflection_need_no_token(world: &World) {
    for service in ["", "piaolian.v1.ReceiptService", "piaolian.v1.EventService"] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let mut health = HealthClient::new(world.stranger());
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    let mut reflection = ServerReflectionClient::new(world.stranger());
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = reflection
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    assert!(
        names.contains(&"piaolian.v1.ReceiptService".to_owned()),
        "{names:?}"
    );
}

async fn without_a_known_token_nobody_is_answered(world: &World) {
    let mut stranger = LedgerServiceClient::new(world.stranger());
    let status = status_of(stranger.get_status(GetStatusRequest {}).await);
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::Unauthenticated, vec![9510])
    );
    let mut guesser = LedgerServiceClient::new(world.with_token("plt_00"));
    let status = status_of(guesser.get_status(GetStatusRequest {}).await);
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::Unauthenticated, vec![9511])
    );
}

async fn a_role_that_is_too_low_is_named(world: &World) {
    let mut reader = TransactionServiceClient::new(world.reader());
    let status = status_of(reader.submit(SubmitRequest::default()).await);
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::PermissionDenied, vec![9512])
    );
    assert!(status.message().contains("submit"), "{}", status.message());
}

async fn an_administrators_act_needs_an_administrators_token(world: &World) {
    let action = Action::SuspendOrganisation(SuspendOrganisation {
        organisation: ORGANISATION.to_owned(),
        reason: "an audit".to_owned(),
    });
    let request = SubmitRequest {
        transaction: world.signed(&world.trust.chain_id, action, 1),
    };
    let mut clerk = TransactionServiceClient::new(world.clerk());
    let status = status_of(clerk.submit(request.clone()).await);
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::PermissionDenied, vec![9512])
    );
    // With the role it is examined, and refused because its key is not an admin key.
    let mut administrator = TransactionServiceClient::new(world.administrator());
    let status = status_of(administrator.submit(request).await);
    assert_eq!(codes(&status), [1005], "{status:?}");
}

async fn malformed_and_oversized_bytes_are_the_clients_fault(world: &World) {
    let garbage = Bytes::from_static(&[0xff; 64]);
    let status = raw(
        world,
        "/piaolian.v1.ReceiptService/GetReceipt",
        garbage.clone(),
    )
    .await;
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::InvalidArgument, vec![9502])
    );

    let status = raw(
        world,
        "/piaolian.v1.ReceiptService/Nothing",
        garbage.clone(),
    )
    .await;
    assert_eq!(status.code(), Code::Unimplemented);

    let large = Bytes::from(vec![0; 11 << 20]);
    let status = raw(world, "/piaolian.v1.TransactionService/Submit", large).await;
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::InvalidArgument, vec![9503])
    );

    let mut clerk = TransactionServiceClient::new(world.clerk());
    let status = status_of(
        clerk
            .submit(SubmitRequest {
                transaction: garbage,
            })
            .await,
    );
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::InvalidArgument, vec![1000])
    );
}

/// Sends a message whose first field is any bytes to any method.
async fn raw(world: &World, path: &'static str, transaction: Bytes) -> Status {
    let mut client = Grpc::new(world.clerk());
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<SubmitRequest, GetReceiptResponse>::default();
    let request = Request::new(SubmitRequest { transaction });
    let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
    status_of(client.unary(request, path, codec).await)
}
