//! Parsing that many requests share.

use piaolian_contracts::{malformed::Malformed, types::OrganisationId};

/// Returns a required part of a request.
pub(crate) fn required<T>(field: &str, part: Option<T>) -> Result<T, Malformed> {
    part.ok_or_else(|| Malformed::new(field, "must be present"))
}

/// Returns the error for a field that names nothing.
pub(crate) fn must_name(field: &str, what: &str) -> Malformed {
    Malformed::new(field, format!("must name {what}"))
}

/// Returns the organisation that a field names; `own` where it names none.
pub(crate) fn named_or(
    own: OrganisationId,
    field: &str,
    named: &str,
) -> Result<OrganisationId, Malformed> {
    if named.is_empty() {
        Ok(own)
    } else {
        OrganisationId::parse(field, named)
    }
}
