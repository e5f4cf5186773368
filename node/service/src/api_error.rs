//! The numbered errors of the API: 9501 to 9599.

use piaolian_contracts::{
    chain::Hash,
    malformed::Malformed,
    organisations::KeyPurpose,
    rules,
    types::{OrganisationId, ReceiptId},
};
use piaolian_proto::v1;

/// Kind of an error, independent of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not as documented.
    Malformed,
    /// The caller is unknown.
    Unauthenticated,
    /// The caller does not have the right.
    Denied,
    /// There is no such thing.
    NotFound,
    /// A rule of the ledger refuses or rejects it, or a rule of the issuer's node refuses it.
    Refused,
    /// The client id is taken.
    Taken,
    /// There are too many requests at once. A later attempt may succeed.
    Exhausted,
    /// The ledger has advanced in the meantime. The same call succeeds when it is repeated.
    Outdated,
    /// No block decided it in time. One may still do so.
    Undecided,
    /// This node is stopping.
    Stopping,
    /// This node does not offer the call.
    NotSupported,
    /// A fault of this machine.
    Fault,
}

rules! {
    /// An error of the node itself, independent of the rules of the ledger. Numbers are never reused.
    pub enum ApiError: Kind {
        /// A field is not as documented.
        9501 Malformed { field: String, problem: String } [Malformed]
            "{0}: {1}"
            "字段 {0} 不合要求：{1}"
        /// The bytes are no message of the documented type.
        9502 Undecodable [Malformed]
            "the request is not a protobuf message of the documented type"
            "请求不是所约定类型的 protobuf 消息"
        /// Above the size limit.
        9503 TooLarge { bytes_max: usize } [Malformed] "the request has more than {0} bytes" "请求超过 {0} 字节"

        /// No token came with the call.
        9510 NoToken [Unauthenticated]
            "the call carries no token: metadata `authorization: Bearer <token>`"
            "请求未带令牌：元数据 authorization: Bearer <令牌>"
        /// Not one of this node's tokens.
        9511 UnknownToken [Unauthenticated] "this node does not know the token" "本节点不认识该令牌"
        /// The token's role does not include the call's.
        9512 RoleMissing { role: &'static str } [Denied]
            "the call needs a token of role {0}"
            "该调用需要角色为 {0} 的令牌"
        /// This node is not finance's.
        9513 OwnAlertsAlone [Denied]
            "this node shows the alerts that name its own organisation alone; ask finance's"
            "本节点只显示涉及本单位的预警，请向财政节点查询"

        /// There is no such thing.
        9520 NotFound { what: String } [NotFound] "there is no {0}" "查无此项：{0}"

        /// Too many transactions wait.
        9530 PoolFull [Exhausted]
            "too many transactions are waiting; try again later"
            "等待入块的交易过多，请稍后再试"
        /// Too many calls at once.
        9531 TooManyCalls [Exhausted] "too many calls at once; try again later" "并发调用过多，请稍后再试"
        /// Too many wrong attempts.
        9532 TooManyAttempts [Exhausted]
            "too many wrong attempts; try again in ten minutes"
            "查验错误次数过多，请十分钟后再试"
        /// Too many subscribers.
        9533 TooManySubscribers [Exhausted] "too many subscribers" "订阅者过多"
        /// The height of a proof left the undo window while the proof was put together.
        9534 ProofOutdated [Outdated]
            "too many blocks were committed while the proof was put together; ask again"
            "生成证明期间入链区块过多，请重新请求"

        /// The client id stands for another request.
        9540 ClientIdTaken { client_id: String } [Taken]
            "client id {0} was used for another request"
            "客户端标识 {0} 已用于另一请求"
        /// No block has decided yet.
        9541 Undecided { transaction: Hash } [Undecided]
            "transaction {0} is not decided yet; ask for it later"
            "交易 {0} 尚无结果，请稍后查询"
        /// No block took it in time.
        9542 Expired { transaction: Hash } [Refused]
            "transaction {0} was not taken by a block in time; it has no effect"
            "交易 {0} 未能及时入块，不产生任何效果"

        /// This node keeps no receipt details.
        9550 NoDetailsHere [NotSupported]
            "this node keeps no receipt details; ask the issuer's"
            "本节点不保存票据明细，请向开票单位节点查询"
        /// This node cannot sign for its organisation now.
        9551 NoKeyInForce { purpose: KeyPurpose } [NotSupported]
            "this node holds no {0} key of its organisation that is in force"
            "本节点没有所属单位有效的 {0} 密钥"
        /// The notice is not paid, so it has no receipt yet.
        9552 NotPaidYet [Refused] "the notice is not paid yet" "该缴款通知尚未缴款"
        /// Details cannot be encrypted for it.
        9553 NoEncryptionKey { organisation: OrganisationId } [Refused]
            "organisation {0} has no encryption key in force; details cannot be encrypted for it"
            "单位 {0} 没有有效的加密密钥，无法为其加密明细"
        /// The receipt has no encrypted details.
        9554 NothingAttached { receipt: ReceiptId } [NotFound]
            "nothing is attached to receipt {0}: its issuer keeps the details elsewhere"
            "票据 {0} 未附明细：开票单位另行保存"
        /// Neither this node nor a connected peer has the attachment now.
        9555 AttachmentMissing { receipt: ReceiptId } [NotFound]
            "what is attached to receipt {0} is not on this node, nor on those that were asked; try again later"
            "本节点及所询节点均无票据 {0} 的附件，请稍后再试"
        /// This organisation neither issued nor supervises the receipt, and the request named no authorisation.
        9556 NotEncryptedForUs { receipt: ReceiptId } [Denied]
            "the details of receipt {0} are encrypted for none of this node's keys; name the purpose of an authorisation"
            "票据 {0} 的明细未对本节点的密钥加密，请指明授权用途"
        /// The authorisation covers the receipt without its details.
        9557 NothingShared { receipt: ReceiptId } [Denied]
            "the authorisation for receipt {0} shares no key of its details"
            "对票据 {0} 的授权不含明细密钥"
        /// The details were altered or exchanged, or are not those that the issuer committed to.
        9558 DoNotOpen { receipt: ReceiptId, reason: String } [Refused]
            "what is attached to receipt {0} does not open as its details: {1}"
            "票据 {0} 的附件不能作为其明细打开：{1}"
        /// This node keeps no holder index.
        9559 NoHoldersHere [NotSupported]
            "this node serves no holders; ask the issuer's, or finance's"
            "本节点不为持票人服务，请向开票单位或财政节点查询"
        /// The node is stopping.
        9560 Stopping [Stopping] "this node is stopping" "本节点正在停止"
        /// A fault of this machine.
        9561 Fault [Fault] "this node is in trouble; its log says more" "本节点发生故障，详见其日志"
    }
}

impl ApiError {
    /// Returns the error as a message for programs.
    pub fn detail(&self) -> v1::ErrorDetail {
        let mut detail = v1::ErrorDetail {
            code: self.code(),
            arguments: self.arguments(),
            message_en: self.to_string(),
            message_zh: self.chinese(),
            ..v1::ErrorDetail::default()
        };
        if let Self::Malformed { field, .. } = self {
            detail.field.clone_from(field);
        }
        if let Self::Undecided { transaction } | Self::Expired { transaction } = self {
            detail.transaction_id = (*transaction).into();
        }
        detail
    }
}

impl From<Malformed> for ApiError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed {
            field: malformed.field().to_owned(),
            problem: malformed.problem().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use piaolian_contracts::rejection::Rule;

    use super::*;

    const PROTOCOL: &str = include_str!("../../../docs/PROTOCOL.md");
    const SECTION: &str = "## Numbers of a node";

    /// The rows of the table whose numbers are those of the API; the crate of details holds the others.
    #[test]
    fn the_protocol_lists_every_number_of_the_service_and_no_other() {
        let in_code: Vec<String> = ApiError::RULES.iter().map(Rule::row).collect();
        let (_, section) = PROTOCOL.split_once(SECTION).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| 95"));
        // The last cell names the test that shows it: `contracts/tests/documented_rules.rs` holds that.
        let documented: Vec<String> = rows
            .map(|line| format!("{} |", line.rsplit_once(" | ").unwrap().0))
            .collect();
        let wanted = in_code.join("\n");
        assert_eq!(documented, in_code, "the table should be:\n{wanted}");
    }

    #[test]
    fn numbers_ascend_within_their_hundred() {
        let numbers: Vec<u32> = ApiError::RULES.iter().map(|rule| rule.code).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert!(numbers.iter().all(|number| (9_500..9_600).contains(number)));
    }

    #[test]
    fn a_malformed_field_is_named() {
        let detail = ApiError::from(Malformed::new("page_size", "must be 1 to 500")).detail();
        assert_eq!(detail.field, "page_size");
        assert_eq!(detail.message_en, "page_size: must be 1 to 500");
        assert_eq!(detail.arguments, ["page_size", "must be 1 to 500"]);
    }

    #[test]
    fn what_was_not_decided_in_time_names_its_transaction() {
        let transaction = Hash::sha256(&[b"a transaction"]);
        for error in [
            ApiError::Undecided { transaction },
            ApiError::Expired { transaction },
        ] {
            let detail = error.detail();
            assert_eq!(detail.transaction_id.as_ref(), transaction.as_bytes());
            assert_eq!(detail.arguments, [transaction.to_string()]);
        }
        assert!(ApiError::PoolFull.detail().transaction_id.is_empty());
    }
}
