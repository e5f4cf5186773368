//! The peers that may connect, read from the committed state.

use piaolian_contracts::{
    chain::{Height, PublicKey},
    organisations::{KeyPurpose, ORGANISATIONS, Organisation},
    state::StateReader,
};

use super::{Fault, state};
use crate::store::ChainView;

/// Most organisations read: more than a chain of one province has.
const ORGANISATIONS_MAX: usize = 100_000;

/// A node that may connect, given by a live `peer` key of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPeer {
    /// Unified social credit code.
    pub organisation: String,
    /// The peer key.
    pub peer_key: PublicKey,
    /// Multiaddresses of the organisation's record.
    pub endpoints: Vec<String>,
    /// Whether the organisation is one of the validators.
    pub validator: bool,
}

/// Returns the peers as of the block above the tip, and the next height at which a key's period changes them.
pub(super) fn peers(view: &ChainView) -> Result<(Vec<LedgerPeer>, Option<Height>), Fault> {
    let height = view.tip().height.next();
    let validators = state::validators(view)?;
    let organisations = organisations(&view.state())?;
    let changes = organisations
        .iter()
        .filter_map(|organisation| next_change(organisation, height))
        .min();
    let peers = organisations.iter().flat_map(|organisation| {
        let validator = validators
            .validators()
            .iter()
            .any(|validator| *validator.organisation() == organisation.id);
        peers_of(organisation, height, validator)
    });
    Ok((peers.collect(), changes))
}

fn peers_of(organisation: &Organisation, height: Height, validator: bool) -> Vec<LedgerPeer> {
    let endpoints: Vec<_> = organisation
        .endpoints
        .iter()
        .map(|endpoint| endpoint.as_str().to_owned())
        .collect();
    organisation
        .keys
        .iter()
        .filter(|key| key.purpose == KeyPurpose::Peer && key.is_live(height))
        .map(|key| LedgerPeer {
            organisation: organisation.id.to_string(),
            peer_key: key.public_key,
            endpoints: endpoints.clone(),
            validator,
        })
        .collect()
}

/// Returns the first height above `height` at which a peer key's period begins, or at which it is over.
fn next_change(organisation: &Organisation, height: Height) -> Option<Height> {
    let peer_keys = organisation
        .keys
        .iter()
        .filter(|key| key.purpose == KeyPurpose::Peer);
    peer_keys
        .flat_map(|key| [Some(key.first_height), key.last_height.map(Height::next)])
        .flatten()
        .filter(|change| *change > height)
        .min()
}

/// Reads all organisations, from the last key down: [`StateReader::floor`] is the only way to iterate.
fn organisations(view: &dyn StateReader) -> Result<Vec<Organisation>, Fault> {
    let mut organisations = Vec::new();
    let mut below = vec![0xff; 18];
    while organisations.len() < ORGANISATIONS_MAX
        && let Some((key, organisation)) = ORGANISATIONS.floor(view, &below)?
    {
        organisations.push(organisation);
        match predecessor(&key) {
            Some(next) => below = next,
            None => break,
        }
    }
    Ok(organisations)
}

/// Returns the greatest key of the same length below `key`.
fn predecessor(key: &[u8]) -> Option<Vec<u8>> {
    let mut below = key.to_vec();
    for byte in below.iter_mut().rev() {
        if let Some(less) = byte.checked_sub(1) {
            *byte = less;
            return Some(below);
        }
        *byte = 0xff;
    }
    None
}
