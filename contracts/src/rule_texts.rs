//! The texts of the numbered rules, in English and Chinese.
//!
//! ```text
//!   (1401, ["2026-11-01", "2026-11-21", "1"]) ──render──► a sentence, in English or Chinese
//! ```
//!
//! Any client can print an outcome with [`render`]: the arguments of the outcome
//! take the places `{0}`, `{1}` … of the rule's message.

use crate::{
    alerts::{AlertError, AlertKind, Suspicion},
    claims::ClaimError,
    disclosure::DisclosureError,
    governance::GovernanceError,
    number_ranges::NumberRangeError,
    organisations::OrganisationError,
    parameters::ParameterError,
    payments::PaymentError,
    policies::PolicyError,
    receipts::ReceiptError,
    rejection::{Rule, fill},
    transaction::Refused,
    upgrades::UpgradeError,
};

/// The language of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// 中文
    Chinese,
}

/// Every rule, in order of number.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        Refused::RULES,
        OrganisationError::RULES,
        NumberRangeError::RULES,
        PolicyError::RULES,
        ReceiptError::RULES,
        DisclosureError::RULES,
        ClaimError::RULES,
        PaymentError::RULES,
        AlertError::RULES,
        ParameterError::RULES,
        GovernanceError::RULES,
        UpgradeError::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The rule with this number.
pub fn rule(code: u32) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// Returns the message of an outcome. 0 means accepted. For a number that this version does not know, the message has
/// the number and the arguments.
pub fn render(code: u32, arguments: &[String], language: Language) -> String {
    match (rule(code), language) {
        (Some(rule), Language::English) => fill(rule.english, arguments),
        (Some(rule), Language::Chinese) => fill(rule.chinese, &translate(arguments)),
        (None, Language::English) if code == 0 => "accepted".to_owned(),
        (None, Language::Chinese) if code == 0 => "已受理".to_owned(),
        (None, Language::English) => format!("rule {code}: {}", arguments.join(", ")),
        (None, Language::Chinese) => format!("违反规则 {code}:{}", arguments.join("、")),
    }
}

/// Every kind of alert, in order of number.
pub const fn alert_kinds() -> &'static [AlertKind] {
    Suspicion::KINDS
}

/// Returns the message of an alert. For a kind that this version does not know, the message has the number and the
/// arguments.
pub fn render_alert(kind: u32, arguments: &[String], language: Language) -> String {
    let known = alert_kinds().iter().find(|known| known.number == kind);
    match (known, language) {
        (Some(kind), Language::English) => fill(kind.english, arguments),
        (Some(kind), Language::Chinese) => fill(kind.chinese, &translate(arguments)),
        (None, Language::English) => format!("alert of kind {kind}: {}", arguments.join(", ")),
        (None, Language::Chinese) => format!("第 {kind} 类预警:{}", arguments.join("、")),
    }
}

/// Chinese for the words of closed lists that occur as arguments.
const GLOSSARY: &[(&str, &str)] = &[
    ("finance", "财政"),
    ("issuer", "开票单位"),
    ("insurer", "医保/商保"),
    ("reimbursing unit", "报销单位"),
    ("insurer or reimbursing unit", "医保/商保或报销单位"),
    ("collecting agency", "执收单位"),
    ("agent bank", "代理银行"),
    ("admin", "管理"),
    ("sign", "签名"),
    ("validate", "验证"),
    ("peer", "节点"),
    ("encrypt", "加密"),
    ("supervise", "监制"),
    ("basic medical insurance", "基本医疗保险"),
    ("serious illness insurance", "大病保险"),
    ("medical aid", "医疗救助"),
    ("commercial insurance", "商业保险"),
    ("employer", "单位报销"),
    ("other fund", "其他"),
    ("text message", "短信"),
    ("mail", "电子邮件"),
    ("application", "移动应用"),
    ("counter", "窗口"),
    ("pick-up", "网上取票"),
    (
        "issuer, payer or finance",
        "开票单位、医保/商保、报销单位或财政",
    ),
    ("open", "待表决"),
    ("adopted", "已通过并执行"),
    ("failed", "已通过但未能执行"),
    ("voted down", "未通过"),
    ("expired", "已过期"),
    ("superseded", "因治理成员变更而终止"),
    ("claim", "报销"),
    ("verification", "查验"),
    ("audit", "审计"),
    ("other purpose", "其他用途"),
    ("filed", "已受理"),
    ("decided", "已核定"),
    ("payout failed", "支付失败"),
    ("paid", "已支付"),
    ("settled at zero", "零支付结案"),
    ("rejected", "已驳回"),
    ("withdrawn", "已撤回"),
    ("corrected", "已更正"),
    ("released", "已由财政解除"),
    ("not paid", "未能支付"),
    ("the public key is no point of the curve", "公钥不在曲线上"),
    (
        "the public key is not canonically encoded",
        "公钥编码不规范",
    ),
    ("the public key has small order", "公钥为小阶点"),
];

fn translate(arguments: &[String]) -> Vec<String> {
    let translate = |argument: &String| {
        GLOSSARY
            .iter()
            .find(|(english, _)| english == argument)
            .map_or_else(|| argument.clone(), |(_, chinese)| (*chinese).to_owned())
    };
    arguments.iter().map(translate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_are_used_once() {
        let codes: Vec<u32> = rules().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }

    #[test]
    fn every_message_names_every_argument_in_both_languages() {
        for rule in rules() {
            for template in [rule.english, rule.chinese] {
                for place in 0..rule.arguments.len() {
                    let place = format!("{{{place}}}");
                    assert!(template.contains(&place), "{}: {template}", rule.code);
                }
                assert_eq!(
                    template.matches('{').count(),
                    rule.arguments.len(),
                    "{}: {template}",
                    rule.code
                );
            }
        }
    }

    #[test]
    fn an_outcome_of_an_unknown_rule_can_still_be_read() {
        let arguments = ["a".to_owned()];
        assert_eq!(render(9999, &arguments, Language::English), "rule 9999: a");
        assert_eq!(render(0, &[], Language::Chinese), "已受理");
    }
}
