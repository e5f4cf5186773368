//! The rules of alerts: 1800 to 1899.

use super::record::AlertId;
use crate::{chain::Height, rejection::rejections, types::OrganisationId};

rejections! {
    /// The reason why an action on an alert was rejected.
    pub enum AlertError {
        /// Emitted by `AskExplanation`, `ExplainAlert` and `CloseAlert`.
        1800 UnknownAlert { alert: AlertId }
            "there is no alert {0}"
            "预警 {0} 不存在"
        /// Emitted by `AskExplanation`, `ExplainAlert` and `CloseAlert`.
        1801 AlertClosed { alert: AlertId, bureau: OrganisationId, height: Height }
            "alert {0} was closed by organisation {1} at height {2}"
            "预警 {0} 已由单位 {1} 于高度 {2} 关闭"
        /// Emitted by `AskExplanation`.
        1802 NotNamed { alert: AlertId, organisation: OrganisationId }
            "alert {0} does not name organisation {1}"
            "预警 {0} 未涉及单位 {1}"
        /// Emitted by `AskExplanation`.
        1803 AskedAlready { alert: AlertId, organisation: OrganisationId, height: Height }
            "organisation {1} was asked about alert {0} at height {2} and has not answered yet"
            "已于高度 {2} 就预警 {0} 要求单位 {1} 说明，尚未答复"
        /// Emitted by `AskExplanation`.
        1804 TooManyQuestions { alert: AlertId, questions_max: usize }
            "{1} questions were asked about alert {0}, which is the limit"
            "预警 {0} 已要求说明 {1} 次，达到上限"
        /// Emitted by `ExplainAlert`.
        1805 NotAsked { alert: AlertId, organisation: OrganisationId }
            "organisation {1} has nothing to explain about alert {0}: it was not asked, or has answered"
            "单位 {1} 无须就预警 {0} 说明：未被要求或已答复"
    }
}
