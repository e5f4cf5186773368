//! The records of alerts and counters as the messages that are stored and hashed.

use piaolian_proto::v1::{self as proto, alert_record, supervision_counter_record};

use super::{
    kinds::AlertKind,
    record::{Alert, AlertClosing, AlertId, Explanation, Finding, NAMED_MAX, Question, Scope},
    schema::{AmountMean, IssuerCounter, SupervisionCounter},
    state::AlertResult,
};
use crate::{
    chain::{Hash, Height},
    malformed::{Malformed, required},
    storage::stored_as,
    types::{BeijingDate, BlockTime, Operator, OrganisationId, Reason, ReceiptId, Region},
};

stored_as!(Alert: proto::AlertRecord, "alert");

impl From<&Alert> for proto::AlertRecord {
    fn from(alert: &Alert) -> Self {
        let organisations = alert.organisations.iter().map(ToString::to_string);
        Self {
            alert_id: alert.id.get(),
            kind: alert.kind.number,
            subject: alert.subject.to_string(),
            organisations: organisations.collect(),
            receipt: alert.receipt.map(Into::into),
            scope: Some((&alert.scope).into()),
            arguments: alert.arguments.clone(),
            count: alert.count,
            first: Some((&alert.first).into()),
            last: Some((&alert.last).into()),
            questions: alert.questions.iter().map(Into::into).collect(),
            closing: alert.closing.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<proto::AlertRecord> for Alert {
    type Error = Malformed;

    fn try_from(record: proto::AlertRecord) -> Result<Self, Malformed> {
        let kind = AlertKind::parse("kind", record.kind)?;
        if record.arguments.len() != kind.arguments.len() {
            return Err(Malformed::new("arguments", "must be those of the kind"));
        }
        if record.organisations.len() > NAMED_MAX {
            return Err(Malformed::new("organisations", "must be at most 4"));
        }
        let organisations = record.organisations.iter();
        let organisations = organisations.map(|code| OrganisationId::parse("organisations", code));
        let questions = record.questions.into_iter().map(Question::try_from);
        Ok(Self {
            id: AlertId::parse("alert_id", record.alert_id)?,
            kind,
            subject: OrganisationId::parse("subject", &record.subject)?,
            organisations: organisations.collect::<Result<_, _>>()?,
            receipt: record.receipt.map(ReceiptId::try_from).transpose()?,
            scope: required("scope", record.scope)?.try_into()?,
            arguments: record.arguments,
            count: record.count,
            first: required("first", record.first)?.try_into()?,
            last: required("last", record.last)?.try_into()?,
            questions: questions.collect::<Result<_, _>>()?,
            closing: record.closing.map(AlertClosing::try_from).transpose()?,
        })
    }
}

impl From<&Scope> for alert_record::Scope {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Hour(hour) => Self::Hour(*hour),
            Scope::Date(date) => Self::Date(date.get()),
            Scope::Receipt(receipt) => Self::SameReceipt((*receipt).into()),
            Scope::RegionDay(region, day) => Self::RegionDay(proto::AlertRegionDay {
                region: region.to_string(),
                account_day: day.get(),
            }),
        }
    }
}

impl TryFrom<alert_record::Scope> for Scope {
    type Error = Malformed;

    fn try_from(scope: alert_record::Scope) -> Result<Self, Malformed> {
        Ok(match scope {
            alert_record::Scope::Hour(hour) => Self::Hour(hour),
            alert_record::Scope::Date(date) => Self::Date(BeijingDate::parse("date", date)?),
            alert_record::Scope::SameReceipt(receipt) => Self::Receipt(receipt.try_into()?),
            alert_record::Scope::RegionDay(scope) => Self::RegionDay(
                Region::parse("region_day.region", scope.region)?,
                BeijingDate::parse("region_day.account_day", scope.account_day)?,
            ),
        })
    }
}

impl From<&Finding> for proto::AlertFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            height: finding.height.get(),
            time_ms: finding.time.as_ms(),
            transaction_id: finding.transaction.into(),
        }
    }
}

impl TryFrom<proto::AlertFinding> for Finding {
    type Error = Malformed;

    fn try_from(finding: proto::AlertFinding) -> Result<Self, Malformed> {
        Ok(Self {
            height: Height::new(finding.height),
            time: BlockTime::from_ms(finding.time_ms),
            transaction: Hash::parse("transaction_id", &finding.transaction_id)?,
        })
    }
}

impl From<&Question> for proto::AlertQuestion {
    fn from(question: &Question) -> Self {
        Self {
            organisation: question.organisation.to_string(),
            bureau: question.bureau.to_string(),
            operator: text_of(question.operator.as_ref()),
            height: question.height.get(),
            time_ms: question.time.as_ms(),
            explanation: question.explanation.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<proto::AlertQuestion> for Question {
    type Error = Malformed;

    fn try_from(question: proto::AlertQuestion) -> Result<Self, Malformed> {
        let explanation = question.explanation.map(Explanation::try_from);
        Ok(Self {
            organisation: OrganisationId::parse("questions.organisation", &question.organisation)?,
            bureau: OrganisationId::parse("questions.bureau", &question.bureau)?,
            operator: parse_operator("questions.operator", question.operator)?,
            height: Height::new(question.height),
            time: BlockTime::from_ms(question.time_ms),
            explanation: explanation.transpose()?,
        })
    }
}

impl From<&Explanation> for proto::AlertExplanation {
    fn from(explanation: &Explanation) -> Self {
        Self {
            text: explanation.text.to_string(),
            operator: text_of(explanation.operator.as_ref()),
            height: explanation.height.get(),
            time_ms: explanation.time.as_ms(),
        }
    }
}

impl TryFrom<proto::AlertExplanation> for Explanation {
    type Error = Malformed;

    fn try_from(explanation: proto::AlertExplanation) -> Result<Self, Malformed> {
        Ok(Self {
            text: Reason::parse("explanation.text", explanation.text)?,
            operator: parse_operator("explanation.operator", explanation.operator)?,
            height: Height::new(explanation.height),
            time: BlockTime::from_ms(explanation.time_ms),
        })
    }
}

impl From<&AlertClosing> for proto::AlertClosing {
    fn from(closing: &AlertClosing) -> Self {
        Self {
            result: closing.result.number(),
            reason: closing.reason.to_string(),
            bureau: closing.bureau.to_string(),
            operator: text_of(closing.operator.as_ref()),
            height: closing.height.get(),
            time_ms: closing.time.as_ms(),
        }
    }
}

impl TryFrom<proto::AlertClosing> for AlertClosing {
    type Error = Malformed;

    fn try_from(closing: proto::AlertClosing) -> Result<Self, Malformed> {
        Ok(Self {
            result: AlertResult::parse("closing.result", closing.result)?,
            reason: Reason::parse("closing.reason", closing.reason)?,
            bureau: OrganisationId::parse("closing.bureau", &closing.bureau)?,
            operator: parse_operator("closing.operator", closing.operator)?,
            height: Height::new(closing.height),
            time: BlockTime::from_ms(closing.time_ms),
        })
    }
}

fn text_of(operator: Option<&Operator>) -> String {
    operator.map(ToString::to_string).unwrap_or_default()
}

/// Parses the operator of a message; an empty text names none.
fn parse_operator(field: &str, operator: String) -> Result<Option<Operator>, Malformed> {
    let operator = Some(operator).filter(|operator| !operator.is_empty());
    operator
        .map(|operator| Operator::parse(field, operator))
        .transpose()
}

stored_as!(SupervisionCounter: proto::SupervisionCounterRecord, "counter of supervision");

impl From<&SupervisionCounter> for proto::SupervisionCounterRecord {
    fn from(counter: &SupervisionCounter) -> Self {
        let counter = match counter {
            SupervisionCounter::Issuer(issuer) => {
                supervision_counter_record::Counter::Issuer(proto::IssuerCounter {
                    hour: issuer.hour,
                    hour_issued: issuer.hour_issued,
                    date: issuer.date.get(),
                    date_issued: issuer.date_issued,
                    date_reversed: issuer.date_reversed,
                })
            }
            SupervisionCounter::Amounts(amounts) => {
                supervision_counter_record::Counter::Amounts(proto::AmountMean {
                    count: amounts.count,
                    sum_fen: amounts.sum_fen,
                })
            }
        };
        Self {
            counter: Some(counter),
        }
    }
}

impl TryFrom<proto::SupervisionCounterRecord> for SupervisionCounter {
    type Error = Malformed;

    fn try_from(record: proto::SupervisionCounterRecord) -> Result<Self, Malformed> {
        Ok(match required("counter", record.counter)? {
            supervision_counter_record::Counter::Issuer(issuer) => Self::Issuer(IssuerCounter {
                hour: issuer.hour,
                hour_issued: issuer.hour_issued,
                date: BeijingDate::parse("issuer.date", issuer.date)?,
                date_issued: issuer.date_issued,
                date_reversed: issuer.date_reversed,
            }),
            supervision_counter_record::Counter::Amounts(amounts) => Self::Amounts(AmountMean {
                count: amounts.count,
                sum_fen: amounts.sum_fen,
            }),
        })
    }
}
