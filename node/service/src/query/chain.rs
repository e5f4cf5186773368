//! Chain: blocks, certified headers, parameters.

use piaolian_contracts::{
    chain::{Hash, Height},
    types::BlockTime,
    upgrades::validators_at,
};
use piaolian_ledger::{ChainView, CommittedBlock, StateView};
use piaolian_proto::v1::{
    CertifiedHeader, GetBlockRequest, GetBlockResponse, GetHeaderRequest, GetHeaderResponse,
    GetParametersRequest, GetParametersResponse, get_block_request::By,
};
use prost::Message;

use super::{Queries, parameters, transactions::view_of};
use crate::{
    committed::block_at,
    error::{ServiceError, ServiceFault},
    pagination::{self, Page},
};

/// Size at which a page of a block's transactions ends, bytes. A page is therefore below the message limit of any
/// client.
const PAGE_BYTES: usize = 1 << 20;

impl Queries {
    /// Returns a block with a page of its transactions.
    ///
    /// # Errors
    /// When the request is malformed, there is no such block, or the store cannot be read.
    pub fn get_block(&self, request: &GetBlockRequest) -> Result<GetBlockResponse, ServiceError> {
        let page = Page::parse(request.page_size, &request.page_token)?;
        let height = self.height_of(request.by.as_ref())?;
        let chain = self.ledger.view();
        let committed = committed_header(chain, height)?;
        let block = block_at(chain, height)?;
        let next = page.after_array::<4>()?.map(u32::from_be_bytes);
        let first = next.map_or(0, |after| after.saturating_add(1));
        let mut transactions = Vec::new();
        let mut bytes = 0;
        for index in first.. {
            if transactions.len() == page.size || bytes >= PAGE_BYTES {
                break;
            }
            let Some(view) = view_of(&block, index, request.with_transactions) else {
                break;
            };
            bytes += view.encoded_len();
            transactions.push(view);
        }
        let count = u32::try_from(block.block().transactions.len()).unwrap_or(u32::MAX);
        let end = first.saturating_add(u32::try_from(transactions.len()).unwrap_or(u32::MAX));
        let next_page_token = match end.checked_sub(1) {
            Some(last) if end < count => pagination::token(&last.to_be_bytes()),
            _ => String::new(),
        };
        Ok(GetBlockResponse {
            header: Some((&block.block().header).into()),
            block_hash: committed.block_hash.into(),
            transaction_count: count,
            block_bytes: block.block().encode().len() as u64,
            proposer: proposer(&self.state(), &committed)?,
            round: committed.certificate.round,
            transactions,
            next_page_token,
        })
    }

    /// Returns a header with its certificate and validator set.
    ///
    /// # Errors
    /// When there is no such header, or the store cannot be read.
    pub fn get_header(
        &self,
        request: &GetHeaderRequest,
    ) -> Result<GetHeaderResponse, ServiceError> {
        let height = self.height_of(Some(&By::Height(request.height)))?;
        Ok(GetHeaderResponse {
            header: Some(certified_header(self.ledger.view(), &self.state(), height)?),
        })
    }

    /// Returns the governed parameters in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get_parameters(
        &self,
        _: &GetParametersRequest,
    ) -> Result<GetParametersResponse, ServiceError> {
        Ok(GetParametersResponse {
            parameters: Some((&parameters(&self.state())?).into()),
        })
    }

    fn height_of(&self, by: Option<&By>) -> Result<Height, ServiceError> {
        match by {
            None | Some(By::Height(0)) => Ok(self.ledger.tip().height),
            Some(By::Height(height)) => Ok(Height::new(*height)),
            Some(By::BlockHash(hash)) => {
                let hash = Hash::parse("block_hash", hash)?;
                let found = self.ledger.view().height_of(&hash)?;
                found.ok_or_else(|| ServiceError::not_found(format!("block {hash}")))
            }
        }
    }
}

/// Returns the header of `height` with its certificate and validator set.
///
/// # Errors
/// When there is no such block, or the store cannot be read.
pub(super) fn certified_header(
    chain: &ChainView,
    state: &StateView<'_>,
    height: Height,
) -> Result<CertifiedHeader, ServiceError> {
    let committed = committed_header(chain, height)?;
    let damaged = || ServiceFault::Damaged("the validator set".to_owned());
    let validators = validators_at(state, height)?;
    if validators.hash() != committed.header.validators_hash {
        return Err(damaged().into());
    }
    Ok(CertifiedHeader {
        header: committed.header.encode().into(),
        certificate: Some((&committed.certificate).into()),
        validators: Some((&validators).into()),
    })
}

fn committed_header(chain: &ChainView, height: Height) -> Result<CommittedBlock, ServiceError> {
    let committed = chain.committed(height)?;
    committed.ok_or_else(|| ServiceError::not_found(format!("block {height}")))
}

/// Returns the time of a block that must be committed.
///
/// # Errors
/// When the store has not got it, or cannot be read.
pub(crate) fn block_time(chain: &ChainView, height: Height) -> Result<BlockTime, ServiceError> {
    let header = chain.header(height)?;
    let header = header.ok_or_else(|| ServiceFault::Damaged(format!("block {height}")))?;
    Ok(header.time)
}

/// Returns the organisation that proposed a block.
fn proposer(state: &StateView<'_>, committed: &CommittedBlock) -> Result<String, ServiceError> {
    let header = &committed.header;
    let validators = validators_at(state, header.height)?;
    let proposer = validators.by_address(&header.proposer);
    Ok(proposer
        .map(|validator| validator.organisation().to_string())
        .unwrap_or_default())
}
