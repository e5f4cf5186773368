//! The generated stubs, with the client's token and size limits.

use piaolian_proto::v1::{
    claim_service_client::ClaimServiceClient, disclosure_service_client::DisclosureServiceClient,
    event_service_client::EventServiceClient, governance_service_client::GovernanceServiceClient,
    holder_service_client::HolderServiceClient, ledger_service_client::LedgerServiceClient,
    number_range_service_client::NumberRangeServiceClient,
    organisation_service_client::OrganisationServiceClient,
    payment_service_client::PaymentServiceClient, policy_service_client::PolicyServiceClient,
    receipt_service_client::ReceiptServiceClient,
    supervision_service_client::SupervisionServiceClient,
    transaction_service_client::TransactionServiceClient,
};

use crate::connection::{Client, Connection, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX};

/// Declares the method that returns a service's stub.
macro_rules! services {
    ($($(#[$doc:meta])* $name:ident: $stub:ident)*) => {
        impl Client {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> $stub<Connection> {
                    $stub::new(self.connection())
                        .max_encoding_message_size(REQUEST_BYTES_MAX)
                        .max_decoding_message_size(RESPONSE_BYTES_MAX)
                }
            )*
        }
    };
}

services! {
    /// Issues, imports, reverses, shows, lists, verifies and proves receipts.
    receipts: ReceiptServiceClient
    /// Locks and books receipts; files, decides, pays and corrects claims.
    claims: ClaimServiceClient
    /// Grants and recalls number ranges.
    number_ranges: NumberRangeServiceClient
    /// Shows organisations and their keys.
    organisations: OrganisationServiceClient
    /// Grants and revokes access to receipts, and shows who could read them.
    disclosure: DisclosureServiceClient
    /// Serves a receipt's holder.
    holders: HolderServiceClient
    /// Shows proposals, governors, validators and upgrades.
    governance: GovernanceServiceClient
    /// Creates notices, reports payments, reconciles days.
    payments: PaymentServiceClient
    /// Publishes and shows reimbursement policies.
    policies: PolicyServiceClient
    /// Submits and shows signed transactions.
    transactions: TransactionServiceClient
    /// Shows status, blocks, headers and parameters.
    ledger: LedgerServiceClient
    /// Shows alerts, asks about, explains and closes them.
    supervision: SupervisionServiceClient
    /// Streams events; [`Client::follow`] resumes the stream.
    events: EventServiceClient
}
