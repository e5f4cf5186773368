//! Parts of a streamed block.

use arc_malachitebft_app_channel::app::{
    streaming::StreamContent,
    types::{
        core::Height as _,
        streaming::{StreamId, StreamMessage},
    },
};
use piaolian_proto::v1;

use super::{Malformed, Wire, fields};
use crate::types::{Height, ProposalFin, ProposalInit, ProposalPart};

/// Longest stream id, bytes: it contains height, round and the beginning of the block's hash.
const STREAM_ID_BYTES_MAX: usize = 64;

impl Wire for ProposalPart {
    type Message = v1::ProposalPart;

    fn to_message(&self) -> v1::ProposalPart {
        use v1::proposal_part::Part;
        let part = match self {
            Self::Init(init) => Part::Init(v1::ProposalInit {
                height: init.height.as_u64(),
                round: init.round,
                proposer: fields::address_bytes(&init.proposer),
                block_bytes: init.block_bytes,
            }),
            Self::Data(bytes) => Part::Data(bytes.clone()),
            Self::Fin(fin) => Part::Fin(v1::ProposalFin {
                block_hash: fields::block_id_bytes(&fin.block),
                signature: fields::signature_bytes(&fin.signature),
            }),
        };
        v1::ProposalPart { part: Some(part) }
    }

    fn from_message(message: v1::ProposalPart) -> Result<Self, Malformed> {
        use v1::proposal_part::Part;
        Ok(match message.part.ok_or(Malformed::Field("part"))? {
            Part::Init(init) => Self::Init(ProposalInit {
                height: Height::new(init.height),
                round: init.round,
                proposer: fields::address(&init.proposer)?,
                block_bytes: init.block_bytes,
            }),
            Part::Data(bytes) => Self::Data(bytes),
            Part::Fin(fin) => Self::Fin(ProposalFin {
                block: fields::block_id(&fin.block_hash)?,
                signature: fields::signature(&fin.signature)?,
            }),
        })
    }
}

impl Wire for StreamMessage<ProposalPart> {
    type Message = v1::StreamedPart;

    fn to_message(&self) -> v1::StreamedPart {
        use v1::streamed_part::Content;
        let content = match &self.content {
            StreamContent::Data(part) => Content::Data(part.to_message()),
            StreamContent::Fin => Content::Fin(true),
        };
        v1::StreamedPart {
            stream_id: self.stream_id.to_bytes(),
            sequence: self.sequence,
            content: Some(content),
        }
    }

    fn from_message(message: v1::StreamedPart) -> Result<Self, Malformed> {
        use v1::streamed_part::Content;
        if message.stream_id.len() > STREAM_ID_BYTES_MAX {
            return Err(Malformed::Field("stream_id"));
        }
        let content = match message.content.ok_or(Malformed::Field("content"))? {
            Content::Data(part) => StreamContent::Data(ProposalPart::from_message(part)?),
            Content::Fin(_) => StreamContent::Fin,
        };
        Ok(Self::new(
            StreamId::new(message.stream_id),
            message.sequence,
            content,
        ))
    }
}
