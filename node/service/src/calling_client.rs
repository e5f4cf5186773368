//! The client of a call, as seen by the objects that answer it.

/// The client that calls, known by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingClient {
    /// Name of its token, for limits and for the access log.
    pub name: String,
    /// Whether it may submit transactions that an administrator signed.
    pub is_administrator: bool,
}
