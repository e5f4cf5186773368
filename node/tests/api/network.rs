//! Queries of the network: organisations, parameters, headers and blocks.

use piaolian_contracts::{
    chain::{Hash, Header, certificate::verify_certified_header},
    parameters::Parameters,
};
use piaolian_proto::v1::{
    self, CertifiedHeader, GetBlockRequest, GetBlockResponse, GetHeaderRequest,
    GetOrganisationRequest, GetParametersRequest, KeyPurpose, ListOrganisationsRequest, Role,
    get_block_request::By, ledger_service_client::LedgerServiceClient,
    organisation_service_client::OrganisationServiceClient, transaction_body::Action,
};
use prost::Message as _;
use tonic::Code;

use crate::world::{Connection, ORGANISATION, World, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn organisations_parameters_headers_and_blocks_are_shown() {
    let world = World::start().await;
    world.grant().await;
    the_nodes_own_organisation_is_shown_with_its_keys(&world).await;
    all_organisations_come_in_pages(&world).await;
    the_parameters_in_force_are_those_of_the_founding(&world).await;
    let height = a_block_is_found_with_what_it_decided(&world).await;
    a_header_is_certified_by_the_validators(&world, height).await;
    world.stop().await;
}

fn organisations(world: &World) -> OrganisationServiceClient<Connection> {
    OrganisationServiceClient::new(world.reader())
}

fn ledger(world: &World) -> LedgerServiceClient<Connection> {
    LedgerServiceClient::new(world.reader())
}

async fn the_nodes_own_organisation_is_shown_with_its_keys(world: &World) {
    let show = async |organisation: &str| {
        let request = GetOrganisationRequest {
            organisation: organisation.to_owned(),
        };
        organisations(world).get_organisation(request).await
    };
    let own = show("").await.unwrap().into_inner().organisation.unwrap();
    let named = show(ORGANISATION).await.unwrap().into_inner();
    assert_eq!(named.organisation.as_ref(), Some(&own));
    assert_eq!(own.name, "One for all");
    assert_eq!(own.region, "990100");
    let roles = [
        Role::Finance,
        Role::Issuer,
        Role::MedicalInsurer,
        Role::ReimbursingUnit,
        Role::CollectingAgency,
        Role::AgentBank,
        Role::CommercialInsurer,
    ];
    assert_eq!(own.roles().collect::<Vec<_>>(), roles);
    let purposes = [
        KeyPurpose::Admin,
        KeyPurpose::Sign,
        KeyPurpose::Validate,
        KeyPurpose::Peer,
        KeyPurpose::Encrypt,
        KeyPurpose::Supervise,
    ];
    let keys: Vec<_> = own
        .keys
        .iter()
        .map(|key| (key.key_id, key.purpose()))
        .collect();
    assert_eq!(keys, (1..).zip(purposes).collect::<Vec<_>>());
    assert_eq!(own.suspension, None);

    let (status, detail) = refusal(show("12320900E875065319").await);
    assert_eq!((status, detail.code), (Code::NotFound, 9520));
    let (status, detail) = refusal(show("12320900E87506531X").await);
    assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
    assert_eq!(detail.field, "organisation");
}

async fn all_organisations_come_in_pages(world: &World) {
    let request = ListOrganisationsRequest {
        page_size: 1,
        page_token: String::new(),
    };
    let page = organisations(world).list_organisations(request).await;
    let page = page.unwrap().into_inner();
    let ids: Vec<_> = page
        .organisations
        .iter()
        .map(|it| it.organisation.as_str())
        .collect();
    assert_eq!(
        (ids, page.next_page_token.as_str()),
        (vec![ORGANISATION], "")
    );
    let request = ListOrganisationsRequest {
        page_size: 501,
        page_token: String::new(),
    };
    let (status, detail) = refusal(organisations(world).list_organisations(request).await);
    assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
}

async fn the_parameters_in_force_are_those_of_the_founding(world: &World) {
    let answer = ledger(world).get_parameters(GetParametersRequest {}).await;
    let parameters = answer.unwrap().into_inner().parameters.unwrap();
    let founded = v1::Parameters {
        policy_lead_days: 0, // the tests' policies begin at once
        ..(&Parameters::default()).into()
    };
    assert_eq!(parameters, founded);
}

async fn block(world: &World, by: By) -> GetBlockResponse {
    let request = GetBlockRequest {
        by: Some(by),
        with_transactions: true,
        ..Default::default()
    };
    ledger(world).get_block(request).await.unwrap().into_inner()
}

/// Gives the height of the block with the grant.
async fn a_block_is_found_with_what_it_decided(world: &World) -> u64 {
    let tip = block(world, By::Height(0)).await.header.unwrap().height;
    let mut found = None;
    for height in 1..=tip {
        let block = block(world, By::Height(height)).await;
        assert_eq!(block.transaction_count as usize, block.transactions.len());
        if block.transaction_count > 0 {
            found = Some(block);
        }
    }
    let block = found.unwrap();
    let header = block.header.clone().unwrap();
    assert_eq!((block.proposer.as_str(), block.round), (ORGANISATION, 0));
    assert!(block.block_bytes > 0 && block.next_page_token.is_empty());
    let [transaction] = block.transactions.as_slice() else {
        panic!("{block:?}")
    };
    let place = transaction.place.unwrap();
    assert_eq!((place.height, place.index), (header.height, 0));
    assert_eq!(place.block_time_ms, header.time_ms);
    assert!(!transaction.encoded.is_empty());
    let action = transaction.body.clone().unwrap().action.unwrap();
    assert!(matches!(action, Action::GrantRange(_)), "{action:?}");
    let outcome = transaction.outcome.as_ref().unwrap();
    assert_eq!(
        (outcome.outcome.as_ref().unwrap().code, &outcome.rejection),
        (0, &None)
    );

    let by_hash = By::BlockHash(block.block_hash.clone());
    assert_eq!(self::block(world, by_hash).await, block);
    for by in [By::Height(u64::MAX), By::BlockHash(vec![7; 32].into())] {
        let request = GetBlockRequest {
            by: Some(by),
            ..Default::default()
        };
        let (status, detail) = refusal(ledger(world).get_block(request).await);
        assert_eq!((status, detail.code), (Code::NotFound, 9520));
    }
    header.height
}

async fn a_header_is_certified_by_the_validators(world: &World, height: u64) {
    let header = async |height| -> CertifiedHeader {
        let answer = ledger(world).get_header(GetHeaderRequest { height }).await;
        answer.unwrap().into_inner().header.unwrap()
    };
    let certified = header(height).await;
    let verified = verify_certified_header(&world.trust.chain_id, &certified).unwrap();
    assert_eq!(verified.height.get(), height);
    assert_eq!(verified.validators_hash, world.trust.validators_hash);
    let block = block(world, By::Height(height)).await;
    let block_hash = Hash::parse("block_hash", &block.block_hash).unwrap();
    assert_eq!(verified.hash(), block_hash);
    assert_eq!(certified.header, Header::encode(&verified));
    assert_eq!(block.header.unwrap().encode_to_vec(), certified.header);

    let latest = header(0).await;
    let latest = verify_certified_header(&world.trust.chain_id, &latest).unwrap();
    assert!(latest.height.get() >= height);
    let request = GetHeaderRequest { height: u64::MAX };
    let (status, detail) = refusal(ledger(world).get_header(request).await);
    assert_eq!((status, detail.code), (Code::NotFound, 9520));
}
