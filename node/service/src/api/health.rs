//! Health: each service by its name, and the node as a whole under the empty one.
//!
//! ```text
//!   the door opens ──► SERVING ──► the node stops ──► NOT_SERVING, while calls under way end
//! ```

use piaolian_proto::v1::{
    claim_service_server, disclosure_service_server, event_service_server,
    governance_service_server, holder_service_server, ledger_service_server,
    number_range_service_server, organisation_service_server, payment_service_server,
    policy_service_server, receipt_service_server, supervision_service_server,
    transaction_service_server,
};
use tonic_health::{ServingStatus, server::HealthReporter};

/// The node as a whole.
const OVERALL: &str = "";

/// What can be asked after.
const NAMES: [&str; 14] = [
    OVERALL,
    receipt_service_server::SERVICE_NAME,
    claim_service_server::SERVICE_NAME,
    number_range_service_server::SERVICE_NAME,
    organisation_service_server::SERVICE_NAME,
    governance_service_server::SERVICE_NAME,
    policy_service_server::SERVICE_NAME,
    disclosure_service_server::SERVICE_NAME,
    holder_service_server::SERVICE_NAME,
    payment_service_server::SERVICE_NAME,
    supervision_service_server::SERVICE_NAME,
    transaction_service_server::SERVICE_NAME,
    ledger_service_server::SERVICE_NAME,
    event_service_server::SERVICE_NAME,
];

/// Says of all that they are `status`.
pub(super) async fn tell(reporter: &HealthReporter, status: ServingStatus) {
    for name in NAMES {
        reporter.set_service_status(name, status).await;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost_reflect::DescriptorPool;

    use super::*;

    #[test]
    fn every_service_of_the_proto_files_can_be_asked_after() {
        let pool = DescriptorPool::decode(piaolian_proto::FILE_DESCRIPTOR_SET).unwrap();
        let described: BTreeSet<String> = pool
            .services()
            .map(|service| service.full_name().to_owned())
            .chain([OVERALL.to_owned()])
            .collect();
        assert_eq!(described, NAMES.map(str::to_owned).into());
    }
}
