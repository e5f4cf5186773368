//! The rules of organisations and of membership: 1100 to 1199. `membership` has no errors of its own.

use super::record::KeyId;
use crate::{
    chain::{Height, KeyAlgorithm, PublicKey, UnfitKey},
    organisations::roles::KeyPurpose,
    rejection::rejections,
    types::{OrganisationId, Reason},
};

rejections! {
    /// The reason why an action of or on an organisation was rejected.
    pub enum OrganisationError {
        /// Emitted by every business action, and by `ReportPayments` for the issuing centre.
        1100 Suspended { organisation: OrganisationId, from_height: Height, reason: Reason }
            "organisation {0} is suspended from height {1}: {2}"
            "单位 {0} 自高度 {1} 起已暂停：{2}"
        /// Emitted by every action that needs a role.
        1101 RoleMissing { organisation: OrganisationId, role: String }
            "organisation {0} does not have the role {1}"
            "单位 {0} 没有“{1}”角色"
        /// Emitted by actions that name another organisation: `SuspendOrganisation`,
        /// `ResumeOrganisation`, `GrantRange`, `GrantAccess`, `DecideClaim`, `SetMandate` and `Propose`.
        1102 OrganisationNotAdmitted { organisation: OrganisationId }
            "organisation {0} was never admitted"
            "单位 {0} 未准入"
        /// Emitted by `AdmitOrganisation`.
        1103 AlreadyAdmitted { organisation: OrganisationId, height: Height }
            "organisation {0} was admitted at height {1}"
            "单位 {0} 已于高度 {1} 准入"
        /// Emitted by `AdmitOrganisation` and `Propose` of a recovery: without one it could never
        /// change its keys.
        1104 NoAdminKey { organisation: OrganisationId }
            "organisation {0} must have an admin key"
            "单位 {0} 必须有管理密钥"
        /// Emitted by `AdmitOrganisation`, `AddKey` and `Propose` of a recovery.
        1105 UnfitPublicKey { public_key: PublicKey, problem: UnfitKey }
            "public key {0} may not be registered: {1}"
            "公钥 {0} 不得登记：{1}"
        /// Emitted by `AdmitOrganisation`, `AddKey` and `Propose` of a recovery.
        1106 NotPossessed { public_key: PublicKey }
            "the proof of possession of public key {0} does not hold"
            "公钥 {0} 的持有证明无效"
        /// Emitted by `AdmitOrganisation`, `AddKey` and `Propose` of a recovery: a public key is registered once.
        1107 PublicKeyTaken { public_key: PublicKey, organisation: OrganisationId, key_id: KeyId }
            "public key {0} is registered by organisation {1} as key {2}"
            "公钥 {0} 已由单位 {1} 登记为密钥 {2}"
        /// Emitted by `AdmitOrganisation`, `AddKey` and `Propose` of a recovery.
        1108 WrongAlgorithm { purpose: KeyPurpose, algorithm: KeyAlgorithm }
            "a key with the purpose {0} cannot use {1}"
            "用途为“{0}”的密钥不能使用 {1}"
        /// Emitted by `AdmitOrganisation`, `AddKey` and `Propose` of a recovery: it would never be live.
        1109 KeyLifeOver { last_height: Height, first_height: Height }
            "the key would end at height {0}, before it acts from height {1}"
            "密钥将于高度 {0} 失效，早于其生效高度 {1}"
        /// Emitted by `AddKey`, and by `Propose` of a recovery, for which more keys are reserved.
        1110 TooManyKeys { organisation: OrganisationId, keys_max: usize }
            "organisation {0} has registered {1} keys, which is the limit"
            "单位 {0} 已登记 {1} 个密钥，达到上限"
        /// Emitted by `RevokeKey`, `RotateValidatorKey` and `Propose` of a recovery.
        1111 KeyNotRegistered { organisation: OrganisationId, key_id: KeyId }
            "organisation {0} has no key {1}"
            "单位 {0} 没有密钥 {1}"
        /// Emitted by `RevokeKey`, and by `AddKey` if the signing key ended in this block.
        1112 KeyEnded { key_id: KeyId, last_height: Height }
            "key {0} ends at height {1} already"
            "密钥 {0} 已于高度 {1} 失效"
        /// Emitted by `RevokeKey`: without one the organisation could never change its keys.
        1113 LastAdminKey { key_id: KeyId }
            "key {0} is the last live admin key"
            "密钥 {0} 是最后一个有效的管理密钥"
        /// Emitted by `RevokeKey` and by `Propose` of a recovery, since leaving the validators
        /// is a decision of its own; by `RotateValidatorKey` of the new key.
        1114 ValidatorKeyInUse { key_id: KeyId }
            "key {0} is in use by the validator set, or is set to be"
            "密钥 {0} 正由验证节点使用或已定将使用"
        /// Emitted by `SuspendOrganisation`.
        1115 AlreadySuspended { organisation: OrganisationId, from_height: Height }
            "organisation {0} is suspended from height {1} already"
            "单位 {0} 已自高度 {1} 起暂停"
        /// Emitted by `ResumeOrganisation`.
        1116 NotSuspended { organisation: OrganisationId }
            "organisation {0} is not suspended"
            "单位 {0} 未被暂停"
        /// Emitted by `SuspendOrganisation`: one finance bureau must be left that can resume.
        1117 LastFinance { organisation: OrganisationId }
            "organisation {0} is the only active finance bureau"
            "单位 {0} 是唯一在用的财政单位"
        /// Emitted by `AdmitOrganisation`.
        1118 TooManyFinanceBureaus { bureaus_max: usize }
            "there are {0} finance bureaus, which is the limit"
            "财政单位已有 {0} 个，达到上限"
        /// Emitted by every action on an organisation, `AdmitOrganisation` too: a removal is for good.
        1119 Removed { organisation: OrganisationId, height: Height, reason: Reason }
            "organisation {0} was removed at height {1}: {2}"
            "单位 {0} 已于高度 {1} 移除：{2}"
        /// Emitted by `Propose` of a removal: its validator would be left without a key.
        1120 StillValidator { organisation: OrganisationId }
            "organisation {0} is a validator or is set to be one; change the validators first"
            "单位 {0} 是或将成为验证节点，须先变更验证节点"
        /// Emitted by `RotateValidatorKey` and by `Propose` of validators.
        1121 NoEndlessValidateKey { organisation: OrganisationId, key_id: KeyId }
            "key {1} of organisation {0} is no live validate key without an end"
            "单位 {0} 的密钥 {1} 不是有效且无终止高度的验证密钥"
        /// Emitted by `RotateValidatorKey`.
        1122 NotInValidatorSet { key_id: KeyId, height: Height }
            "key {0} is not in the validator set of height {1}"
            "密钥 {0} 不在高度 {1} 的验证节点集合中"
        /// Emitted by `RotateValidatorKey`: one at a time.
        1123 RotationPending { organisation: OrganisationId, height: Height }
            "organisation {0} has set the rotation of its validator's key for height {1} already"
            "单位 {0} 已设定于高度 {1} 更换验证密钥"
        /// Emitted by `RotateValidatorKey`. Without a vote, a validator can change its key only as often as it can
        /// register new keys, so that proof files stay short.
        1124 KeyNotNewer { new_key: KeyId, old_key: KeyId }
            "key {0} cannot take the place of key {1}: it was not registered after it"
            "密钥 {0} 不能替换密钥 {1}：其登记不晚于后者"
    }
}
