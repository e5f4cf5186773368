//! A client of a node's gRPC door.

use std::{path::PathBuf, time::Duration};

use clap::Args;
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
use piaolian_service::api::ANSWER_BYTES_MAX;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::{Failure, files};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest call: a little more than the node waits for an outcome.
const CALL_TIMEOUT: Duration = Duration::from_secs(70);

/// Which node, and who asks it.
#[derive(Clone, Debug, Args)]
pub(super) struct NodeArguments {
    /// The node's address.
    #[arg(long, env = "PIAOLIAN_NODE", default_value = "http://127.0.0.1:26700")]
    node: String,
    /// A file with the token; `piaolian tokens new` makes one.
    #[arg(long, env = "PIAOLIAN_TOKEN_FILE")]
    token_file: Option<PathBuf>,
}

/// Puts the token on each call.
#[derive(Clone)]
pub(super) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// A connection with its token.
type Connection = InterceptedService<Channel, Bearer>;

/// A connected node.
#[derive(Clone)]
pub(super) struct Node {
    channel: Channel,
    bearer: Bearer,
}

impl NodeArguments {
    /// A node and the file with a token for it.
    pub(super) fn new(node: &str, token_file: &str) -> Self {
        Self {
            node: node.to_owned(),
            token_file: Some(token_file.into()),
        }
    }

    /// The node's address.
    pub(super) fn address(&self) -> &str {
        &self.node
    }

    /// Connects to the node.
    pub(super) async fn connect(&self) -> Result<Node, Failure> {
        let bearer = self.bearer()?;
        let endpoint = Endpoint::from_shared(self.node.clone())
            .map_err(|error| Failure::Usage(format!("--node {}: {error}", self.node)))?;
        let connected = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .connect()
            .await;
        let channel = connected
            .map_err(|error| Failure::Unreachable(format!("{}: {}", self.node, cause(&error))))?;
        Ok(Node { channel, bearer })
    }

    fn bearer(&self) -> Result<Bearer, Failure> {
        let Some(path) = &self.token_file else {
            return Ok(Bearer(None));
        };
        let token = files::read_text(path)?;
        let mut value: MetadataValue<Ascii> = format!("Bearer {}", token.trim())
            .parse()
            .map_err(|_| Failure::Usage(format!("{} holds no token", path.display())))?;
        value.set_sensitive(true);
        Ok(Bearer(Some(value)))
    }
}

/// The innermost cause: transport errors say little themselves.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Declares the client of each service.
macro_rules! clients {
    ($($name:ident: $client:ident)*) => {
        impl Node {
            $(
                pub(super) fn $name(&self) -> $client<Connection> {
                    $client::with_interceptor(self.channel.clone(), self.bearer.clone())
                        .max_decoding_message_size(ANSWER_BYTES_MAX)
                }
            )*
        }
    };
}

clients! {
    receipts: ReceiptServiceClient
    claims: ClaimServiceClient
    allotments: NumberRangeServiceClient
    organisations: OrganisationServiceClient
    disclosure: DisclosureServiceClient
    holders: HolderServiceClient
    governance: GovernanceServiceClient
    payments: PaymentServiceClient
    policies: PolicyServiceClient
    transactions: TransactionServiceClient
    ledger: LedgerServiceClient
    supervision: SupervisionServiceClient
    events: EventServiceClient
}
