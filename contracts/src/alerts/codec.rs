//! The records of alerts and counters as the messages that are stored and hashed.

use piaolian_proto::v1::{self as proto, alert_record, supervision_counter_record::Counter};

use super::{
    kinds::AlertKind,
    record::{Alert, AlertClosing, AlertId, Explanation, Finding, NAMED_MAX, Question, Scope},
    schema::{AmountMean, IssuerCounter, SupervisionCounter},
};
use crate::{
    fields::{Field, as_message},
    malformed::{Malformed, required},
    storage::stored_as,
    types::{BeijingDate, OrganisationId, Region},
};

stored_as!(Alert: proto::AlertRecord, "alert");

impl From<&Alert> for proto::AlertRecord {
    fn from(alert: &Alert) -> Self {
        Self {
            alert_id: alert.id.get(),
            kind: alert.kind.number,
            subject: alert.subject.to_string(),
            organisations: alert.organisations.to_message(),
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
        Ok(Self {
            id: AlertId::parse("alert_id", record.alert_id)?,
            kind,
            subject: OrganisationId::parse("subject", &record.subject)?,
            organisations: Field::from_message("organisations", record.organisations)?,
            receipt: Field::from_message("receipt", record.receipt)?,
            scope: required("scope", record.scope)?.try_into()?,
            arguments: record.arguments,
            count: record.count,
            first: Field::from_message("first", record.first)?,
            last: Field::from_message("last", record.last)?,
            questions: Field::from_message("questions", record.questions)?,
            closing: Field::from_message("closing", record.closing)?,
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

as_message! {
    Finding: proto::AlertFinding {
        height;
        time: time_ms,
        transaction: transaction_id,
    }
}

as_message! {
    Question: proto::AlertQuestion {
        organisation, bureau, operator, height, explanation;
        time: time_ms,
    }
}

as_message! {
    Explanation: proto::AlertExplanation {
        text, operator, height;
        time: time_ms,
    }
}

as_message! {
    AlertClosing: proto::AlertClosing {
        result, reason, bureau, operator, height;
        time: time_ms,
    }
}

stored_as!(SupervisionCounter: proto::SupervisionCounterRecord, "counter of supervision");

impl From<&SupervisionCounter> for proto::SupervisionCounterRecord {
    fn from(counter: &SupervisionCounter) -> Self {
        let counter = match counter {
            SupervisionCounter::Issuer(issuer) => Counter::Issuer(issuer.into()),
            SupervisionCounter::Amounts(amounts) => Counter::Amounts(amounts.into()),
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
            Counter::Issuer(issuer) => Self::Issuer(Field::from_message("issuer", issuer)?),
            Counter::Amounts(amounts) => Self::Amounts(Field::from_message("amounts", amounts)?),
        })
    }
}

as_message! {
    IssuerCounter: proto::IssuerCounter {
        hour, hour_issued, date, date_issued, date_reversed,
    }
}

as_message! {
    AmountMean: proto::AmountMean {
        count, sum_fen,
    }
}
