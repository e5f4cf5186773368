//! Who plays.
//!
//! ```text
//!   finance ── hospital ── insurer ── employer     found the network; all four validate
//!                 second insurer                   admitted during the story; follows
//! ```

use piaolian_contracts::types::OrganisationId;
use piaolian_genesis::{Presentation, sample};
use piaolian_proto::v1::FundKind;

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
    /// 商保: comes later, and too late.
    SecondInsurer,
}

impl Who {
    /// Those who found the network.
    pub const FOUNDERS: [Self; 4] = [Self::Finance, Self::Hospital, Self::Insurer, Self::Employer];

    /// How it presents itself, endpoints apart.
    #[must_use]
    pub fn presentation(self) -> Presentation {
        let mut presentation = sample::presentation(self as usize);
        presentation.power = u64::from(Self::FOUNDERS.contains(&self));
        presentation
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
        }
    }

    /// Its role in the words of the command line.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Finance => "finance",
            Self::Hospital => "issuer",
            Self::Insurer | Self::SecondInsurer => "insurer",
            Self::Employer => "reimbursing-unit",
        }
    }

    /// The fund that it pays from.
    #[must_use]
    pub const fn fund(self) -> FundKind {
        match self {
            Self::Insurer => FundKind::SeriousIllness,
            Self::SecondInsurer => FundKind::Commercial,
            Self::Finance | Self::Hospital | Self::Employer => FundKind::Employer,
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
        }
    }

    /// Whom an organisation's code stands for.
    #[must_use]
    pub fn of(organisation: &str) -> Option<Self> {
        let all = Self::FOUNDERS.into_iter().chain([Self::SecondInsurer]);
        all.into_iter()
            .find(|who| who.id().as_str() == organisation)
    }
}
