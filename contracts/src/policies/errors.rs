//! The rules of policies: 1300 to 1399.

use crate::{
    rejection::rejections,
    types::{BeijingDate, FundKind, OrganisationId, PlanCode, PolicyCode},
};

rejections! {
    /// The reason why a policy was rejected, or why no policy was found.
    pub enum PolicyError {
        /// Emitted by `PublishPolicy`.
        1300 FundOfAnotherRole { organisation: OrganisationId, fund_kind: FundKind }
            "organisation {0} does not pay from the fund {1} and may publish no policy for it"
            "单位 {0} 不以“{1}”支付，不得发布其政策"
        /// Emitted by `PublishPolicy`: terms do not change after they were promised.
        1301 BeginsInThePast { policy_code: PolicyCode, from_date: BeijingDate, today: BeijingDate }
            "policy {0} would begin on {1}, before today, {2}"
            "政策 {0} 的生效日期 {1} 早于当日 {2}"
        /// Emitted by `PublishPolicy`.
        1302 FundDiffers { policy_code: PolicyCode, fund_kind: FundKind, earlier: FundKind, version: u32 }
            "policy {0} was for the fund {2} in version {3} and cannot be for the fund {1}"
            "政策 {0} 第 {3} 版的资金为“{2}”，不能改为“{1}”"
        /// Emitted by `PublishPolicy`: the insurer can continue under another code.
        1303 TooManyVersions { policy_code: PolicyCode, versions_max: u32 }
            "policy {0} has {1} versions, which is the limit"
            "政策 {0} 已有 {1} 个版本，达到上限"
        /// Emitted by `FileClaim`.
        1304 UnknownPolicy { insurer: OrganisationId, policy_code: PolicyCode }
            "organisation {0} never published a policy {1}"
            "单位 {0} 未发布政策 {1}"
        /// Emitted by `FileClaim`.
        1305 NotYetInForce { insurer: OrganisationId, policy_code: PolicyCode, date: BeijingDate }
            "policy {1} of organisation {0} was not in force yet on {2}, when the receipt was issued"
            "单位 {0} 的政策 {1} 在开票日期 {2} 尚未生效"
        /// Emitted by `PublishPolicy`: the year's sums would begin anew.
        1306 PlanDiffers { policy_code: PolicyCode, plan_code: PlanCode, earlier: PlanCode, version: u32 }
            "policy {0} was of the plan {2} in version {3} and cannot be of the plan {1}"
            "政策 {0} 第 {3} 版属于险种 {2}，不能改为 {1}"
        /// Emitted by `ConsentPolicy`.
        1307 UnknownVersion { insurer: OrganisationId, policy_code: PolicyCode, version: u32 }
            "organisation {0} published no version {2} of a policy {1}"
            "单位 {0} 的政策 {1} 没有第 {2} 版"
        /// Emitted by `ConsentPolicy`: it was not published in haste, or finance has consented.
        1308 NoConsentNeeded { insurer: OrganisationId, policy_code: PolicyCode, version: u32 }
            "version {2} of policy {1} of organisation {0} waits for no consent"
            "单位 {0} 的政策 {1} 第 {2} 版无须同意"
    }
}
