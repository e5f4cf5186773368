//! Rules about transactions that never enter a block: 1000 to 1099.

use crate::{
    chain::{ChainId, Height},
    malformed::{Breach, Malformed},
    organisations::{KeyId, KeyPurpose},
    rejection::rejections,
    types::{BlockTime, OrganisationId},
};

rejections! {
    /// The reason why a transaction may not enter a block.
    pub enum Refused {
        /// Emitted on decoding.
        1000 Malformed { field: String, problem: String }
            "{0}: {1}"
            "字段 {0} 有误：{1}"
        /// Emitted on decoding.
        1001 TooLarge { bytes: usize, bytes_max: usize }
            "the transaction has {0} bytes, more than {1}"
            "交易长 {0} 字节，超过上限 {1} 字节"
        /// Emitted on decoding.
        1002 WrongChain { expected: ChainId }
            "the transaction is not meant for chain {0}"
            "该交易不属于链 {0}"
        /// Emitted on admission.
        1003 UnknownOrganisation { organisation: OrganisationId }
            "organisation {0} was never admitted"
            "单位 {0} 未准入"
        /// Emitted on admission.
        1004 UnknownKey { organisation: OrganisationId, key_id: KeyId }
            "organisation {0} has no key {1}"
            "单位 {0} 没有密钥 {1}"
        /// Emitted on admission.
        1005 WrongPurpose { key_id: KeyId, purpose: KeyPurpose, needed: KeyPurpose }
            "key {0} has the purpose {1}; this needs {2}"
            "密钥 {0} 的用途为“{1}”，此操作需要“{2}”"
        /// Reserved: no transaction for the next block can meet it. A key is live from the block after its
        /// registration, and admission reads the parent's state, which does not have the key before that. The number is
        /// kept for keys that are registered in advance, and for queries about an earlier height.
        1006 KeyNotYetLive { key_id: KeyId, first_height: Height }
            "key {0} acts from height {1}"
            "密钥 {0} 自高度 {1} 起生效"
        /// Emitted on admission: the key ended or was revoked.
        1007 KeyNoLongerLive { key_id: KeyId, last_height: Height }
            "key {0} ended at height {1}"
            "密钥 {0} 已于高度 {1} 失效"
        /// Emitted on verification.
        1008 BadSignature { key_id: KeyId }
            "the signature was not made by key {0}"
            "签名与密钥 {0} 不符"
        /// Emitted on admission. Times are Unix ms.
        1009 Expired { valid_until: BlockTime, block_time: BlockTime }
            "the transaction was valid until {0}, block time is {1}"
            "交易有效期至 {0}，当前区块时间为 {1}"
        /// Emitted on admission. Times are Unix ms.
        1010 ValidTooLong { valid_until: BlockTime, latest: BlockTime }
            "the transaction would be valid until {0}, later than {1}"
            "交易有效期至 {0}，超过允许的 {1}"
        /// Emitted on admission: this transaction is already on the ledger, at the named place.
        1011 Replayed { height: Height, index: u32 }
            "the transaction is in the block at height {0}, place {1}"
            "该交易已在高度 {0} 的区块中，序号 {1}"
        /// Emitted on admission: another body has this client id.
        1012 ClientIdConflict { height: Height, index: u32 }
            "the client id was used by another transaction in the block at height {0}, place {1}"
            "该客户端编号已被高度 {0} 区块中序号 {1} 的另一交易使用"
        /// Emitted on admission: it would never fit a block.
        1013 TooManyReceipts { receipts: u32, receipts_max: u32 }
            "the transaction issues or alters {0} receipts, a block takes {1}"
            "交易开具或变更 {0} 张票据，每个区块上限为 {1} 张"
        /// Emitted on decoding: data on chain can never be removed (docs/DOMAIN.md §8).
        1014 IdentityNumber { field: String }
            "{0}: holds a citizen's identity number, which must not go on chain"
            "字段 {0} 含有公民身份号码，不得上链"
    }
}

impl From<Malformed> for Refused {
    fn from(error: Malformed) -> Self {
        let field = error.field().to_owned();
        match error.breach() {
            Breach::Form => Self::Malformed {
                field,
                problem: error.problem().to_owned(),
            },
            Breach::IdentityNumber => Self::IdentityNumber { field },
        }
    }
}
