//! The rules of receipts: 1400 to 1499.

use super::facts::DeliveryChannel;
use crate::{
    chain::{Hash, Height},
    organisations::KeyId,
    rejection::rejections,
    types::{
        ArchiveNumber, AuditNumber, BeijingDate, BusinessNumber, ClaimNumber, Fen, OrganisationId,
        PaperCode, PaperNumber, ReceiptCode, ReceiptId, ReceiptKind, VoucherNumber,
    },
};

rejections! {
    /// The reason why an action on a receipt was rejected.
    pub enum ReceiptError {
        /// Emitted by every action on an existing receipt.
        1400 UnknownReceipt { receipt: ReceiptId }
            "receipt {0} was never issued"
            "票据 {0} 不存在"
        /// Emitted by `IssueReceipts` and `ReverseReceipt`: the date lies ahead, or further back than even a reason
        /// allows.
        1401 IssueDateOutOfBounds { date: BeijingDate, today: BeijingDate, days_max: u32 }
            "issue date {0} is more than {2} days from today, {1}"
            "开票日期 {0} 与当日 {1} 相差超过 {2} 天"
        /// Emitted by `IssueReceipts`: the amounts paid at settlement are neither the total nor all 0, docs/DOMAIN.md
        /// §2. `NoChannels` forbids that all are 0 on a medical receipt.
        1402 PartsDifferFromTotal { total: Fen, parts: String }
            "the amounts paid at settlement come to {1} yuan, not to the total of {0} yuan"
            "结算各项支付合计 {1} 元，与票据总金额 {0} 元不符"
        /// Emitted by `IssueReceipts` and `ReverseReceipt`, so that a retry cannot issue twice. Emitted by
        /// `ReportPayments` if the centre used the decision number as a business number itself.
        1403 BusinessNumberUsed { business_number: BusinessNumber, receipt: ReceiptId }
            "business number {0} was used for receipt {1}"
            "业务流水号 {0} 已用于票据 {1}"
        /// Emitted by `ReverseReceipt`, `ReissueReceipt`, `DeliverReceipts`, `ExchangeForPaper` and `ReturnPaper`.
        1404 NotTheIssuer { receipt: ReceiptId, issuer: OrganisationId }
            "receipt {0} was issued by organisation {1}"
            "票据 {0} 由单位 {1} 开具"
        /// Emitted by `ReverseReceipt`, `ReissueReceipt`, `ExchangeForPaper` and `ArchiveReceipts`.
        1405 Locked { receipt: ReceiptId, owner: OrganisationId, claim_number: ClaimNumber, until: String }
            "receipt {0} is locked by organisation {1} for claim {2} until {3}"
            "票据 {0} 已被单位 {1} 为报销单 {2} 锁定至 {3}"
        /// Emitted by `ReverseReceipt` and `ExchangeForPaper`: unbook first. Emitted by `LockReceipt`, `FileClaim` and
        /// `BookReceipt` if nothing is left to claim. It names the actor's own last live booking, or the last one of
        /// any payer if the actor has none.
        1406 Booked { receipt: ReceiptId, payer: OrganisationId, voucher_number: VoucherNumber, amount: Fen, height: Height }
            "receipt {0} was booked by organisation {1} with voucher {2} for {3} yuan at height {4}"
            "票据 {0} 已由单位 {1} 以凭证 {2} 入账 {3} 元（高度 {4}）"
        /// Emitted by every action on a reversed receipt.
        1407 Reversed { receipt: ReceiptId, reversed_by: ReceiptId }
            "receipt {0} was reversed by receipt {1}"
            "票据 {0} 已被红票 {1} 冲红"
        /// Emitted by every action that a reversal receipt cannot take part in.
        1408 IsReversal { receipt: ReceiptId, original: ReceiptId }
            "receipt {0} is the reversal of receipt {1}"
            "票据 {0} 是票据 {1} 的红票"
        /// Emitted by `UnlockReceipt`.
        1409 NotLocked { receipt: ReceiptId }
            "receipt {0} is not locked"
            "票据 {0} 未被锁定"
        /// Emitted by `SealBlock`.
        1410 NothingIssued { height: Height }
            "no receipts were issued at height {0}"
            "高度 {0} 没有开具票据"
        /// Emitted by `SealBlock`.
        1411 RootDiffers { height: Height, issuance_root: Hash }
            "the issuance root of height {0} is {1}"
            "高度 {0} 的开票根为 {1}"
        /// Emitted by `SealBlock`.
        1412 AlreadySealed { height: Height, organisation: OrganisationId }
            "height {0} is sealed by organisation {1}"
            "高度 {0} 已由单位 {1} 监制"
        /// Emitted by `SealBlock`.
        1413 NoSuperviseKey { organisation: OrganisationId, key_id: KeyId }
            "key {1} of organisation {0} is no live supervise key"
            "单位 {0} 的密钥 {1} 不是有效的监制密钥"
        /// Emitted by `SealBlock`.
        1414 SealNotValid { key_id: KeyId }
            "the seal was not signed by key {0}"
            "监制签名与密钥 {0} 不符"
        /// Emitted by `UnbookReceipt`.
        1415 NotBooked { receipt: ReceiptId }
            "receipt {0} has no live booking"
            "票据 {0} 没有有效的入账"
        /// Emitted by `ReverseReceipt`, `ExchangeForPaper` and `ArchiveReceipts`: a claim was decided and waits for its
        /// bank. The first two emit it also if the claim was decided at 0, until the claim is corrected.
        1416 Reserved { receipt: ReceiptId, payer: OrganisationId, claim_number: ClaimNumber, amount: Fen, height: Height }
            "organisation {1} decided claim {2} on receipt {0} for {3} yuan at height {4}, and the decision stands"
            "单位 {1} 已于高度 {4} 就票据 {0} 核定报销单 {2} 支付 {3} 元，该核定仍然有效"
        /// Emitted by every action that a receipt on paper cannot take part in.
        1417 OnPaper { receipt: ReceiptId, paper_code: PaperCode, paper_number: PaperNumber, height: Height }
            "receipt {0} was exchanged for paper receipt {1} {2} at height {3}; the paper must come back first"
            "票据 {0} 已于高度 {3} 换开纸质票据 {1} {2}，须先收回纸质票据"
        /// Emitted by `ReturnPaper`.
        1418 NotOnPaper { receipt: ReceiptId }
            "receipt {0} is not on paper"
            "票据 {0} 未换开纸质票据"
        /// Emitted by `ExchangeForPaper`.
        1419 Archived { receipt: ReceiptId, organisation: OrganisationId, archive_number: ArchiveNumber }
            "receipt {0} was archived by organisation {1} under {2}"
            "票据 {0} 已由单位 {1} 归档，档号 {2}"
        /// Emitted by `IssueReceipts` and `ReverseReceipt`: running totals are 64-bit numbers of fen, up to 92,000
        /// million million yuan for an issuer, kind and day.
        1420 SumTooLarge { issuer: OrganisationId, kind: ReceiptKind, date: BeijingDate }
            "the receipts of kind {1} that organisation {0} dated {2} would sum to more than the ledger can count"
            "单位 {0} 在 {2} 开具的 {1} 类票据合计将超过账本可计数的上限"
        /// Emitted by `DeliverReceipts`.
        1421 DeliveredBefore { receipt: ReceiptId, channel: DeliveryChannel, time: String, height: Height }
            "receipt {0} was delivered by {1} on {2} at height {3}"
            "票据 {0} 已于 {2} 通过“{1}”交付（高度 {3}）"
        /// Emitted by `ExchangeForPaper`: a form is used once, and stays used after its return.
        1422 PaperUsed { paper_code: PaperCode, paper_number: PaperNumber, receipt: ReceiptId }
            "paper receipt {0} {1} was used for receipt {2}"
            "纸质票据 {0} {1} 已用于票据 {2}"
        /// Emitted by `ExchangeForPaper`.
        1423 TooManyPapers { receipt: ReceiptId, papers_max: usize }
            "receipt {0} was exchanged for paper {1} times, which is the limit"
            "票据 {0} 已换开纸质票据 {1} 次，达到上限"
        /// Emitted by `ReturnPaper`: the returned paper must be the one that is out.
        1424 AnotherPaper { receipt: ReceiptId, paper_code: PaperCode, paper_number: PaperNumber, out_code: PaperCode, out_number: PaperNumber, height: Height }
            "paper receipt {1} {2} came back for receipt {0}, which was exchanged for {3} {4} at height {5}"
            "票据 {0} 收回的纸质票据为 {1} {2}，而高度 {5} 换开的是 {3} {4}"
        /// Emitted by `AuditUse`.
        1425 AuditedBefore { receipt: ReceiptId, organisation: OrganisationId, audit_number: AuditNumber, height: Height }
            "the use of receipt {0} was audited by organisation {1} under {2} at height {3}"
            "票据 {0} 已由单位 {1} 于高度 {3} 核销，核销编号 {2}"
        /// Emitted by `ArchiveReceipts`: each organisation once.
        1426 ArchivedBefore { receipt: ReceiptId, archive_number: ArchiveNumber, height: Height }
            "receipt {0} was archived by you under {1} at height {2}"
            "票据 {0} 本单位已于高度 {2} 归档，档号 {1}"
        /// Emitted by `ArchiveReceipts`.
        1427 NothingToArchive { receipt: ReceiptId, organisation: OrganisationId }
            "organisation {1} neither issued receipt {0} nor has a live booking on it"
            "单位 {1} 既非票据 {0} 的开票单位，也没有该票据的有效入账"
        /// Emitted by `ArchiveReceipts`.
        1428 RetentionTooShort { retention_years: u32, retention_years_min: u32 }
            "a retention of {0} years is shorter than {1} years"
            "保管期限 {0} 年短于规定的 {1} 年"
        /// Emitted by `ArchiveReceipts`.
        1429 TooManyArchives { receipt: ReceiptId, archives_max: usize }
            "receipt {0} was archived by {1} organisations, which is the limit"
            "票据 {0} 已由 {1} 个单位归档，达到上限"
        /// Emitted by `NoteVerification`: the verified total is not the issued one.
        1430 VerifiedTotalDiffers { receipt: ReceiptId, presented: Fen, total: Fen }
            "receipt {0} was verified with a total of {1} yuan, but was issued with {2} yuan"
            "票据 {0} 查验时的总金额为 {1} 元，开具金额为 {2} 元"
        /// Emitted by `UnbookReceipt` and `CorrectClaim`: a payer cannot take back a booking that it archived.
        1431 ArchivedBooking { receipt: ReceiptId, organisation: OrganisationId, archive_number: ArchiveNumber, height: Height }
            "organisation {1} archived receipt {0} with its booking under {2} at height {3}"
            "单位 {1} 已于高度 {3} 将票据 {0} 连同入账归档，档号 {2}"
        /// Emitted by `IssueReceipts`: without its channels, a medical receipt that the pooled fund paid would be
        /// claimable in full, docs/DOMAIN.md §2.
        1432 NoChannels { total: Fen }
            "a medical receipt of {0} yuan must state by which channels it was paid at settlement"
            "医疗票据总金额为 {0} 元，须列明结算时各支付渠道的金额"
        /// Emitted by `ReverseReceipt` and `ReissueReceipt`: the totals of a kind would no longer cancel.
        1433 AnotherKind { receipt: ReceiptId, code: ReceiptCode }
            "a receipt of code {1} has another region, category or kind than receipt {0}"
            "票据代码 {1} 的地区、分类或种类与票据 {0} 不同"
        /// Emitted by `IssueReceipts`.
        1434 NoLateReason { date: BeijingDate, today: BeijingDate, days_max: u32 }
            "issue date {0} is more than {2} days before today, {1}, and no reason is given"
            "开票日期 {0} 早于当日 {1} 超过 {2} 天，且未说明原因"
        /// Emitted by `ReissueReceipt`: the new receipt is for more, or for nothing. A full refund is a reversal.
        1435 ReplacementTotal { receipt: ReceiptId, total: Fen, replacement: Fen }
            "receipt {0} of {1} yuan is reissued for more than 0 and at most as much, not for {2} yuan"
            "票据 {0} 金额 {1} 元，重开金额须大于 0 且不超过原金额，不能为 {2} 元"
        /// Emitted by `ReissueReceipt`.
        1436 AnotherAgency { receipt: ReceiptId, agency: OrganisationId }
            "receipt {0} was issued on behalf of organisation {1}, and the new receipt names another"
            "票据 {0} 系代单位 {1} 开具，重开的票据为其他单位"
        /// Emitted by `ReissueReceipt`.
        1437 TooManyReissues { receipt: ReceiptId, reissues_max: usize }
            "receipt {0} comes after {1} reissues in succession, which is the limit"
            "票据 {0} 之前已连续重开 {1} 次，达到上限"
    }
}
