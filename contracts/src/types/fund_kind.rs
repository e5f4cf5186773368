//! The kinds of fund that reimburse.

use crate::numbered::numbered;

numbered! {
    /// The kind of fund that reimburses a receipt.
    pub enum FundKind(i32) of proto FundKind, "must name a kind of fund" {
        /// 基本医疗保险
        BasicMedical: "basic medical insurance",
        /// 大病保险
        SeriousIllness: "serious illness insurance",
        /// 医疗救助
        MedicalAid: "medical aid",
        /// 商业保险
        Commercial: "commercial insurance",
        /// 单位报销
        Employer: "employer",
        /// 其他
        Other: "other fund",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_number() {
        for kind in FundKind::ALL {
            assert_eq!(FundKind::parse("fund_kind", kind.number()), Ok(kind));
        }
        for number in [0, 7, -1] {
            assert!(FundKind::parse("fund_kind", number).is_err());
        }
    }
}
