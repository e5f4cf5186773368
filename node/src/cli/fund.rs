//! Kinds of fund, as arguments and files name them.

use clap::ValueEnum;
use piaolian_proto::v1::FundKind;
use serde::Deserialize;

/// Which fund pays.
#[derive(Clone, Copy, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FundArgument {
    /// 基本医疗保险
    BasicMedical,
    /// 大病保险
    SeriousIllness,
    /// 医疗救助
    MedicalAid,
    /// 商业保险
    Commercial,
    /// 单位报销
    Employer,
    /// 其他
    Other,
}

impl From<FundArgument> for FundKind {
    fn from(fund: FundArgument) -> Self {
        match fund {
            FundArgument::BasicMedical => Self::BasicMedical,
            FundArgument::SeriousIllness => Self::SeriousIllness,
            FundArgument::MedicalAid => Self::MedicalAid,
            FundArgument::Commercial => Self::Commercial,
            FundArgument::Employer => Self::Employer,
            FundArgument::Other => Self::Other,
        }
    }
}
