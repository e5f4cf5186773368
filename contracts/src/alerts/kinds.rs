//! The kinds of alert: a closed list with a number and a message for each.

use crate::{
    chain::Height,
    malformed::Malformed,
    types::{
        BankReference, BeijingDate, Fen, OrganisationId, PaperCode, PaperNumber, PlanCode,
        PolicyCode, Reason, ReceiptId, Region,
    },
};

/// A kind of alert, as documents and clients list it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertKind {
    /// The number; never reused.
    pub number: u32,
    /// The name in this crate.
    pub name: &'static str,
    /// The names of the arguments, in order.
    pub arguments: &'static [&'static str],
    /// The English message; `{0}`, `{1}` … stand for the arguments.
    pub english: &'static str,
    /// The Chinese message.
    pub chinese: &'static str,
}

impl AlertKind {
    /// Takes the number of a kind.
    ///
    /// # Errors
    /// When it names none.
    pub fn parse(field: &str, number: u32) -> Result<&'static Self, Malformed> {
        let kind = Suspicion::KINDS.iter().find(|kind| kind.number == number);
        kind.ok_or_else(|| Malformed::new(field, "must name a kind of alert"))
    }
}

/// Declares the kinds as a closed enum: each variant has its number, its arguments and its
/// message in both languages.
macro_rules! suspicions {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $number:literal $variant:ident { $( $field:ident: $type:ty ),* $(,)? }
                    $english:literal $chinese:literal
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                #[doc = concat!("\n\nKind ", $number, ": ", $english)]
                $variant {
                    $(
                        #[doc = concat!("Argument `", stringify!($field), "` of the message.")]
                        $field: $type,
                    )*
                },
            )*
        }

        impl $name {
            /// The kinds, in order of number.
            pub const KINDS: &'static [AlertKind] = &[
                $(
                    AlertKind {
                        number: $number,
                        name: stringify!($variant),
                        arguments: &[ $( stringify!($field) ),* ],
                        english: $english,
                        chinese: $chinese,
                    },
                )*
            ];

            /// The number of the kind.
            pub const fn number(&self) -> u32 {
                match self {
                    $( Self::$variant { .. } => $number, )*
                }
            }

            /// The arguments of the message, in the order of its placeholders.
            pub fn arguments(&self) -> Vec<String> {
                match self {
                    $( Self::$variant { $( $field ),* } => vec![ $( $field.to_string() ),* ], )*
                }
            }
        }
    };
}

suspicions! {
    /// The suspicion that one rule of supervision raises.
    pub enum Suspicion {
        /// `LockReceipt`, `BookReceipt`, `FileClaim` or `DecideClaim` was rejected because
        /// the receipt is locked, reserved or booked, by another payer or by the same. By
        /// receipt.
        1 DoubleClaim { receipt: ReceiptId, claimant: OrganisationId, presented: String, payer: OrganisationId, prior: String }
            "organisation {1} presented receipt {0} under {2}, which organisation {3} has under {4}"
            "单位 {1} 以 {2} 提交票据 {0}，该票据已由单位 {3} 以 {4} 占用"
        /// A claim or a verification was rejected because the total was not the ledger's: an altered
        /// printout. By receipt.
        2 AlteredTotal { receipt: ReceiptId, claimant: OrganisationId, presented: Fen, total: Fen }
            "organisation {1} presented receipt {0} with a total of {2} yuan, which was issued with {3} yuan"
            "单位 {1} 提交票据 {0} 的总金额为 {2} 元，开具金额为 {3} 元"
        /// A claim or a verification was rejected because nobody issued the receipt: it is forged, or the
        /// number was mistyped. By hour.
        3 NeverIssued { receipt: ReceiptId, claimant: OrganisationId }
            "organisation {1} presented receipt {0}, which was never issued"
            "单位 {1} 提交的票据 {0} 从未开具"
        /// A claim was rejected because the receipt was reversed, or is the reversal. By receipt.
        4 ReversedClaimed { receipt: ReceiptId, claimant: OrganisationId, counterpart: ReceiptId }
            "organisation {1} presented receipt {0}, which receipt {2} cancels out"
            "单位 {1} 提交的票据 {0} 与票据 {2} 互为冲红"
        /// A claim was rejected because the receipt's paper is out. By receipt.
        5 PaperOutClaimed { receipt: ReceiptId, claimant: OrganisationId, paper_code: PaperCode, paper_number: PaperNumber }
            "organisation {1} presented receipt {0}, for which paper receipt {2} {3} stands"
            "单位 {1} 提交的票据 {0} 已换开纸质票据 {2} {3}"
        /// A claim was accepted on a receipt whose issuer is suspended: receipts that it issued before stay bookable.
        /// About the issuer, by hour.
        6 SuspendedIssuerClaimed { receipt: ReceiptId, claimant: OrganisationId, issuer: OrganisationId, from_height: Height }
            "organisation {1} claims receipt {0} of organisation {2}, which is suspended from height {3}"
            "单位 {1} 就单位 {2} 开具的票据 {0} 报销，该开票单位自高度 {3} 起已暂停"
        /// A receipt was issued outside the governed hours, by block time. By hour.
        7 OutsideHours { receipt: ReceiptId, issuer: OrganisationId, time: String, from: String, to: String }
            "organisation {1} issued receipt {0} at {2}, outside {3} to {4}"
            "单位 {1} 于 {2} 开具票据 {0}，不在 {3} 至 {4} 之间"
        /// An issuer issued more receipts in a clock hour than the governed limit. By hour.
        8 AboveRate { issuer: OrganisationId, hour: String, issued: u64, receipts_max: u64 }
            "organisation {0} issued {2} receipts in the hour from {1}, more than {3}"
            "单位 {0} 自 {1} 起一小时内开具 {2} 张票据，超过 {3} 张"
        /// An issuer reversed more receipts in a day than the governed share of those that it issued. By day.
        9 ReversalShare { issuer: OrganisationId, date: BeijingDate, reversed: u64, issued: u64, share_max: u64 }
            "organisation {0} reversed {2} receipts on {1} and issued {3}, more than {4} in 10,000"
            "单位 {0} 于 {1} 冲红 {2} 张票据、开具 {3} 张，冲红占比超过万分之 {4}"
        /// A receipt was reversed within the governed time after a payer noted a verification. By receipt.
        10 ReversedAfterVerification { receipt: ReceiptId, issuer: OrganisationId, verifier: OrganisationId, verified: String, reversal: ReceiptId }
            "organisation {1} reversed receipt {0} by receipt {4} soon after organisation {2} verified it at {3}"
            "单位 {1} 以红票 {4} 冲红票据 {0}，单位 {2} 刚于 {3} 查验过该票据"
        /// The total of a receipt is more than the governed multiple of the mean of its kind. By hour.
        11 UnusualAmount { receipt: ReceiptId, issuer: OrganisationId, total: Fen, mean: Fen, factor_max: u64 }
            "organisation {1} issued receipt {0} for {2} yuan, more than {4} times the {3} yuan that receipts of its kind usually cost"
            "单位 {1} 开具票据 {0} 金额 {2} 元，超过同类票据平均金额 {3} 元的 {4} 倍"
        /// An issuer named a number and skipped more unused numbers below it than the governed limit. By hour.
        12 NumberGap { receipt: ReceiptId, issuer: OrganisationId, skipped: u64, gap_max: u64 }
            "organisation {1} left out {2} numbers before receipt {0}, more than {3}"
            "单位 {1} 在票据 {0} 之前跳过 {2} 个号码，超过 {3} 个"
        /// An issue was rejected because the number was granted to another issuer. By hour.
        13 ForeignNumber { receipt: ReceiptId, issuer: OrganisationId, owner: OrganisationId }
            "organisation {1} tried to issue receipt {0}, whose number was granted to organisation {2}"
            "单位 {1} 试图开具票据 {0}，该号码已发放给单位 {2}"
        /// An issuer's action was rejected because the receipt is another issuer's, or an agency's
        /// delivery because it was not issued for that agency. By hour.
        14 ForeignReceipt { receipt: ReceiptId, organisation: OrganisationId, issuer: OrganisationId, action: &'static str }
            "organisation {1} tried {3} on receipt {0} of organisation {2}"
            "单位 {1} 试图对单位 {2} 开具的票据 {0} 执行 {3}"
        /// An action was rejected because its organisation is suspended. By hour.
        15 ActedWhileSuspended { organisation: OrganisationId, action: &'static str, from_height: Height }
            "organisation {0} tried {1} although it is suspended from height {2}"
            "单位 {0} 自高度 {2} 起已暂停，仍试图执行 {1}"
        /// An action was rejected because its organisation has no role for it. By hour.
        16 ActedWithoutRole { organisation: OrganisationId, action: &'static str }
            "organisation {0} tried {1}, for which it has no role"
            "单位 {0} 试图执行 {1}，没有相应角色"
        /// A day was closed although the bank's statement and the reports differ. About the bank, by region and day.
        17 DayMismatch { bank: OrganisationId, region: Region, day: BeijingDate, stated_only: u64, reported_only: u64, differing: u64 }
            "{2} was closed for region {1} with {3} payments that only bank {0} has, {4} that only the agencies have and {5} of differing amounts"
            "地区 {1} 的 {2} 已关账：仅银行 {0} 有 {3} 笔，仅执收单位有 {4} 笔，金额不符 {5} 笔"
        /// A claim was rejected because the insurer has no live authorisation of the receipt's holder. By receipt.
        18 ClaimedUnauthorised { receipt: ReceiptId, claimant: OrganisationId, claim: String }
            "organisation {1} filed claim {2} over receipt {0}, whose holder has not authorised it"
            "单位 {1} 以报销单 {2} 申请报销票据 {0}，未获持票人有效授权"
        /// Finance released what an organisation that is gone held. About that
        /// organisation, by receipt.
        19 OrphanReleased { receipt: ReceiptId, organisation: OrganisationId, finance: OrganisationId }
            "organisation {2} released what organisation {1}, which is gone, held of receipt {0}"
            "单位 {2} 解除了已不存在的单位 {1} 对票据 {0} 的占用"
        /// A bank paid although the order had been recalled or given up. It is booked and must come back. About the
        /// bank, by hour.
        20 PaidAfterRecall { bank: OrganisationId, insurer: OrganisationId, claim: String, bank_reference: BankReference }
            "organisation {0} paid claim {2} of organisation {1} with reference {3} although the order was recalled"
            "单位 {0} 以流水号 {3} 支付了单位 {1} 已撤回支付指令的报销单 {2}"
        /// A bank paid another amount than was ordered. It is booked, and what is above the order must come back. About
        /// the bank, by the claim's first receipt, so that each claim has an alert of its own.
        21 PaidAmountDiffers { bank: OrganisationId, insurer: OrganisationId, claim: String, bank_reference: BankReference, amount: Fen, ordered: Fen }
            "organisation {0} paid {4} yuan for claim {2} of organisation {1} with reference {3}, but {5} yuan were ordered"
            "单位 {0} 以流水号 {3} 就单位 {1} 的报销单 {2} 支付 {4} 元，指令金额为 {5} 元"
        /// A bank reported an order as paid that it had reported as failed. It is booked and must come back. About the
        /// bank, by hour.
        24 PaidAfterFailure { bank: OrganisationId, insurer: OrganisationId, claim: String, bank_reference: BankReference, payout: u32 }
            "organisation {0} paid payout {4} of claim {2} of organisation {1} with reference {3} after it had reported a failure"
            "单位 {0} 曾报告单位 {1} 报销单 {2} 的第 {4} 次支付失败，后又以流水号 {3} 支付"
        /// A payer took a booking by hand back as entered in error, so nothing was paid by its word alone. By receipt.
        25 EnteredInError { receipt: ReceiptId, payer: OrganisationId, voucher: String }
            "organisation {1} took voucher {2} on receipt {0} back as entered in error"
            "单位 {1} 以误记为由撤销票据 {0} 的凭证 {2}"
        /// A payer books or claims a receipt of which it took a booking back as entered in error. By receipt.
        26 BookedAfterError { receipt: ReceiptId, payer: OrganisationId, voucher: String }
            "organisation {1} claims receipt {0} again after it took voucher {2} back as entered in error"
            "单位 {1} 以误记为由撤销凭证 {2} 后再次报销票据 {0}"
        /// An issuer reversed a receipt of which a payer took a booking back as entered in error. About the issuer, by
        /// receipt.
        27 ReversedAfterError { receipt: ReceiptId, issuer: OrganisationId, payer: OrganisationId, voucher: String }
            "organisation {1} reversed receipt {0} after organisation {2} took voucher {3} back as entered in error"
            "单位 {2} 以误记为由撤销票据 {0} 的凭证 {3} 后，单位 {1} 冲红了该票据"
        /// Finance took the paid booking of a gone payer off, on evidence. About the payer, by receipt.
        28 BookingStruck { receipt: ReceiptId, payer: OrganisationId, voucher: String, finance: OrganisationId }
            "organisation {3} took voucher {2} of organisation {1}, which is gone, off receipt {0} on evidence"
            "单位 {3} 凭证据撤销已不存在的单位 {1} 在票据 {0} 上的凭证 {2}"
        /// A bank gave one reference to two movements of money. About the bank, by hour.
        29 ReferenceReused { bank: OrganisationId, bank_reference: BankReference }
            "organisation {0} reported reference {1} for a second movement of money"
            "单位 {0} 将流水号 {1} 用于另一笔资金"
        /// A version of a policy was published that begins before the governed number of days is over, or lets the
        /// version before it live less. It waits for finance's consent. By hour.
        30 PolicyInHaste { insurer: OrganisationId, policy_code: PolicyCode, version: u32, from_date: BeijingDate }
            "organisation {0} published version {2} of policy {1} from {3}, in haste: it waits for finance's consent"
            "单位 {0} 发布政策 {1} 第 {2} 版，自 {3} 起，未满提前期，须财政同意"
        /// A claim was corrected on whose sums later decisions were computed: they are to be recomputed. By receipt.
        31 LaterDecisionsOutdated { insurer: OrganisationId, claim: String, plan_code: PlanCode, decisions: usize, named: String }
            "organisation {0} took claim {1} back; {3} later decisions of its sums in the plan {2} are to be recomputed: {4}"
            "单位 {0} 更正报销单 {1}，险种 {2} 同一累计下其后的 {3} 份核定须重算：{4}"
        /// A receipt was issued with a date that lies further back than the governed number of days. By hour.
        34 LateIssue { receipt: ReceiptId, issuer: OrganisationId, issue_date: BeijingDate, today: BeijingDate, reason: Reason }
            "organisation {1} issued receipt {0} dated {2} on {3}: {4}"
            "单位 {1} 于 {3} 补开日期为 {2} 的票据 {0}：{4}"
        /// A bank paid an order once more, under another reference. It is booked and must come back. About the bank, by
        /// the claim's first receipt.
        44 PaidTwice { bank: OrganisationId, insurer: OrganisationId, claim: String, bank_reference: BankReference, payout: u32, amount: Fen }
            "organisation {0} paid payout {4} of claim {2} of organisation {1} once more, {5} yuan with reference {3}"
            "单位 {0} 以流水号 {3} 重复支付单位 {1} 报销单 {2} 的第 {4} 次支付，金额 {5} 元"
        /// More money of a claim's booking came back than was to come back. About the payer, by receipt.
        45 ReturnedUnasked { receipt: ReceiptId, payer: OrganisationId, voucher: String, bank: OrganisationId, bank_reference: BankReference }
            "organisation {3} confirmed with reference {4} that money of voucher {2} of organisation {1} on receipt {0} came back, for which no recovery was open"
            "单位 {3} 以流水号 {4} 确认单位 {1} 在票据 {0} 上的凭证 {2} 有款项退回，该款项没有待追回记录"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend() {
        assert!(Suspicion::KINDS.is_sorted_by(|one, next| one.number < next.number));
        assert!(AlertKind::parse("", 0).is_err());
        assert_eq!(
            AlertKind::parse("", 8).map(|kind| kind.name),
            Ok("AboveRate")
        );
    }

    #[test]
    fn every_message_names_every_argument_in_both_languages() {
        for kind in Suspicion::KINDS {
            for template in [kind.english, kind.chinese] {
                for place in 0..kind.arguments.len() {
                    let place = format!("{{{place}}}");
                    assert!(template.contains(&place), "{}: {template}", kind.number);
                }
                assert_eq!(template.matches('{').count(), kind.arguments.len());
            }
        }
    }
}
