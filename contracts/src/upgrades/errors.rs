//! The rules of upgrades: 1930 to 1959.

use crate::{chain::Height, rejection::rejections};

rejections! {
    /// The reason why a change may not be scheduled for a height.
    pub enum UpgradeError {
        /// Emitted by `RotateValidatorKey`, and by `Propose` of validators and of a protocol version.
        1930 HeightOutOfBounds { effective_height: Height, earliest: Height, latest: Height }
            "height {0} is not one of {1} to {2}"
            "生效高度 {0} 不在 {1} 至 {2} 之间"
        /// Emitted by `RotateValidatorKey` and by `Propose` of validators: if the nodes of the new keys did not run,
        /// the others could no longer decide.
        1931 TooMuchNewPower { height: Height, new_power: u64, total_power: u64 }
            "from height {0} new keys would hold {1} of {2} votes, which is not less than a third"
            "自高度 {0} 起新密钥将占 {2} 票中的 {1} 票，未低于三分之一"
        /// Emitted by `RotateValidatorKey`, and by `Propose` of validators and of a protocol version.
        1932 TooManyPending { pending_max: usize }
            "changes are set for {0} heights to come, which is the limit"
            "已有 {0} 个未来高度设有变更，达到上限"
        /// Emitted by `Propose` of a protocol version.
        1933 ActivationPending { version: u32, height: Height }
            "protocol version {0} is set for height {1}; take that back first"
            "协议版本 {0} 已定于高度 {1} 生效，须先撤回"
        /// Emitted by `Propose` of a protocol version.
        1934 UnfitVersion { version: u32, next: u32 }
            "protocol version {0} is not the next one, which is {1}"
            "协议版本 {0} 不连续，下一版本应为 {1}"
    }
}
