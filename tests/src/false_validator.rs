//! A Byzantine validator: it signs consensus messages, true or false, with a real validator's key.

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use piaolian_contracts::{
    chain::{
        Address, Block, ChainId, Hash, Header, Height, PublicKey, ValidatorSet,
        block::{outcomes_root, transactions_root},
        header::PROTOCOL_VERSION,
        mmr::Peaks,
        proposal_parts_sign_bytes, proposal_sign_bytes,
    },
    organisations::KeyPurpose,
    types::BlockTime,
};
use piaolian_proto::v1;
use piaolian_test_kit::{peer::frames, transactions};
use prost::Message;

use crate::{cluster::Network, control};

/// A validator whose key an attacker has.
#[derive(Debug)]
pub struct FalseValidator {
    chain_id: ChainId,
    validators: ValidatorSet,
    key: SigningKey,
    address: Address,
}

impl FalseValidator {
    /// Uses the key of the validator at `place`.
    pub fn new(network: &Network, place: usize) -> Self {
        let key = transactions::secret(&network.founders[place], KeyPurpose::Validate);
        Self {
            chain_id: network.chain_id.clone(),
            validators: network.genesis.founding().validators,
            address: PublicKey::ed25519(key.verifying_key().to_bytes()).address(),
            key,
        }
    }

    /// Whether it proposes in the first round of a height. Validators take turns in order of address.
    pub fn proposes(&self, height: u64) -> bool {
        let all = self.validators.validators();
        let turn = height % all.len() as u64;
        (0..)
            .zip(all)
            .any(|(place, validator)| place == turn && *validator.address() == self.address)
    }

    /// Builds a block without transactions on `chain`, given by all its blocks from height 1.
    ///
    /// # Panics
    /// When `chain` is empty or its hashes are malformed.
    pub fn block_on(&self, chain: &[control::Block], time: BlockTime) -> Block {
        let hash = |text: &str| text.parse::<Hash>().expect("a node writes hashes");
        let mut peaks = Peaks::default();
        for block in chain {
            peaks.append(&hash(&block.hash));
        }
        let parent = chain.last().expect("there is a block");
        let header = Header {
            chain_id: self.chain_id.clone(),
            height: Height::new(chain.len() as u64 + 1),
            time,
            proposer: self.address,
            parent_hash: hash(&parent.hash),
            transactions_root: transactions_root([]),
            outcomes_root: outcomes_root(&[]),
            state_root: hash(&parent.state_root),
            history_root: peaks.root(),
            validators_hash: self.validators.hash(),
            next_validators_hash: self.validators.hash(),
            protocol_version: PROTOCOL_VERSION,
        };
        Block {
            header,
            transactions: Vec::new(),
        }
    }

    /// Builds the frames that stream a block in the first round of its height. They announce `hash`, which may be another
    /// block's.
    pub fn parts(&self, block: &Block, hash: &Hash) -> Vec<u8> {
        let (height, encoded) = (block.header.height, block.encode());
        let length = encoded.len() as u64;
        let message = proposal_parts_sign_bytes(&self.chain_id, height, 0, length, hash);
        self.stream(block, encoded, hash, self.sign(&message))
    }

    /// Builds the same frames with an invalid signature.
    pub fn unsigned_parts(&self, block: &Block) -> Vec<u8> {
        self.stream(block, block.encode(), &block.hash(), vec![1; 64].into())
    }

    fn stream(&self, block: &Block, encoded: Bytes, hash: &Hash, signature: Bytes) -> Vec<u8> {
        use v1::proposal_part::Part;
        let height = block.header.height.get();
        let init = v1::ProposalInit {
            height,
            round: 0,
            proposer: self.address.as_bytes().to_vec().into(),
            block_bytes: encoded.len() as u64,
        };
        let fin = v1::ProposalFin {
            block_hash: (*hash).into(),
            signature,
        };
        let mut stream_id = height.to_be_bytes().to_vec();
        stream_id.extend_from_slice(&[0; 4]);
        stream_id.extend_from_slice(&hash.as_bytes()[..8]);
        let parts = [Part::Init(init), Part::Data(encoded), Part::Fin(fin)];
        let frames = parts.into_iter().zip(0..).map(|(part, sequence)| {
            let part = v1::ProposalPart { part: Some(part) };
            let streamed = v1::StreamedPart {
                stream_id: stream_id.clone().into(),
                sequence,
                content: Some(v1::streamed_part::Content::Data(part)),
            };
            frames::frame(frames::PART, &streamed.encode_to_vec())
        });
        frames.flatten().collect()
    }

    /// Builds the frame that proposes a block in the first round of its height.
    pub fn proposal(&self, height: Height, hash: &Hash) -> Vec<u8> {
        let message = proposal_sign_bytes(&self.chain_id, height, 0, hash, None, &self.address);
        let signed = v1::SignedProposal {
            proposal: Some(v1::Proposal {
                height: height.get(),
                round: 0,
                block_hash: (*hash).into(),
                pol_round: None,
                address: self.address.as_bytes().to_vec().into(),
            }),
            signature: self.sign(&message),
        };
        let message = v1::ConsensusMessage {
            message: Some(v1::consensus_message::Message::Proposal(signed)),
        };
        frames::frame(frames::CONSENSUS, &message.encode_to_vec())
    }

    fn sign(&self, message: &[u8]) -> Bytes {
        self.key.sign(message).to_bytes().to_vec().into()
    }
}
