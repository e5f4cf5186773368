//! Health: each service by its name, and the node as a whole under the empty one.
//!
//! ```text
//!   the server starts ──► SERVING ──► the node stops ──► NOT_SERVING, while calls under way end
//! ```

use tonic_health::{ServingStatus, server::HealthReporter};

use super::services::SERVICE_NAMES;

/// The node as a whole.
const OVERALL: &str = "";

/// Reports `status` of the node and of each service.
pub(super) async fn report(reporter: &HealthReporter, status: ServingStatus) {
    for name in [&OVERALL].into_iter().chain(SERVICE_NAMES) {
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
            .collect();
        let named = SERVICE_NAMES.iter().map(|name| (*name).to_owned());
        assert_eq!(described, named.collect());
    }
}
