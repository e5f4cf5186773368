//! The world's state under a header that its validators certify.

use ed25519_dalek::Signer;
use piaolian_contracts::{
    chain::{
        Address, CommitCertificate, Hash, Header, Signature, ValidatorSet, VoteType,
        header::PROTOCOL_VERSION, vote_sign_bytes,
    },
    evidence::Trust,
    organisations::KeyPurpose,
    types::ReceiptId,
    upgrades::{VALIDATOR_SET, validators_at},
};
use piaolian_proto::v1 as proto;

use super::World;

/// The founders that precommit: three of four are a quorum.
const SIGNERS: [&str; 3] = ["finance", "hospital", "insurer"];
const ROUND: u32 = 1;

/// What a verifier of the world's chain trusts.
pub fn trust(world: &World) -> Trust {
    Trust {
        chain_id: world.chain_id.clone(),
        validators_hash: validators(world).hash(),
    }
}

/// A receipt that no story issues.
pub fn never_issued() -> ReceiptId {
    ReceiptId::from_key(b"350601260000000999").unwrap()
}

/// What the state holds at `key` (table prefix followed by the key), or that it holds nothing.
pub fn evidence(world: &World, key: &[u8]) -> proto::StateEvidence {
    proto::StateEvidence {
        header: Some(header(world)),
        key: key.to_vec().into(),
        value: world.state.value(key).map(Into::into),
        proof: Some((&world.state.prove(key)).into()),
        handovers: Vec::new(),
    }
}

/// The header of the world's last block, certified in its second round.
pub fn header(world: &World) -> proto::CertifiedHeader {
    header_by(world, &SIGNERS)
}

/// The header of the world's last block, certified by these.
pub fn header_by(world: &World, signers: &[&str]) -> proto::CertifiedHeader {
    let validators = validators_at(&world.state, world.height).unwrap();
    let header = plain_header(world, &validators);
    let mut signatures: Vec<(Address, Signature)> = signers
        .iter()
        .map(|name| precommit(world, name, &header.hash()))
        .collect();
    signatures.sort_by_key(|(address, _)| *address);
    let certificate = CommitCertificate {
        height: header.height,
        round: ROUND,
        block_hash: header.hash(),
        signatures,
    };
    proto::CertifiedHeader {
        header: header.encode().into(),
        certificate: Some((&certificate).into()),
        validators: Some((&validators).into()),
    }
}

/// The roots of lists are made up: no test of the state looks at them.
fn plain_header(world: &World, validators: &ValidatorSet) -> Header {
    let made_up = |byte| Hash::new([byte; Hash::BYTES]);
    Header {
        chain_id: world.chain_id.clone(),
        height: world.height,
        time: world.time,
        proposer: world
            .member("finance")
            .public_key(KeyPurpose::Validate)
            .address(),
        parent_hash: made_up(1),
        transactions_root: made_up(2),
        outcomes_root: made_up(3),
        state_root: world.state.root(),
        history_root: made_up(4),
        validators_hash: validators.hash(),
        next_validators_hash: self::validators(world).hash(),
        protocol_version: PROTOCOL_VERSION,
    }
}

fn precommit(world: &World, name: &str, block: &Hash) -> (Address, Signature) {
    let key = world.member(name).key(KeyPurpose::Validate);
    let address = super::people::public_key(&key.signing).address();
    let message = vote_sign_bytes(
        &world.chain_id,
        VoteType::Precommit,
        world.height,
        ROUND,
        Some(block),
        &address,
    );
    let signature = key.signing.sign(&message).to_bytes();
    (address, Signature::new(signature))
}

fn validators(world: &World) -> ValidatorSet {
    VALIDATOR_SET.get(&world.state, &()).unwrap().unwrap()
}
