//! The numbered refusals of this node's doors: 9500 to 9599.

use piaolian_contracts::{
    chain::Hash,
    malformed::Malformed,
    organisations::KeyPurpose,
    types::{OrganisationId, ReceiptId},
};
use piaolian_proto::v1;

/// What kind of answer an error is, whatever the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not as documented.
    Malformed,
    /// Nobody known asks.
    Unauthenticated,
    /// The one who asks may not.
    Denied,
    /// There is no such thing.
    NotFound,
    /// A rule of the ledger or of the issuer's edge refuses it.
    Refused,
    /// The client id is taken.
    Taken,
    /// Too much at once; later it may work.
    Exhausted,
    /// Not decided in time; it may be decided yet.
    Undecided,
    /// This node is stopping.
    Stopping,
    /// This node does not do that.
    NotHere,
    /// This machine is in trouble.
    Fault,
}

/// A refusal by this node's doors. Numbers are never reused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// 9501: a field is not as documented.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// 9502: the bytes are no message of the documented type.
    #[error("the request is not a protobuf message of the documented type")]
    Undecodable,
    /// 9503: above the size limit.
    #[error("the request has more than {0} bytes")]
    TooLarge(usize),
    /// 9510: no token came with the call.
    #[error("the call carries no token: metadata `authorization: Bearer <token>`")]
    NoToken,
    /// 9511: not one of this node's tokens.
    #[error("this node does not know the token")]
    UnknownToken,
    /// 9512: the token's role does not include the call's.
    #[error("the call needs a token of role {0}")]
    RoleMissing(&'static str),
    /// 9513: this node is not finance's.
    #[error("this node shows the alerts that name its own organisation alone; ask finance's")]
    OwnAlertsAlone,
    /// 9520: there is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// 9530: too many transactions wait.
    #[error("too many transactions are waiting; try again later")]
    PoolFull,
    /// 9531: too many calls at once.
    #[error("too many calls at once; try again later")]
    TooManyCalls,
    /// 9532: too many wrong verifications.
    #[error("too many wrong verifications; try again in ten minutes")]
    TooManyVerifications,
    /// 9533: too many subscribers.
    #[error("too many subscribers")]
    TooManySubscribers,
    /// 9540: the client id stands for another request.
    #[error("client id {0} was used for another request")]
    ClientIdTaken(String),
    /// 9541: no block has decided yet.
    #[error("transaction {0} is not decided yet; ask for it later")]
    Undecided(Hash),
    /// 9542: no block took it in time.
    #[error("transaction {0} was not taken by a block in time; it has no effect")]
    Expired(Hash),
    /// 9550: this node keeps no receipt details.
    #[error("this node keeps no receipt details; ask the issuer's")]
    NoDetailsHere,
    /// 9551: this node cannot sign for its organisation now.
    #[error("this node holds no {0} key of its organisation that is in force")]
    NoKeyInForce(KeyPurpose),
    /// 9552: there is no receipt before the payment.
    #[error("the notice is not paid yet")]
    NotPaidYet,
    /// 9553: nobody could open what is sealed for it.
    #[error("organisation {0} has no seal key in force; details cannot be sealed for it")]
    NoSealKey(OrganisationId),
    /// 9554: there is nothing to open.
    #[error("nothing is attached to receipt {0}: its issuer keeps the details elsewhere")]
    NothingAttached(ReceiptId),
    /// 9555: the bytes are not to be had now.
    #[error(
        "what is attached to receipt {0} is not on this node, nor on those that were asked; try again later"
    )]
    AttachmentMissing(ReceiptId),
    /// 9556: this organisation issued it not, supervises it not, and named no authorisation.
    #[error(
        "the details of receipt {0} are sealed for none of this node's keys; name the purpose of an authorisation"
    )]
    NotSealedForUs(ReceiptId),
    /// 9557: the authorisation is for the receipt alone.
    #[error("the authorisation for receipt {0} hands on no key of its details")]
    NothingHandedOn(ReceiptId),
    /// 9558: they were altered, swapped, or are not what the issuer committed to.
    #[error("what is attached to receipt {0} does not open as its details: {1}")]
    DoNotOpen(ReceiptId, String),
    /// 9559: this node keeps no index of holders.
    #[error("this node serves no holders; ask the issuer's, or finance's")]
    NoHoldersHere,
    /// 9560: the node is stopping.
    #[error("this node is stopping")]
    Stopping,
    /// 9561: the machine is in trouble.
    #[error("this node is in trouble; its log says more")]
    Fault,
}

impl ApiError {
    /// The number of the error.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Malformed(_) => 9501,
            Self::Undecodable => 9502,
            Self::TooLarge(_) => 9503,
            Self::NoToken => 9510,
            Self::UnknownToken => 9511,
            Self::RoleMissing(_) => 9512,
            Self::OwnAlertsAlone => 9513,
            Self::NotFound(_) => 9520,
            Self::PoolFull => 9530,
            Self::TooManyCalls => 9531,
            Self::TooManyVerifications => 9532,
            Self::TooManySubscribers => 9533,
            Self::ClientIdTaken(_) => 9540,
            Self::Undecided(_) => 9541,
            Self::Expired(_) => 9542,
            Self::NoDetailsHere => 9550,
            Self::NoKeyInForce(_) => 9551,
            Self::NotPaidYet => 9552,
            Self::NoSealKey(_) => 9553,
            Self::NothingAttached(_) => 9554,
            Self::AttachmentMissing(_) => 9555,
            Self::NotSealedForUs(_) => 9556,
            Self::NothingHandedOn(_) => 9557,
            Self::DoNotOpen(..) => 9558,
            Self::NoHoldersHere => 9559,
            Self::Stopping => 9560,
            Self::Fault => 9561,
        }
    }

    /// What kind of answer it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Malformed(_) | Self::Undecodable | Self::TooLarge(_) => Kind::Malformed,
            Self::NoToken | Self::UnknownToken => Kind::Unauthenticated,
            Self::RoleMissing(_)
            | Self::OwnAlertsAlone
            | Self::NotSealedForUs(_)
            | Self::NothingHandedOn(_) => Kind::Denied,
            Self::NotFound(_) | Self::NothingAttached(_) | Self::AttachmentMissing(_) => {
                Kind::NotFound
            }
            Self::PoolFull
            | Self::TooManyCalls
            | Self::TooManyVerifications
            | Self::TooManySubscribers => Kind::Exhausted,
            Self::ClientIdTaken(_) => Kind::Taken,
            Self::Undecided(_) => Kind::Undecided,
            Self::Expired(_) | Self::NotPaidYet | Self::NoSealKey(_) | Self::DoNotOpen(..) => {
                Kind::Refused
            }
            Self::NoDetailsHere | Self::NoKeyInForce(_) | Self::NoHoldersHere => Kind::NotHere,
            Self::Stopping => Kind::Stopping,
            Self::Fault => Kind::Fault,
        }
    }

    /// What the message names.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        match self {
            Self::Malformed(malformed) => {
                vec![malformed.field().to_owned(), malformed.problem().to_owned()]
            }
            Self::TooLarge(bytes) => vec![bytes.to_string()],
            Self::RoleMissing(role) => vec![(*role).to_owned()],
            Self::NoKeyInForce(purpose) => vec![purpose.to_string()],
            Self::NoSealKey(organisation) => vec![organisation.to_string()],
            Self::NothingAttached(receipt)
            | Self::AttachmentMissing(receipt)
            | Self::NotSealedForUs(receipt)
            | Self::NothingHandedOn(receipt) => vec![receipt.to_string()],
            Self::DoNotOpen(receipt, why) => vec![receipt.to_string(), why.clone()],
            Self::NotFound(text) | Self::ClientIdTaken(text) => vec![text.clone()],
            Self::Undecided(id) | Self::Expired(id) => vec![id.to_string()],
            Self::Undecodable
            | Self::NoToken
            | Self::UnknownToken
            | Self::OwnAlertsAlone
            | Self::PoolFull
            | Self::TooManyCalls
            | Self::TooManyVerifications
            | Self::TooManySubscribers
            | Self::NoDetailsHere
            | Self::NotPaidYet
            | Self::NoHoldersHere
            | Self::Stopping
            | Self::Fault => Vec::new(),
        }
    }

    /// The message in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Malformed(malformed) => {
                format!(
                    "字段 {} 不合要求：{}",
                    malformed.field(),
                    malformed.problem()
                )
            }
            Self::Undecodable => "请求不是所约定类型的 protobuf 消息".to_owned(),
            Self::TooLarge(bytes) => format!("请求超过 {bytes} 字节"),
            Self::NoToken => "请求未带令牌：元数据 authorization: Bearer <令牌>".to_owned(),
            Self::UnknownToken => "本节点不认识该令牌".to_owned(),
            Self::RoleMissing(role) => format!("该调用需要角色为 {role} 的令牌"),
            Self::OwnAlertsAlone => "本节点只显示涉及本单位的预警，请向财政节点查询".to_owned(),
            Self::NotFound(what) => format!("查无此项：{what}"),
            Self::PoolFull => "等待入块的交易过多，请稍后再试".to_owned(),
            Self::TooManyCalls => "并发调用过多，请稍后再试".to_owned(),
            Self::TooManyVerifications => "查验错误次数过多，请十分钟后再试".to_owned(),
            Self::TooManySubscribers => "订阅者过多".to_owned(),
            Self::ClientIdTaken(id) => format!("客户端标识 {id} 已用于另一请求"),
            Self::Undecided(id) => format!("交易 {id} 尚无结果，请稍后查询"),
            Self::Expired(id) => format!("交易 {id} 未能及时入块，不产生任何效果"),
            Self::NoDetailsHere => "本节点不保存票据明细，请向开票单位节点查询".to_owned(),
            Self::NoKeyInForce(purpose) => format!("本节点没有所属单位有效的 {purpose} 密钥"),
            Self::NotPaidYet => "该缴款通知尚未缴款".to_owned(),
            Self::NoSealKey(organisation) => {
                format!("单位 {organisation} 没有有效的 seal 密钥，无法为其加密明细")
            }
            Self::NothingAttached(receipt) => format!("票据 {receipt} 未附明细：开票单位另行保存"),
            Self::AttachmentMissing(receipt) => {
                format!("本节点及所询节点均无票据 {receipt} 的附件，请稍后再试")
            }
            Self::NotSealedForUs(receipt) => {
                format!("票据 {receipt} 的明细未对本节点的密钥加密，请指明授权用途")
            }
            Self::NothingHandedOn(receipt) => format!("对票据 {receipt} 的授权不含明细密钥"),
            Self::DoNotOpen(receipt, why) => {
                format!("票据 {receipt} 的附件不能作为其明细打开：{why}")
            }
            Self::NoHoldersHere => "本节点不为持票人服务，请向开票单位或财政节点查询".to_owned(),
            Self::Stopping => "本节点正在停止".to_owned(),
            Self::Fault => "本节点发生故障，详见其日志".to_owned(),
        }
    }

    /// As programs read it.
    #[must_use]
    pub fn detail(&self) -> v1::ErrorDetail {
        let field = match self {
            Self::Malformed(malformed) => malformed.field().to_owned(),
            _ => String::new(),
        };
        v1::ErrorDetail {
            code: self.code(),
            arguments: self.arguments(),
            message_en: self.to_string(),
            message_zh: self.chinese(),
            field,
            transaction_id: self
                .transaction()
                .copied()
                .map(Into::into)
                .unwrap_or_default(),
            height: 0,
        }
    }

    /// The transaction that was made and is spoken of.
    const fn transaction(&self) -> Option<&Hash> {
        match self {
            Self::Undecided(id) | Self::Expired(id) => Some(id),
            Self::Malformed(_)
            | Self::Undecodable
            | Self::TooLarge(_)
            | Self::NoToken
            | Self::UnknownToken
            | Self::RoleMissing(_)
            | Self::OwnAlertsAlone
            | Self::NotFound(_)
            | Self::PoolFull
            | Self::TooManyCalls
            | Self::TooManyVerifications
            | Self::TooManySubscribers
            | Self::ClientIdTaken(_)
            | Self::NoDetailsHere
            | Self::NoKeyInForce(_)
            | Self::NotPaidYet
            | Self::NoSealKey(_)
            | Self::NothingAttached(_)
            | Self::AttachmentMissing(_)
            | Self::NotSealedForUs(_)
            | Self::NothingHandedOn(_)
            | Self::DoNotOpen(..)
            | Self::NoHoldersHere
            | Self::Stopping
            | Self::Fault => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use piaolian_contracts::types::ReceiptNumber;

    use super::*;

    /// The error after `error`; a new one does not compile before it has its place here.
    fn after(error: &ApiError) -> Option<ApiError> {
        Some(match error {
            ApiError::Malformed(_) => ApiError::Undecodable,
            ApiError::Undecodable => ApiError::TooLarge(9),
            ApiError::TooLarge(_) => ApiError::NoToken,
            ApiError::NoToken => ApiError::UnknownToken,
            ApiError::UnknownToken => ApiError::RoleMissing("<role>"),
            ApiError::RoleMissing(_) => ApiError::OwnAlertsAlone,
            ApiError::OwnAlertsAlone => ApiError::NotFound("<what>".to_owned()),
            ApiError::NotFound(_) => ApiError::PoolFull,
            ApiError::PoolFull => ApiError::TooManyCalls,
            ApiError::TooManyCalls => ApiError::TooManyVerifications,
            ApiError::TooManyVerifications => ApiError::TooManySubscribers,
            ApiError::TooManySubscribers => ApiError::ClientIdTaken("<client id>".to_owned()),
            ApiError::ClientIdTaken(_) => ApiError::Undecided(Hash::ZERO),
            ApiError::Undecided(_) => ApiError::Expired(Hash::ZERO),
            ApiError::Expired(_) => ApiError::NoDetailsHere,
            ApiError::NoDetailsHere => ApiError::NoKeyInForce(KeyPurpose::Sign),
            ApiError::NoKeyInForce(_) => ApiError::NotPaidYet,
            ApiError::NotPaidYet => {
                ApiError::NoSealKey("91350100M000100Y43".parse().expect("a code"))
            }
            ApiError::NoSealKey(_) => ApiError::NothingAttached(receipt()),
            ApiError::NothingAttached(_) => ApiError::AttachmentMissing(receipt()),
            ApiError::AttachmentMissing(_) => ApiError::NotSealedForUs(receipt()),
            ApiError::NotSealedForUs(_) => ApiError::NothingHandedOn(receipt()),
            ApiError::NothingHandedOn(_) => ApiError::DoNotOpen(receipt(), "<why>".to_owned()),
            ApiError::DoNotOpen(..) => ApiError::NoHoldersHere,
            ApiError::NoHoldersHere => ApiError::Stopping,
            ApiError::Stopping => ApiError::Fault,
            ApiError::Fault => return None,
        })
    }

    fn receipt() -> ReceiptId {
        let code = "11010125".parse().expect("a code");
        let number = ReceiptNumber::parse("number", 1).expect("a number");
        ReceiptId { code, number }
    }

    /// One of each, in order of number.
    pub(crate) fn every() -> Vec<ApiError> {
        let first = ApiError::Malformed(Malformed::new("<field>", "<problem>"));
        std::iter::successors(Some(first), after).collect()
    }

    #[test]
    fn numbers_ascend_within_their_hundred() {
        let numbers: Vec<u32> = every().iter().map(ApiError::code).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert!(numbers.iter().all(|number| (9_500..9_600).contains(number)));
    }

    #[test]
    fn what_was_not_decided_in_time_names_its_transaction() {
        let id = Hash::sha256(&[b"a transaction"]);
        for error in [ApiError::Undecided(id), ApiError::Expired(id)] {
            let detail = error.detail();
            assert_eq!(detail.transaction_id.as_ref(), id.as_bytes());
            assert_eq!(detail.arguments, [id.to_string()]);
        }
        assert!(ApiError::PoolFull.detail().transaction_id.is_empty());
    }
}
