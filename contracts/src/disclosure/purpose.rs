//! The purposes of an authorisation.

use crate::numbered::numbered;

numbered! {
    /// The purpose of an authorisation (docs/DOMAIN.md §8: specific purpose, separate consent).
    pub enum Purpose(u8) of proto GrantPurpose, "must name a purpose" {
        /// 报销
        Claim: "claim",
        /// 查验
        Verify: "verification",
        /// 审计
        Audit: "audit",
        /// 其他
        Other: "other purpose",
    }
}
