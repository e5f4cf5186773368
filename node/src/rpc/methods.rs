//! Which role each method needs: one table, and a method that is missing here
//! is answered to nobody.

use super::tokens::TokenRole::{self, Admin, Read, Submit};

/// The services that need no token: they tell what any copy of the `.proto` files tells,
/// and whether the node is up.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Every method of `piaolian.v1`, by service.
const METHODS: &[(&str, &[(&str, TokenRole)])] = &[
    (
        "ReceiptService",
        &[
            ("IssueReceipts", Submit),
            ("ImportReceipts", Submit),
            ("ReverseReceipt", Submit),
            ("DeliverReceipts", Submit),
            ("ExchangeForPaper", Submit),
            ("ReturnPaper", Submit),
            ("AuditUse", Submit),
            ("ArchiveReceipts", Submit),
            ("NoteVerification", Submit),
            ("ListReceipts", Read),
            ("GetTotals", Read),
            ("GetArchiveRecord", Read),
            ("GetReceipt", Read),
            ("GetReceiptHistory", Read),
            ("GetReceiptDetails", Submit),
            ("VerifyReceipt", Read),
            ("GetReceiptProof", Read),
        ],
    ),
    (
        "ClaimService",
        &[
            ("Lock", Submit),
            ("Unlock", Submit),
            ("Book", Submit),
            ("Unbook", Submit),
            ("FileClaim", Submit),
            ("DecideClaim", Submit),
            ("WithdrawClaim", Submit),
            ("ConfirmPayout", Submit),
            ("CorrectClaim", Submit),
            ("ReleaseOrphan", Submit),
            ("GetClaim", Read),
            ("ListClaims", Read),
        ],
    ),
    (
        "PolicyService",
        &[
            ("PublishPolicy", Submit),
            ("GetPolicy", Read),
            ("ListPolicies", Read),
        ],
    ),
    (
        "DisclosureService",
        &[
            ("GrantAccess", Submit),
            ("RevokeAccess", Submit),
            ("ListGrants", Read),
            ("ListReaders", Read),
            ("GetAccessLogAnchor", Read),
        ],
    ),
    (
        "HolderService",
        &[("CollectReceipts", Submit), ("AuthorisePayer", Submit)],
    ),
    (
        "NumberRangeService",
        &[
            ("GrantRange", Submit),
            ("RecallRange", Submit),
            ("GetRange", Read),
            ("ListRanges", Read),
        ],
    ),
    (
        "OrganisationService",
        &[("GetOrganisation", Read), ("ListOrganisations", Read)],
    ),
    (
        "GovernanceService",
        &[
            ("GetProposal", Read),
            ("ListProposals", Read),
            ("GetGovernors", Read),
            ("GetValidators", Read),
            ("ListUpgrades", Read),
        ],
    ),
    (
        "PaymentService",
        &[
            ("SetMandate", Submit),
            ("CreateNotices", Submit),
            ("CancelNotice", Submit),
            ("ReportPayments", Submit),
            ("SubmitStatement", Submit),
            ("CloseDay", Submit),
            ("GetNotice", Read),
            ("ListNotices", Read),
            ("GetReconciliation", Read),
            ("ListMismatches", Read),
            ("ListAllocations", Read),
            ("PickUpReceipt", Read),
        ],
    ),
    (
        "TransactionService",
        &[
            ("Submit", Submit),
            ("SubmitBatch", Submit),
            ("SubmitAndWait", Submit),
            ("GetTransaction", Read),
        ],
    ),
    (
        "LedgerService",
        &[
            ("GetStatus", Read),
            ("GetBlock", Read),
            ("GetHeader", Read),
            ("GetParameters", Read),
        ],
    ),
    (
        "SupervisionService",
        &[
            ("ListAlerts", Read),
            ("GetAlert", Read),
            ("AskExplanation", Submit),
            ("ExplainAlert", Submit),
            ("CloseAlert", Submit),
        ],
    ),
    ("EventService", &[("Subscribe", Read)]),
];

/// The role that an administrator's act needs, beyond its method's.
pub(super) const ADMINISTRATORS_ACT: TokenRole = Admin;

/// What a method asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing.
    Nothing,
    /// A token of at least this role.
    Role(TokenRole),
    /// There is no such method.
    NoSuchMethod,
}

/// What the method at a request's path, `/package.Service/Method`, asks of its caller.
pub(super) fn needs(path: &str) -> Needs {
    if OPEN.iter().any(|service| path.starts_with(service)) {
        return Needs::Nothing;
    }
    let found = path.strip_prefix("/piaolian.v1.").and_then(|path| {
        let (service, method) = path.split_once('/')?;
        let (_, methods) = METHODS.iter().find(|(name, _)| *name == service)?;
        methods.iter().find(|(name, _)| *name == method)
    });
    found.map_or(Needs::NoSuchMethod, |(_, role)| Needs::Role(*role))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};

    use super::*;

    /// The path of every method of the proto files, and what it takes.
    fn described_methods() -> Vec<(String, MessageDescriptor)> {
        let pool = DescriptorPool::decode(piaolian_proto::FILE_DESCRIPTOR_SET).unwrap();
        let services: Vec<_> = pool.services().collect();
        let methods = services.iter().flat_map(|service| {
            let path = |method: &str| format!("/{}/{method}", service.full_name());
            service
                .methods()
                .map(move |method| (path(method.name()), method.input()))
        });
        methods.collect()
    }

    #[test]
    fn every_method_of_the_proto_files_has_a_role_and_no_other_has() {
        let described: BTreeSet<String> = described_methods()
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        let listed: BTreeSet<String> = METHODS
            .iter()
            .flat_map(|(service, methods)| {
                methods
                    .iter()
                    .map(move |(m, _)| format!("/piaolian.v1.{service}/{m}"))
            })
            .collect();
        assert_eq!(described, listed);
    }

    /// Whatever takes options for signing, or a signed transaction, changes the ledger.
    #[test]
    fn what_changes_the_ledger_needs_more_than_reading() {
        let mut writing = 0;
        for (path, request) in described_methods() {
            let changes = request.fields().any(|field| match field.kind() {
                Kind::Message(message) => message.name() == "CallOptions",
                Kind::Bytes => ["transaction", "transactions"].contains(&field.name()),
                _ => false,
            });
            if changes {
                writing += 1;
                assert!(
                    matches!(needs(&path), Needs::Role(role) if role >= Submit),
                    "{path}"
                );
            }
        }
        assert!(writing > 30, "{writing}");
    }

    #[test]
    fn unknown_paths_are_answered_to_nobody() {
        for path in [
            "",
            "/",
            "/piaolian.v1.ReceiptService",
            "/piaolian.v1.ReceiptService/",
            "/piaolian.v1.ReceiptService/getReceipt",
            "/piaolian.v1.ReceiptService/GetReceipt/",
            "/piaolian.v2.ReceiptService/GetReceipt",
            "/grpc.health.v1.Healthy/Check",
        ] {
            assert_eq!(needs(path), Needs::NoSuchMethod, "{path}");
        }
    }

    #[test]
    fn health_and_reflection_are_open() {
        for path in [
            "/grpc.health.v1.Health/Check",
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        ] {
            assert_eq!(needs(path), Needs::Nothing, "{path}");
        }
    }
}
