//! The messages between nodes: one of each kind, as `peer.proto` encodes it.

use std::collections::BTreeSet;

use expect_test::expect_file;
use piaolian_proto::v1::{
    AttachmentRequest, AttachmentResponse, BlockVerdict, CommitCertificate, CommitSignature,
    ConsensusMessage, DecidedBlock, LivenessMessage, PolkaCertificate, Proposal, ProposalFin,
    ProposalInit, ProposalPart, RoundCertificate, RoundSignature, SignedProposal, SignedVote,
    StreamedPart, SyncRequest, SyncResponse, SyncStatus, Vote, VoteType, consensus_message,
    liveness_message, proposal_part, streamed_part,
};
use prost::Message;

use super::Vectors;
use crate::world::descriptors;

const HEIGHT: u64 = 7;
const ROUND: u32 = 2;

fn hash() -> Vec<u8> {
    vec![0xbb; 32]
}

fn address() -> Vec<u8> {
    vec![0xaa; 20]
}

fn signature() -> Vec<u8> {
    vec![0x99; 64]
}

fn vote(block_hash: Vec<u8>) -> Vote {
    Vote {
        r#type: VoteType::Precommit.into(),
        height: HEIGHT,
        round: ROUND,
        block_hash: block_hash.into(),
        address: address().into(),
    }
}

fn signed_vote() -> SignedVote {
    SignedVote {
        vote: Some(vote(hash())),
        signature: signature().into(),
    }
}

fn proposal(pol_round: Option<u32>) -> Proposal {
    Proposal {
        height: HEIGHT,
        round: ROUND,
        block_hash: hash().into(),
        pol_round,
        address: address().into(),
    }
}

fn signed_proposal() -> SignedProposal {
    SignedProposal {
        proposal: Some(proposal(Some(1))),
        signature: signature().into(),
    }
}

fn commit_signature() -> CommitSignature {
    CommitSignature {
        address: address().into(),
        signature: signature().into(),
    }
}

fn polka() -> PolkaCertificate {
    PolkaCertificate {
        height: HEIGHT,
        round: ROUND,
        block_hash: hash().into(),
        signatures: vec![commit_signature()],
    }
}

fn round_signature() -> RoundSignature {
    RoundSignature {
        r#type: VoteType::Precommit.into(),
        block_hash: Vec::new().into(),
        address: address().into(),
        signature: signature().into(),
    }
}

fn round_certificate() -> RoundCertificate {
    RoundCertificate {
        height: HEIGHT,
        round: ROUND,
        r#type: VoteType::Precommit.into(),
        signatures: vec![round_signature()],
    }
}

fn decided() -> DecidedBlock {
    DecidedBlock {
        block: b"encoded block".to_vec().into(),
        certificate: Some(CommitCertificate {
            height: HEIGHT,
            round: ROUND,
            block_hash: hash().into(),
            signatures: vec![commit_signature()],
        }),
    }
}

/// Vectors named by the message and what is particular about it.
#[derive(Default)]
struct Messages {
    vectors: Vectors,
    names: BTreeSet<String>,
}

impl Messages {
    fn add(&mut self, name: &str, particular: &str, message: &impl Message) {
        self.names.insert(name.to_owned());
        let name = format!("{name} {particular}");
        self.vectors.add(name.trim_end(), message.encode_to_vec());
    }
}

#[test]
fn messages_between_nodes() {
    let mut messages = Messages::default();
    votes_and_proposals(&mut messages);
    parts(&mut messages);
    certificates(&mut messages);
    blocks(&mut messages);
    attachments(&mut messages);
    messages.vectors.check(&expect_file!["peer.txt"]);
    assert_eq!(messages.names, descriptors::names_of_messages("peer.proto"));
}

fn votes_and_proposals(messages: &mut Messages) {
    use consensus_message::Message;

    messages.add("Vote", "value", &vote(hash()));
    messages.add("Vote", "nil", &vote(Vec::new()));
    messages.add("SignedVote", "", &signed_vote());
    messages.add("Proposal", "new", &proposal(None));
    messages.add("Proposal", "of round 0", &proposal(Some(0)));
    messages.add("SignedProposal", "", &signed_proposal());
    for (particular, message) in [
        ("vote", Message::Vote(signed_vote())),
        ("proposal", Message::Proposal(signed_proposal())),
    ] {
        let message = Some(message);
        messages.add(
            "ConsensusMessage",
            particular,
            &ConsensusMessage { message },
        );
    }
}

fn parts(messages: &mut Messages) {
    use proposal_part::Part;
    use streamed_part::Content;

    let init = ProposalInit {
        height: HEIGHT,
        round: ROUND,
        proposer: address().into(),
        block_bytes: 4_096,
    };
    let fin = ProposalFin {
        block_hash: hash().into(),
        signature: signature().into(),
    };
    messages.add("ProposalInit", "", &init);
    messages.add("ProposalFin", "", &fin);
    let parts = [
        ("init", Part::Init(init)),
        ("data", Part::Data(b"a part of a block".to_vec().into())),
        ("fin", Part::Fin(fin)),
    ];
    for (sequence, (particular, part)) in (0..).zip(parts) {
        let part = ProposalPart { part: Some(part) };
        messages.add("ProposalPart", particular, &part);
        let streamed = streamed(sequence, Content::Data(part));
        messages.add("StreamedPart", particular, &streamed);
    }
    let end = streamed(3, Content::Fin(true));
    messages.add("StreamedPart", "end of the stream", &end);
}

fn streamed(sequence: u64, content: streamed_part::Content) -> StreamedPart {
    let stream_id = [
        &HEIGHT.to_be_bytes()[..],
        &ROUND.to_be_bytes(),
        &hash()[..8],
    ];
    StreamedPart {
        stream_id: stream_id.concat().into(),
        sequence,
        content: Some(content),
    }
}

fn certificates(messages: &mut Messages) {
    use liveness_message::Message;

    messages.add("PolkaCertificate", "", &polka());
    messages.add("RoundSignature", "", &round_signature());
    messages.add("RoundCertificate", "", &round_certificate());
    for (particular, message) in [
        ("vote", Message::Vote(signed_vote())),
        ("polka", Message::Polka(polka())),
        ("round", Message::Round(round_certificate())),
    ] {
        let message = Some(message);
        messages.add("LivenessMessage", particular, &LivenessMessage { message });
    }
}

fn blocks(messages: &mut Messages) {
    let status = SyncStatus {
        tip_height: HEIGHT,
        history_min_height: 1,
        peer_id: Vec::new().into(),
    };
    let request = SyncRequest {
        from_height: 5,
        to_height: HEIGHT,
    };
    let response = SyncResponse {
        from_height: HEIGHT,
        blocks: vec![decided()],
    };
    let proposed = BlockVerdict {
        height: HEIGHT,
        round: ROUND,
        pol_round: Some(0),
        proposer: address().into(),
        block_hash: hash().into(),
        valid: true,
    };
    messages.add("SyncStatus", "", &status);
    messages.add("SyncRequest", "", &request);
    messages.add("SyncResponse", "", &response);
    messages.add("DecidedBlock", "", &decided());
    messages.add("BlockVerdict", "", &proposed);
}

fn attachments(messages: &mut Messages) {
    let request = AttachmentRequest {
        hashes: vec![hash().into(); 2],
    };
    let response = AttachmentResponse {
        attachments: vec![b"attachment".to_vec().into()],
    };
    messages.add("AttachmentRequest", "", &request);
    messages.add("AttachmentResponse", "", &response);
}
