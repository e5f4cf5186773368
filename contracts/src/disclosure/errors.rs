//! The rules of disclosure: 1500 to 1599.

use super::{access_log::LogNumber, purpose::Purpose};
use crate::{
    chain::Height,
    rejection::rejections,
    types::{OrganisationId, Reason, ReceiptId},
};

rejections! {
    /// The reason why an authorisation was rejected, or is not in force.
    pub enum DisclosureError {
        /// Emitted by `GrantAccess`.
        1500 GrantWouldBeOver { receipt: ReceiptId, expires: String, now: String }
            "an authorisation for receipt {0} until {1} would have expired: it is {2} now"
            "票据 {0} 的授权截止 {1}，已早于当前时间 {2}"
        /// Emitted by `GrantAccess`.
        1501 GrantTooLong { receipt: ReceiptId, expires: String, latest: String }
            "an authorisation for receipt {0} until {1} is longer than allowed, until {2}"
            "票据 {0} 的授权截止 {1} 超过允许的 {2}"
        /// Emitted by `GrantAccess`: an authorisation that is shared onward ends with the one it came from.
        1502 OutlivesOwn { receipt: ReceiptId, organisation: OrganisationId, expires: String, own: String }
            "organisation {1} cannot share receipt {0} until {2}: its own authorisation ends {3}"
            "单位 {1} 对票据 {0} 的转授截止 {2} 晚于其自身授权截止 {3}"
        /// Emitted by `GrantAccess`.
        1503 NotOnward { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose, grantor: OrganisationId }
            "organisation {1} may not share receipt {0} onward: organisation {3} authorised it for {2} itself alone"
            "单位 {1} 不得转授票据 {0}：单位 {3} 的“{2}”授权仅限其本身"
        /// Emitted by `GrantAccess`.
        1504 TooFarOnward { receipt: ReceiptId, organisation: OrganisationId, depth_max: usize }
            "organisation {1} may not share receipt {0} onward: {2} organisations have it in a row already, the first from the holder"
            "单位 {1} 不得再转授票据 {0}：已连续授权 {2} 个单位"
        /// Emitted by `GrantAccess`: an organisation cannot shorten what another granted.
        1505 GrantedByAnother { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose, grantor: OrganisationId, until: String }
            "organisation {1} is authorised by organisation {3} to use receipt {0} for {2} until {4}"
            "单位 {3} 已授权单位 {1} 将票据 {0} 用于“{2}”，截止 {4}"
        /// Emitted by `GrantAccess`, `RevokeAccess`, `FileClaim` and `DecideClaim`. It stops a fraud: a claim without
        /// the holder's live authorisation.
        1510 NotAuthorised { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose }
            "organisation {1} was never authorised to use receipt {0} for {2}"
            "单位 {1} 未获授权将票据 {0} 用于“{2}”"
        /// Emitted by `GrantAccess`, `RevokeAccess`, `FileClaim` and `DecideClaim`.
        1511 GrantExpired { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose, until: String }
            "the authorisation of organisation {1} to use receipt {0} for {2} ended {3}"
            "单位 {1} 将票据 {0} 用于“{2}”的授权已于 {3} 到期"
        /// Emitted by `GrantAccess`, `RevokeAccess`, `FileClaim` and `DecideClaim`.
        1512 GrantRevoked { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose, revoked_by: OrganisationId, height: Height, reason: Reason }
            "the authorisation of organisation {1} to use receipt {0} for {2} was revoked by organisation {3} at height {4}: {5}"
            "单位 {1} 将票据 {0} 用于“{2}”的授权已由单位 {3} 于高度 {4} 撤销：{5}"
        /// Emitted by `GrantAccess`, `FileClaim` and `DecideClaim`: it was shared onward by
        /// an organisation whose own authorisation is over.
        1513 SharerLostAccess { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose, grantor: OrganisationId }
            "organisation {1} had receipt {0} for {2} from organisation {3}, whose own authorisation is over"
            "单位 {1} 将票据 {0} 用于“{2}”的授权来自单位 {3}，而后者的授权已失效"
        /// Emitted by `RevokeAccess`.
        1514 NotTheGrantor { receipt: ReceiptId, organisation: OrganisationId, purpose: Purpose, grantor: OrganisationId }
            "organisation {1} was authorised to use receipt {0} for {2} by organisation {3}"
            "单位 {1} 将票据 {0} 用于“{2}”的授权由单位 {3} 作出"
        /// Emitted by `AnchorAccessLog`: an anchor never changes.
        1515 LogNotLonger { organisation: OrganisationId, log: LogNumber, entries: u64, anchored: u64 }
            "access log {1} of organisation {0} was anchored with {3} entries; {2} are not more"
            "单位 {0} 的第 {1} 号查阅日志已锚定 {3} 条，{2} 条并未增加"
        /// Emitted by `AnchorAccessLog`.
        1516 LogClosed { organisation: OrganisationId, log: LogNumber, next: LogNumber }
            "access log {1} of organisation {0} is closed: it began log {2}"
            "单位 {0} 的第 {1} 号查阅日志已结束：已启用第 {2} 号"
        /// Emitted by `AnchorAccessLog`.
        1517 LogSkipsOne { organisation: OrganisationId, log: LogNumber, before: LogNumber }
            "organisation {0} cannot begin access log {1}: nothing of log {2} was anchored"
            "单位 {0} 不得启用第 {1} 号查阅日志：第 {2} 号尚无锚定记录"
    }
}
