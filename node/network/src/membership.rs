//! The members of the network, and the peers that this node connects to.
//!
//! ```text
//!   committed state ──► Membership ──► allowed peers          all others are strangers
//!                                 └──► links of this node:
//!
//!        validator ◄────────► validator      all pairs
//!            ▲  ▲
//!            │  └─────────── other node      a few validators, chosen by this node
//! ```

use std::sync::Arc;

use libp2p::{Multiaddr, PeerId};
use sha2::{Digest, Sha256};

/// A node that belongs to the network: an organisation's `peer` key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The libp2p id of the organisation's peer key.
    pub peer_id: PeerId,
    /// Unified social credit code of the organisation.
    pub organisation: String,
    /// Addresses without the peer id, from the configuration and the organisation's record.
    pub endpoints: Vec<Multiaddr>,
    /// Whether it takes part in consensus.
    pub validator: bool,
}

/// All members as of the last committed state; before the first block, as of the founding document. At most one entry
/// for a peer.
pub type Membership = Vec<Member>;

/// Validators that a non-validating node connects to: enough when one is down and one is slow.
const FOLLOWER_LINKS: usize = 3;

/// The peers that this node dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Links {
    /// Candidates, most wanted first.
    pub(super) candidates: Vec<Candidate>,
    /// Number of candidates to be connected to.
    pub(super) wanted: usize,
}

/// A member that this node may dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) peer: PeerId,
    pub(super) endpoints: Arc<[Multiaddr]>,
    /// Whether the other side is responsible for dialling, and this node only stands in.
    pub(super) stand_in: bool,
}

/// Computes the links of `own`.
pub(super) fn links(own: PeerId, members: &[Member]) -> Links {
    let validating = members
        .iter()
        .any(|member| member.peer_id == own && member.validator);
    let mut candidates: Vec<Candidate> = members
        .iter()
        .filter(|member| member.validator && member.peer_id != own)
        .filter(|member| !member.endpoints.is_empty())
        .map(|member| Candidate {
            peer: member.peer_id,
            endpoints: member.endpoints.clone().into(),
            // The validator with the lower key dials. If both dialled, each might close the connection that the other
            // keeps.
            stand_in: validating && own > member.peer_id,
        })
        .collect();
    // Every node has its own order, so that followers are spread over the validators.
    candidates.sort_by_cached_key(|candidate| preference(own, candidate.peer));
    let wanted = if validating {
        candidates.len()
    } else {
        candidates.len().min(FOLLOWER_LINKS)
    };
    Links { candidates, wanted }
}

fn preference(own: PeerId, peer: PeerId) -> [u8; 32] {
    Sha256::new()
        .chain_update(own.to_bytes())
        .chain_update(peer.to_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(validators: usize, others: usize) -> Membership {
        (0..validators + others)
            .map(|number| Member {
                peer_id: PeerId::random(),
                organisation: number.to_string(),
                endpoints: vec!["/ip4/10.0.0.1/tcp/26600".parse().unwrap()],
                validator: number < validators,
            })
            .collect()
    }

    #[test]
    fn of_two_validators_exactly_one_dials_first() {
        let members = members(4, 2);
        for one in &members[..4] {
            for other in &members[..4] {
                if one == other {
                    continue;
                }
                let stands_in = |from: &Member, to: &Member| {
                    links(from.peer_id, &members)
                        .candidates
                        .iter()
                        .find(|candidate| candidate.peer == to.peer_id)
                        .unwrap()
                        .stand_in
                };
                assert_ne!(stands_in(one, other), stands_in(other, one));
            }
        }
    }

    #[test]
    fn validators_mesh_and_others_keep_a_few_links_to_validators() {
        let members = members(5, 2);
        assert_eq!(links(members[0].peer_id, &members).wanted, 4);

        let other = links(members[5].peer_id, &members);
        assert_eq!(other.wanted, FOLLOWER_LINKS);
        assert_eq!(other.candidates.len(), 5);
        assert!(other.candidates.iter().all(|candidate| !candidate.stand_in));
    }

    #[test]
    fn a_member_without_endpoints_is_waited_for() {
        let mut members = members(2, 0);
        members[1].endpoints.clear();
        assert_eq!(links(members[0].peer_id, &members).wanted, 0);
    }
}
