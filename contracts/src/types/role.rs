//! The roles of an organisation. Parameters name them too, so they stand before organisations.

use crate::numbered::numbered;

numbered! {
    /// A role of an organisation (docs/DOMAIN.md §4).
    pub enum Role(i32) of proto Role, "must name a role" {
        /// 财政
        Finance: "finance",
        /// 开票单位
        Issuer: "issuer",
        /// 医保
        MedicalInsurer: "medical insurer",
        /// 报销单位
        ReimbursingUnit: "reimbursing unit",
        /// 执收单位
        CollectingAgency: "collecting agency",
        /// 代理银行
        AgentBank: "agent bank",
        /// 商保
        CommercialInsurer: "commercial insurer",
    }
}

impl Role {
    /// The roles that file and decide claims.
    pub const INSURERS: [Self; 2] = [Self::MedicalInsurer, Self::CommercialInsurer];

    /// The roles that reimburse: an action of a payer needs one of them. The fund rules say which kinds of fund each may
    /// pay.
    pub const PAYERS: [Self; 3] = [
        Self::MedicalInsurer,
        Self::CommercialInsurer,
        Self::ReimbursingUnit,
    ];
}
