//! The organisations of the scenarios.
//!
//! ```text
//!   main      founded by finance, hospital, insurer, employer; a second insurer joins
//!   medical   founded by finance, hospital, insurer, bank; a second insurer joins
//!   fines     founded by finance, centre, police, bank; a second bank joins
//! ```
//!
//! Founders are validators; members that join later are followers.

use piaolian_contracts::types::OrganisationId;
use piaolian_genesis::Presentation;
use piaolian_proto::v1::FundKind;
use piaolian_test_kit::sample;

/// An organisation of a scenario. It has the code and name of the sample organisation at the same place, and its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// 财政: grants, seals, admits, suspends.
    Finance,
    /// 开票单位: issues and reverses.
    Hospital,
    /// 医保: reimburses its part.
    Insurer,
    /// 报销单位: reimburses the rest.
    Employer,
    /// 商保: joins later.
    SecondInsurer,
    /// 执收单位: the traffic police, which fines.
    Police,
    /// 代理银行: takes payments and pays out.
    Bank,
    /// 票据中心: issues the receipts of fines on behalf of the police.
    Centre,
    /// Another bank, which joins later.
    SecondBank,
}

impl Member {
    /// All members, in the order of the sample organisations.
    const ALL: [Self; 9] = [
        Self::Finance,
        Self::Hospital,
        Self::Insurer,
        Self::Employer,
        Self::SecondInsurer,
        Self::Police,
        Self::Bank,
        Self::Centre,
        Self::SecondBank,
    ];

    /// Founders of the network of the main scenario.
    pub const FOUNDERS: [Self; 4] = [Self::Finance, Self::Hospital, Self::Insurer, Self::Employer];
    /// Founders of the network of medical reimbursement.
    pub const MEDICAL: [Self; 4] = [Self::Finance, Self::Hospital, Self::Insurer, Self::Bank];
    /// Founders of the network of traffic fines.
    pub const FINES: [Self; 4] = [Self::Finance, Self::Centre, Self::Police, Self::Bank];

    /// Returns its presentation in the founding document, without endpoints.
    pub fn presentation(self) -> Presentation {
        let mut presentation = sample::presentation(self as usize);
        presentation.power = u64::from(!self.joins());
        presentation
    }

    /// Whether it joins after the founding.
    const fn joins(self) -> bool {
        match self {
            Self::SecondInsurer | Self::SecondBank => true,
            Self::Finance
            | Self::Hospital
            | Self::Insurer
            | Self::Employer
            | Self::Police
            | Self::Bank
            | Self::Centre => false,
        }
    }

    /// Returns its unified social credit code.
    pub fn id(self) -> OrganisationId {
        self.presentation().organisation
    }

    /// Returns the name of its folder.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Finance => "finance",
            Self::Hospital => "hospital",
            Self::Insurer => "insurer",
            Self::Employer => "employer",
            Self::SecondInsurer => "second-insurer",
            Self::Police => "police",
            Self::Bank => "bank",
            Self::Centre => "centre",
            Self::SecondBank => "second-bank",
        }
    }

    /// Returns its title in the report.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Finance => "the finance bureau",
            Self::Hospital => "the hospital",
            Self::Insurer => "the medical insurer",
            Self::Employer => "the employer",
            Self::SecondInsurer => "the second insurer",
            Self::Police => "the traffic police",
            Self::Bank => "the bank",
            Self::Centre => "the issuing centre",
            Self::SecondBank => "the second bank",
        }
    }

    /// Returns its role as on the command line.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Finance => "finance",
            Self::Hospital | Self::Centre => "issuer",
            Self::Insurer => "medical-insurer,commercial-insurer",
            Self::SecondInsurer => "commercial-insurer",
            Self::Employer => "reimbursing-unit",
            Self::Police => "collecting-agency",
            Self::Bank | Self::SecondBank => "agent-bank",
        }
    }

    /// Returns the fund from which it books by hand: a statutory one pays by claims alone.
    pub const fn hand_fund(self) -> FundKind {
        match self.fund() {
            FundKind::SeriousIllness => FundKind::Commercial,
            fund => fund,
        }
    }

    /// Returns the fund from which it pays.
    pub const fn fund(self) -> FundKind {
        match self {
            Self::Insurer => FundKind::SeriousIllness,
            Self::SecondInsurer => FundKind::Commercial,
            Self::Finance
            | Self::Hospital
            | Self::Employer
            | Self::Police
            | Self::Bank
            | Self::Centre
            | Self::SecondBank => FundKind::Employer,
        }
    }

    /// 经办: returns its operator.
    pub const fn operator(self) -> &'static str {
        match self {
            Self::Finance => "cz-003",
            Self::Hospital => "sf-017",
            Self::Insurer => "yb-021",
            Self::Employer => "cw-005",
            Self::SecondInsurer => "rs-112",
            Self::Police => "jj-044",
            Self::Bank => "yh-310",
            Self::Centre => "pj-012",
            Self::SecondBank => "ns-207",
        }
    }

    /// 复核: returns its reviewer.
    pub const fn reviewer(self) -> &'static str {
        match self {
            Self::Finance => "cz-008",
            Self::Hospital => "sf-002",
            Self::Insurer => "yb-004",
            Self::Employer => "cw-001",
            Self::SecondInsurer => "rs-030",
            Self::Police => "jj-009",
            Self::Bank => "yh-102",
            Self::Centre => "pj-003",
            Self::SecondBank => "ns-019",
        }
    }

    /// Returns the member with this unified social credit code.
    pub fn of(organisation: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|member| member.id().as_str() == organisation)
    }
}
