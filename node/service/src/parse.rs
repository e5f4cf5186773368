//! What many requests have in common.

use piaolian_contracts::{malformed::Malformed, types::OrganisationId};

use crate::Service;

/// The client that calls, known by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Name of its token, for limits and for the access log.
    pub name: String,
    /// Whether it may submit what an administrator signed.
    pub is_administrator: bool,
}

/// Takes a part of a request that must be there.
pub(crate) fn required<T>(field: &str, part: Option<T>) -> Result<T, Malformed> {
    part.ok_or_else(|| Malformed::new(field, "must be present"))
}

/// A field whose value names nothing that can be asked about.
pub(crate) fn must_name(field: &str, what: &str) -> Malformed {
    Malformed::new(field, format!("must name {what}"))
}

impl Service {
    /// The organisation that a field names; this node's own where it names none.
    pub(crate) fn named_or_own(
        &self,
        field: &str,
        named: &str,
    ) -> Result<OrganisationId, Malformed> {
        if named.is_empty() {
            Ok(self.organisation)
        } else {
            OrganisationId::parse(field, named)
        }
    }
}
