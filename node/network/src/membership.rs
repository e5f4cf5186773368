//! The peers that may connect, and those that this node connects to.
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

/// A node that may connect: an organisation's `peer` key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedPeer {
    /// The libp2p id of the organisation's peer key.
    pub peer_id: PeerId,
    /// Unified social credit code of the organisation.
    pub organisation: String,
    /// Addresses without the peer id, from the configuration and the organisation's record.
    pub endpoints: Vec<Multiaddr>,
    /// Whether it takes part in consensus.
    pub validator: bool,
}

/// All peers that may connect by the last committed state; before the first block, by the founding document. At most one
/// entry for a peer.
pub type Membership = Vec<AllowedPeer>;

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

/// A peer that this node may dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) peer: PeerId,
    pub(super) endpoints: Arc<[Multiaddr]>,
    /// Whether the other side is responsible for dialling, and this node only stands in.
    pub(super) stand_in: bool,
}

/// Computes the links of `own`.
pub(super) fn links(own: PeerId, allowed: &[AllowedPeer]) -> Links {
    let validating = allowed
        .iter()
        .any(|peer| peer.peer_id == own && peer.validator);
    let mut candidates: Vec<Candidate> = allowed
        .iter()
        .filter(|peer| peer.validator && peer.peer_id != own)
        .filter(|peer| !peer.endpoints.is_empty())
        .map(|peer| Candidate {
            peer: peer.peer_id,
            endpoints: peer.endpoints.clone().into(),
            // The validator with the lower key dials. If both dialled, each might close the connection that the other
            // keeps.
            stand_in: validating && own > peer.peer_id,
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

    fn allowed(validators: usize, others: usize) -> Membership {
        (0..validators + others)
            .map(|number| AllowedPeer {
                peer_id: PeerId::random(),
                organisation: number.to_string(),
                endpoints: vec!["/ip4/10.0.0.1/tcp/26600".parse().unwrap()],
                validator: number < validators,
            })
            .collect()
    }

    #[test]
    fn of_two_validators_exactly_one_dials_first() {
        let allowed = allowed(4, 2);
        for one in &allowed[..4] {
            for other in &allowed[..4] {
                if one == other {
                    continue;
                }
                let stands_in = |from: &AllowedPeer, to: &AllowedPeer| {
                    links(from.peer_id, &allowed)
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
        let allowed = allowed(5, 2);
        assert_eq!(links(allowed[0].peer_id, &allowed).wanted, 4);

        let other = links(allowed[5].peer_id, &allowed);
        assert_eq!(other.wanted, FOLLOWER_LINKS);
        assert_eq!(other.candidates.len(), 5);
        assert!(other.candidates.iter().all(|candidate| !candidate.stand_in));
    }

    #[test]
    fn a_peer_without_endpoints_is_waited_for() {
        let mut allowed = allowed(2, 0);
        allowed[1].endpoints.clear();
        assert_eq!(links(allowed[0].peer_id, &allowed).wanted, 0);
    }
}
