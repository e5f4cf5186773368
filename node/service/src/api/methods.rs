//! The role that each method needs.
//!
//! The table of methods is generated from the option `role` in the `.proto` files, see [`piaolian_proto::api`]. A method without a
//! role fails the build, and a path without a method is rejected.

use piaolian_proto::{api, v1};

use super::tokens::TokenRole;

/// The services that need no token. Reflection shows only what is in the `.proto` files, and health only whether the
/// node is up.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// The requirement of a method on its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing.
    Nothing,
    /// A token of at least this role.
    Role(TokenRole),
    /// There is no such method.
    NoSuchMethod,
}

/// Returns what the method at a request's path, `/package.Service/Method`, asks of its caller.
pub(super) fn needs(path: &str) -> Needs {
    if OPEN.iter().any(|service| path.starts_with(service)) {
        return Needs::Nothing;
    }
    let role = api::method(path).map(|method| method.role);
    match role {
        Some(v1::TokenRole::Read) => Needs::Role(TokenRole::Read),
        Some(v1::TokenRole::Submit) => Needs::Role(TokenRole::Submit),
        Some(v1::TokenRole::Admin) => Needs::Role(TokenRole::Admin),
        Some(v1::TokenRole::Unspecified) | None => Needs::NoSuchMethod,
    }
}

#[cfg(test)]
mod tests {
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
    fn every_method_of_the_proto_files_has_a_role() {
        let methods = described_methods();
        assert_eq!(methods.len(), api::METHODS.len());
        for (path, _) in methods {
            assert!(matches!(needs(&path), Needs::Role(_)), "{path}");
        }
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
                    matches!(needs(&path), Needs::Role(role) if role >= TokenRole::Submit),
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
