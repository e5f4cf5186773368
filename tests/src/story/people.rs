//! Who plays, in one story or another.
//!
//! ```text
//!   main      finance ── hospital ── insurer ── employer     found it; a second insurer joins
//!   medical   finance ── hospital ── insurer ── bank         found it; a second insurer joins
//!   fines     finance ── centre ── police ── bank            found it; a second bank joins
//! ```
//!
//! Founders validate; who joins follows.

use piaolian_contracts::types::OrganisationId;
use piaolian_genesis::Presentation;
use piaolian_proto::v1::FundKind;
use piaolian_test_kit::sample;

/// An organisation of the story. It has the code and the name of the sample network's
/// organisation in the same place, and keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
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

impl Who {
    /// Everybody, in the order of the sample organisations.
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

    /// Those who found the network of the main story.
    pub const FOUNDERS: [Self; 4] = [Self::Finance, Self::Hospital, Self::Insurer, Self::Employer];
    /// Those who found the network of medical reimbursement.
    pub const MEDICAL: [Self; 4] = [Self::Finance, Self::Hospital, Self::Insurer, Self::Bank];
    /// Those who found the network of traffic fines.
    pub const FINES: [Self; 4] = [Self::Finance, Self::Centre, Self::Police, Self::Bank];

    /// How it presents itself, endpoints apart.
    #[must_use]
    pub fn presentation(self) -> Presentation {
        let mut presentation = sample::presentation(self as usize);
        presentation.power = u64::from(!self.joins());
        presentation
    }

    /// Whether it comes to a network that others founded.
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

    /// Its unified social credit code.
    #[must_use]
    pub fn id(self) -> OrganisationId {
        self.presentation().organisation
    }

    /// The name of its folder.
    #[must_use]
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

    /// What the story calls it.
    #[must_use]
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

    /// Its role in the words of the command line.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Finance => "finance",
            Self::Hospital | Self::Centre => "issuer",
            Self::Insurer | Self::SecondInsurer => "insurer",
            Self::Employer => "reimbursing-unit",
            Self::Police => "collecting-agency",
            Self::Bank | Self::SecondBank => "agent-bank",
        }
    }

    /// The fund that it pays from.
    #[must_use]
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

    /// 经办: who acts there.
    #[must_use]
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

    /// 复核: who reviews there.
    #[must_use]
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

    /// Whom an organisation's code stands for.
    #[must_use]
    pub fn of(organisation: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|who| who.id().as_str() == organisation)
    }
}
