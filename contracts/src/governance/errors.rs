//! The rules of governance: 1902 to 1929.

use super::ballot::{ProposalId, ProposalState};
use crate::{chain::Height, rejection::rejections, types::OrganisationId};

rejections! {
    /// The reason why an action of the governors was rejected.
    pub enum GovernanceError {
        /// Emitted by `SetParameters`, `Propose` and `CastVote`.
        1902 NotAGovernor { organisation: OrganisationId }
            "organisation {0} is no governor"
            "单位 {0} 不是治理成员"
        /// Emitted by `SetParameters`.
        1903 NeedsVote { threshold: u32, governors: usize }
            "this needs a proposal: {0} of {1} governors must agree"
            "此事须提案表决：{1} 个治理成员中须有 {0} 个赞成"
        /// Emitted by `Propose`.
        1904 TooManyOpenProposals { organisation: OrganisationId, open_max: usize }
            "organisation {0} has {1} open proposals, which is the limit"
            "单位 {0} 已有 {1} 个待表决提案，达到上限"
        /// Emitted by `CastVote`.
        1905 UnknownProposal { proposal: ProposalId }
            "there is no proposal {0}"
            "提案 {0} 不存在"
        /// Emitted by `CastVote`.
        1906 ProposalClosed { proposal: ProposalId, state: ProposalState, height: Height }
            "proposal {0} is {1} since height {2}"
            "提案 {0} 已于高度 {2} 结束：{1}"
        /// Emitted by `CastVote`.
        1907 VotedBefore { organisation: OrganisationId, proposal: ProposalId, height: Height }
            "organisation {0} voted on proposal {1} at height {2}"
            "单位 {0} 已于高度 {2} 就提案 {1} 投票"
        /// Emitted by `Propose` of a removal.
        1908 StillGovernor { organisation: OrganisationId }
            "organisation {0} is a governor; change the governors first"
            "单位 {0} 是治理成员，须先变更治理成员"
        /// Emitted by `Propose` of validators: a validator replaces its key itself.
        1909 ValidatesWithAnotherKey { organisation: OrganisationId, height: Height }
            "organisation {0} validates with another key at height {1}; name key 0 for the one it has"
            "单位 {0} 在高度 {1} 使用另一验证密钥；密钥编号填 0 表示沿用"
        /// Emitted by `Propose` of validators.
        1910 NoValidatorYet { organisation: OrganisationId, height: Height }
            "organisation {0} is no validator before height {1}; name its validate key"
            "单位 {0} 在高度 {1} 之前不是验证节点，须指明其验证密钥"
    }
}
