//! Transactions of the organisations, signed with the keys in the world's folder.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::{chain::ChainId, organisations::KeyPurpose, transaction::ClientId};
use piaolian_custody::keys::{self, Author, KeyRing, UnsignedTransaction};
use piaolian_proto::v1::{
    GrantRange, GrantRangeRequest, RevokeKey, SubmitAndWaitRequest,
    number_range_service_client::NumberRangeServiceClient, transaction_body::Action,
    transaction_service_client::TransactionServiceClient,
};

use super::{CODE, Connection, FINANCE, ORGANISATION, World, operator};

impl World {
    /// A transaction signed with the organisation's sign key, for any chain. `number` makes it unique.
    pub(crate) fn signed(&self, chain: &ChainId, action: Action, number: u8) -> Bytes {
        self.signed_by((ORGANISATION, "keys"), chain, action, number)
    }

    /// The same, signed by the organisation beside it that is finance.
    pub(crate) fn signed_by_finance(&self, action: Action, number: u8) -> Bytes {
        let chain = &self.trust.chain_id;
        self.signed_by((FINANCE, "finance"), chain, action, number)
    }

    /// Submits what is signed, and waits until it is accepted.
    pub(crate) async fn submit(&self, transaction: Bytes) {
        self.submit_with(self.clerk(), transaction).await;
    }

    async fn submit_with(&self, connection: Connection, transaction: Bytes) {
        let request = SubmitAndWaitRequest { transaction };
        let mut client = TransactionServiceClient::new(connection);
        let decided = client.submit_and_wait(request).await.unwrap().into_inner();
        let outcome = decided.transaction.unwrap().outcome.unwrap();
        assert_eq!(outcome.rejection, None);
    }

    /// Ends finance's key of a purpose, signed with its admin key.
    pub(crate) async fn revoke_of_finance(&self, purpose: KeyPurpose) {
        let ring = KeyRing::open(&self.path("finance")).unwrap();
        let revoke = RevokeKey {
            key_id: ring.require(purpose).unwrap().key_id().get(),
            reason: "lost".to_owned(),
        };
        let finance = (FINANCE, "finance/admin");
        self.administer(finance, Action::RevokeKey(revoke), 99)
            .await;
    }

    /// A transaction of an organisation's administrator, signed with the admin key in a folder. `number` makes it
    /// unique.
    pub(crate) async fn administer(
        &self,
        (organisation, folder): (&str, &str),
        action: Action,
        number: u8,
    ) {
        let admin = keys::read(&self.path(folder), KeyPurpose::Admin).unwrap();
        let chain = self.trust.chain_id.clone();
        let author = Author::new(chain, organisation.parse().unwrap(), Arc::new(admin));
        let signed = author.sign(UnsignedTransaction {
            action,
            operator: String::new(),
            valid_until: clock::now().after_ms(600_000),
            client_id: ClientId::new([number; 16]),
        });
        self.submit_with(self.administrator(), signed.unwrap().encoded)
            .await;
    }

    fn signed_by(
        &self,
        (organisation, keys): (&str, &str),
        chain: &ChainId,
        action: Action,
        number: u8,
    ) -> Bytes {
        let ring = KeyRing::open(&self.path(keys)).unwrap();
        let key = Arc::clone(ring.require(KeyPurpose::Sign).unwrap());
        let author = Author::new(chain.clone(), organisation.parse().unwrap(), key);
        let signed = author.sign(UnsignedTransaction {
            action,
            operator: "clerk-1".to_owned(),
            valid_until: clock::now().after_ms(600_000),
            client_id: ClientId::new([number; 16]),
        });
        signed.unwrap().encoded
    }

    /// Grants the numbers 1 to 1,000 of [`CODE`].
    pub(crate) async fn grant(&self) {
        self.grant_of(CODE, 1, 1_000).await;
    }

    /// Grants the organisation a range of numbers.
    pub(crate) async fn grant_of(&self, code: &str, first_number: u64, last_number: u64) {
        let grant = GrantRange {
            issuer: self.home.shape.organisation.to_owned(),
            receipt_code: code.to_owned(),
            first_number,
            last_number,
        };
        let request = GrantRangeRequest {
            grant_range: Some(grant),
            options: operator("finance-1"),
        };
        let mut client = NumberRangeServiceClient::new(self.clerk());
        client.grant_range(request).await.unwrap();
    }
}
