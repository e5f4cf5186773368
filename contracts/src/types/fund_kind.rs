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
        /// 大额医疗费用补助
        LargeAmount: "large-amount subsidy",
        /// 公务员医疗补助
        CivilServants: "civil servants' subsidy",
        /// 生育保险
        Maternity: "maternity insurance",
        /// 工伤保险
        WorkInjury: "work injury insurance",
    }
}

impl FundKind {
    /// Whether the law sets up the fund, so that only a medical insurer (医保) may pay it.
    pub const fn is_statutory(self) -> bool {
        match self {
            Self::BasicMedical
            | Self::SeriousIllness
            | Self::MedicalAid
            | Self::LargeAmount
            | Self::CivilServants
            | Self::Maternity
            | Self::WorkInjury => true,
            Self::Commercial | Self::Employer | Self::Other => false,
        }
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
        for number in [0, 11, -1] {
            assert!(FundKind::parse("fund_kind", number).is_err());
        }
    }
}
