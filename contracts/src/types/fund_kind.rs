//! The kinds of fund that reimburse.

use std::fmt;

use piaolian_proto::v1 as proto;

use crate::malformed::Malformed;

/// The kind of fund that reimburses a receipt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(i32)]
pub enum FundKind {
    /// 基本医疗保险
    BasicMedical = 1,
    /// 大病保险
    SeriousIllness = 2,
    /// 医疗救助
    MedicalAid = 3,
    /// 商业保险
    Commercial = 4,
    /// 单位报销
    Employer = 5,
    /// 其他
    Other = 6,
}

impl FundKind {
    /// Every kind, in order.
    pub const ALL: [Self; 6] = [
        Self::BasicMedical,
        Self::SeriousIllness,
        Self::MedicalAid,
        Self::Commercial,
        Self::Employer,
        Self::Other,
    ];

    /// The number in messages.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the number names no kind.
    pub fn parse(field: &str, number: i32) -> Result<Self, Malformed> {
        match proto::FundKind::try_from(number) {
            Ok(proto::FundKind::BasicMedical) => Ok(Self::BasicMedical),
            Ok(proto::FundKind::SeriousIllness) => Ok(Self::SeriousIllness),
            Ok(proto::FundKind::MedicalAid) => Ok(Self::MedicalAid),
            Ok(proto::FundKind::Commercial) => Ok(Self::Commercial),
            Ok(proto::FundKind::Employer) => Ok(Self::Employer),
            Ok(proto::FundKind::Other) => Ok(Self::Other),
            Ok(proto::FundKind::Unspecified) | Err(_) => {
                Err(Malformed::new(field, "must name a kind of fund"))
            }
        }
    }
}

impl fmt::Display for FundKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BasicMedical => "basic medical insurance",
            Self::SeriousIllness => "serious illness insurance",
            Self::MedicalAid => "medical aid",
            Self::Commercial => "commercial insurance",
            Self::Employer => "employer",
            Self::Other => "other fund",
        })
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
