//! The chain and this node: status, blocks, certified headers, parameters.

use std::sync::atomic::Ordering;

use piaolian_base::clock;
use piaolian_contracts::{
    chain::{BlockTime, Hash, Height},
    upgrades::{VALIDATOR_SET, validators_at},
};
use piaolian_ledger::{CommittedBlock, StateView};
use piaolian_proto::v1::{
    self, CertifiedHeader, GetBlockRequest, GetBlockResponse, GetHeaderRequest, GetHeaderResponse,
    GetParametersRequest, GetParametersResponse, GetStatusRequest, GetStatusResponse,
    get_block_request::By,
};
use prost::Message;

use crate::{
    Service,
    error::{ServiceError, ServiceFault},
    pagination::{self, Page},
    parameters,
    submit::raw::view_of,
};

/// A page of a block's transactions ends where it reaches this, bytes, so that any
/// client's message limit holds it.
const PAGE_BYTES: usize = 1 << 20;

impl Service {
    /// How this node and its network are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get_status(&self, _: &GetStatusRequest) -> Result<GetStatusResponse, ServiceError> {
        let state = self.state();
        let tip = state.tip();
        let validators = VALIDATOR_SET.get(&state, &())?;
        let seal_key_since = self.seal_key_since(&state)?;
        let validator = validators.is_some_and(|set| set.of(&self.organisation).next().is_some());
        Ok(GetStatusResponse {
            chain_id: self.ledger.chain_id().to_string(),
            genesis_hash: self.ledger.store().identity().genesis_hash.into(),
            organisation: self.organisation.to_string(),
            validator,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            height: tip.height.get(),
            block_hash: tip.block_hash.into(),
            block_time_ms: tip.time.as_ms(),
            state_root: tip.state_root.into(),
            waiting_transactions: self.ledger.mempool().len() as u64,
            started_ms: self.started.as_ms(),
            peers: (self.peers)(),
            first_unsealed_height: self.first_unsealed.load(Ordering::Relaxed),
            synced_writes: self.ledger.store().synced_writes(),
            access_log: Some(self.access_log_status(&state)?),
            seal_key_since_ms: seal_key_since.map_or(0, BlockTime::as_ms),
            seal_key_overdue: self.is_overdue(seal_key_since, clock::now()),
        })
    }

    /// A block with a page of its transactions.
    ///
    /// # Errors
    /// When the request is malformed, there is no such block, or the store cannot be read.
    pub fn get_block(&self, request: &GetBlockRequest) -> Result<GetBlockResponse, ServiceError> {
        let page = Page::parse(request.page_size, &request.page_token)?;
        let height = self.height_of(request.by.as_ref())?;
        let committed = self.committed_header(height)?;
        let block = self.committed(height)?;
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
        let count = u32::try_from(block.block.transactions.len()).unwrap_or(u32::MAX);
        let told = first.saturating_add(u32::try_from(transactions.len()).unwrap_or(u32::MAX));
        let next_page_token = match told.checked_sub(1) {
            Some(last) if told < count => pages::token(&last.to_be_bytes()),
            _ => String::new(),
        };
        Ok(GetBlockResponse {
            header: Some((&block.block.header).into()),
            block_hash: committed.block_hash.into(),
            transaction_count: count,
            block_bytes: block.block.encode().len() as u64,
            proposer: self.proposer(&committed)?,
            round: committed.certificate.round,
            transactions,
            next_page_token,
        })
    }

    /// A header with what certifies it.
    ///
    /// # Errors
    /// When there is no such header, or the store cannot be read.
    pub fn get_header(
        &self,
        request: &GetHeaderRequest,
    ) -> Result<GetHeaderResponse, ServiceError> {
        let height = self.height_of(Some(&By::Height(request.height)))?;
        Ok(GetHeaderResponse {
            header: Some(self.certified_header(&self.state(), height)?),
        })
    }

    /// The governed parameters in force.
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

    /// The header of `height`, certified.
    pub(crate) fn certified_header(
        &self,
        state: &StateView<'_>,
        height: Height,
    ) -> Result<CertifiedHeader, ServiceError> {
        let committed = self.committed_header(height)?;
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

    fn committed_header(&self, height: Height) -> Result<CommittedBlock, ServiceError> {
        let committed = self.ledger.store().committed(height)?;
        committed.ok_or_else(|| ServiceError::not_found(format!("block {height}")))
    }

    fn height_of(&self, by: Option<&By>) -> Result<Height, ServiceError> {
        match by {
            None | Some(By::Height(0)) => Ok(self.ledger.tip().height),
            Some(By::Height(height)) => Ok(Height::new(*height)),
            Some(By::BlockHash(hash)) => {
                let hash = Hash::parse("block_hash", hash)?;
                let found = self.ledger.store().height_of(&hash)?;
                found.ok_or_else(|| ServiceError::not_found(format!("block {hash}")))
            }
        }
    }

    /// The organisation that proposed a block.
    fn proposer(&self, committed: &CommittedBlock) -> Result<String, ServiceError> {
        let header = &committed.header;
        let validators = validators_at(&self.state(), header.height)?;
        let proposer = validators.by_address(&header.proposer);
        Ok(proposer
            .map(|validator| validator.organisation().to_string())
            .unwrap_or_default())
    }
}
