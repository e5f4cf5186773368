//! The tables of governance.

use super::{
    ballot::{ProposalId, ProposalRecord},
    governors::Governors,
};
use crate::{
    malformed::{Malformed, fixed},
    state::{Fault, StateReader, Table},
    storage::{Key, KeyBytes, Record, Records},
    types::{BlockTime, OrganisationId},
};

/// Proposals by number.
pub const PROPOSALS: Records<ProposalId, ProposalRecord> = Records::new(Table::Proposals);

/// The governors.
pub const GOVERNORS: Records<(), Governors> = Records::new(Table::Governors);

/// The open proposals.
pub const OPEN_PROPOSALS: Records<(), OpenProposals> = Records::new(Table::OpenProposals);

impl Key for ProposalId {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.get().to_be_bytes()])
    }
}

/// An open proposal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OpenProposal {
    /// It expires with the first block at or after this time.
    pub until: BlockTime,
    /// Its number.
    pub id: ProposalId,
    /// The organisation that proposed it.
    pub proposer: OrganisationId,
}

impl OpenProposal {
    const BYTES: usize = 8 + 8 + OrganisationId::BYTES;

    fn encode(&self) -> Vec<u8> {
        let (until, id) = (
            self.until.as_ms().to_be_bytes(),
            self.id.get().to_be_bytes(),
        );
        [&until[..], &id, self.proposer.as_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let bytes = fixed::<{ Self::BYTES }>("open proposal", bytes)?;
        let (until, rest) = bytes.split_at(8);
        let (id, proposer) = rest.split_at(8);
        Ok(Self {
            until: BlockTime::from_ms(u64::from_be_bytes(fixed("until", until)?)),
            id: ProposalId::new(u64::from_be_bytes(fixed("id", id)?)),
            proposer: OrganisationId::try_from(proposer)?,
        })
    }
}

/// The open proposals, ordered by expiry. Each governor has only a few.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpenProposals(pub(super) Vec<OpenProposal>);

impl OpenProposals {
    /// Returns the open proposals, ordered by expiry and number.
    pub fn as_slice(&self) -> &[OpenProposal] {
        &self.0
    }
}

impl Record for OpenProposals {
    fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(OpenProposal::encode).collect()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let open = bytes.chunks(OpenProposal::BYTES);
        open.map(OpenProposal::decode)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Returns up to `limit` proposals with numbers up to `last`, latest first.
///
/// # Errors
/// When the store cannot be read.
pub fn proposals_below(
    state: &dyn StateReader,
    last: ProposalId,
    limit: usize,
) -> Result<Vec<ProposalRecord>, Fault> {
    PROPOSALS.descend(state, &[], last.bytes().to_vec(), limit)
}
