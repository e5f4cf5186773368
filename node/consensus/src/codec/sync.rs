//! Block sync: statuses, requests, responses.

use arc_malachitebft_app_channel::app::types::{
    PeerId,
    codec::HasEncodedLen,
    core::{CommitCertificate, ExtendedCommitCertificate, ExtendedCommitSignature, Height as _},
    sync::{RawDecidedValue, Request, Response, Status},
};
use arc_malachitebft_sync::{ValueRequest, ValueResponse};
use piaolian_contracts::chain::Block;
use piaolian_proto::v1;
use prost::Message as _;

use super::{Malformed, ProtobufCodec, Wire};
use crate::{context::EngineTypes, types::Height};

/// Most blocks in one response: the engine requests few at a time.
const BLOCKS_MAX: usize = 100;

impl Wire for Status<EngineTypes> {
    type Message = v1::SyncStatus;

    fn to_message(&self) -> v1::SyncStatus {
        v1::SyncStatus {
            tip_height: self.tip_height.as_u64(),
            history_min_height: self.history_min_height.as_u64(),
            peer_id: self.peer_id.to_bytes().into(),
        }
    }

    fn from_message(message: v1::SyncStatus) -> Result<Self, Malformed> {
        Ok(Self {
            peer_id: PeerId::from_bytes(&message.peer_id)
                .map_err(|_| Malformed::Field("peer_id"))?,
            tip_height: Height::new(message.tip_height),
            history_min_height: Height::new(message.history_min_height),
        })
    }
}

impl Wire for Request<EngineTypes> {
    type Message = v1::SyncRequest;

    fn to_message(&self) -> v1::SyncRequest {
        let Self::ValueRequest(request) = self;
        v1::SyncRequest {
            from_height: request.range.start().as_u64(),
            to_height: request.range.end().as_u64(),
        }
    }

    fn from_message(message: v1::SyncRequest) -> Result<Self, Malformed> {
        if message.from_height == 0 || message.to_height < message.from_height {
            return Err(Malformed::Field("to_height"));
        }
        let range = Height::new(message.from_height)..=Height::new(message.to_height);
        Ok(Self::ValueRequest(ValueRequest::new(range)))
    }
}

impl Wire for RawDecidedValue<EngineTypes> {
    type Message = v1::DecidedBlock;

    fn to_message(&self) -> v1::DecidedBlock {
        v1::DecidedBlock {
            block: self.value_bytes.clone(),
            certificate: Some(self.certificate.trim_vote_extensions().to_message()),
        }
    }

    fn from_message(message: v1::DecidedBlock) -> Result<Self, Malformed> {
        let certificate = message.certificate.ok_or(Malformed::Field("certificate"))?;
        let certificate: CommitCertificate<EngineTypes> =
            CommitCertificate::from_message(certificate)?;
        // The block must be the one that the certificate is for.
        let block = Block::decode(message.block.clone()).map_err(|_| Malformed::Field("block"))?;
        if block.hash() != certificate.value_id.0 {
            return Err(Malformed::Field("block"));
        }
        Ok(Self::new(message.block, without_extensions(certificate)))
    }
}

/// Converts a certificate to the engine's extended form. This chain uses no vote extensions.
fn without_extensions(
    certificate: CommitCertificate<EngineTypes>,
) -> ExtendedCommitCertificate<EngineTypes> {
    ExtendedCommitCertificate {
        height: certificate.height,
        round: certificate.round,
        value_id: certificate.value_id,
        commit_signatures: certificate
            .commit_signatures
            .into_iter()
            .map(|signed| ExtendedCommitSignature::new(signed.address, signed.signature, None))
            .collect(),
    }
}

impl Wire for Response<EngineTypes> {
    type Message = v1::SyncResponse;

    fn to_message(&self) -> v1::SyncResponse {
        let Self::ValueResponse(response) = self;
        v1::SyncResponse {
            from_height: response.start_height.as_u64(),
            blocks: response.values.iter().map(Wire::to_message).collect(),
        }
    }

    fn from_message(message: v1::SyncResponse) -> Result<Self, Malformed> {
        if message.blocks.len() > BLOCKS_MAX {
            return Err(Malformed::TooMany("blocks"));
        }
        let values = message
            .blocks
            .into_iter()
            .map(RawDecidedValue::from_message)
            .collect::<Result<_, _>>()?;
        let start = Height::new(message.from_height);
        Ok(Self::ValueResponse(ValueResponse::new(start, values)))
    }
}

impl HasEncodedLen<Response<EngineTypes>> for ProtobufCodec {
    fn encoded_len(&self, response: &Response<EngineTypes>) -> Result<usize, Malformed> {
        Ok(response.to_message().encoded_len())
    }
}
