//! Alerts, shown to those whom they concern.
//!
//! ```text
//!   finance's node ──► every alert
//!   another node   ──► those that name its organisation
//! ```

use piaolian_contracts::{
    alerts::{ALERTS, Alert, AlertId, AlertKind, OPEN_ALERTS, OpenKey},
    malformed::Malformed,
    organisations::{ORGANISATIONS, Role},
    rule_texts::{Language, render_alert},
    storage::Key as _,
    types::OrganisationId,
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    self, GetAlertRequest, GetAlertResponse, ListAlertsRequest, ListAlertsResponse,
};

use super::Queries;
use crate::{
    api_error::ApiError,
    error::{ServiceError, ServiceFault},
    pagination::{self, Page},
};

/// Most alerts that are read for one page. The ledger has alerts by number, not by kind and organisation, so a page may
/// have fewer items than requested.
const LOOKED_AT_MAX: usize = 10_000;
/// Most kinds that a question names.
const KINDS_MAX: usize = 64;

impl Queries {
    /// Returns a page of alerts, newest first.
    ///
    /// # Errors
    /// When the request is malformed, when it asks about another organisation and this node is not finance's, or when
    /// the store cannot be read.
    pub fn list_alerts(
        &self,
        request: &ListAlertsRequest,
    ) -> Result<ListAlertsResponse, ServiceError> {
        let state = self.state();
        let wanted = Wanted::parse(request, self.shown_to(&state)?)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let mut below = match page.after_array::<ID_BYTES>()? {
            Some(after) => u64::from_be_bytes(after).checked_sub(1),
            None => Some(u64::MAX),
        };
        let mut alerts = Vec::new();
        let mut looked_at: Option<AlertId> = None;
        for _ in 0..LOOKED_AT_MAX {
            if alerts.len() == page.size {
                break;
            }
            let Some(alert) = wanted.at_or_below(&state, below)? else {
                looked_at = None;
                break;
            };
            below = alert.id.get().checked_sub(1);
            looked_at = Some(alert.id);
            if wanted.wants(&alert) {
                alerts.push(show(&alert));
            }
        }
        let next_page_token = looked_at.map(|id| pagination::token(&id.get().to_be_bytes()));
        Ok(ListAlertsResponse {
            alerts,
            next_page_token: next_page_token.unwrap_or_default(),
        })
    }

    /// Returns one alert.
    ///
    /// # Errors
    /// When the request is malformed, there is none that this node shows, or the store
    /// cannot be read.
    pub fn get_alert(&self, request: &GetAlertRequest) -> Result<GetAlertResponse, ServiceError> {
        let id = AlertId::parse("alert_id", request.alert_id)?;
        let state = self.state();
        let shown_to = self.shown_to(&state)?;
        let alert = ALERTS.get(&state, &id)?;
        let shown = alert.filter(|alert| shown_to.sees(alert));
        let alert = shown.ok_or_else(|| ServiceError::not_found(format!("alert {id}")))?;
        Ok(GetAlertResponse {
            alert: Some(show(&alert)),
        })
    }

    /// Returns the member to whom this node shows alerts.
    fn shown_to(&self, state: &StateView<'_>) -> Result<ShownTo, ServiceError> {
        let own = ORGANISATIONS.get(state, &self.organisation)?;
        let is_finance = own.is_some_and(|own| own.has_role(Role::Finance));
        Ok(if is_finance {
            ShownTo::Finance
        } else {
            ShownTo::Organisation(self.organisation)
        })
    }
}

/// The member to whom alerts are shown. Finance sees all alerts, other members those that name them.
#[derive(Clone, Copy, Debug)]
enum ShownTo {
    Finance,
    Organisation(OrganisationId),
}

impl ShownTo {
    fn sees(self, alert: &Alert) -> bool {
        match self {
            Self::Finance => true,
            Self::Organisation(own) => alert.concerns(&own),
        }
    }
}

/// Bytes of an alert's number in a page's token.
const ID_BYTES: usize = size_of::<u64>();

/// The alerts that are wanted.
struct Wanted {
    with_closed: bool,
    /// Empty: all.
    kinds: Vec<u32>,
    /// The member that they name.
    naming: ShownTo,
}

impl Wanted {
    fn parse(request: &ListAlertsRequest, shown_to: ShownTo) -> Result<Self, ServiceError> {
        if request.kinds.len() > KINDS_MAX {
            return Err(Malformed::new("kinds", format!("must be at most {KINDS_MAX}")).into());
        }
        for (place, kind) in request.kinds.iter().enumerate() {
            AlertKind::parse(&format!("kinds[{place}]"), *kind)?;
        }
        let asked = Some(&request.organisation).filter(|code| !code.is_empty());
        let asked = asked.map(|code| OrganisationId::parse("organisation", code));
        let naming = match (asked.transpose()?, shown_to) {
            (None, shown_to) => shown_to,
            (Some(asked), ShownTo::Finance) => ShownTo::Organisation(asked),
            (Some(asked), ShownTo::Organisation(own)) if asked == own => shown_to,
            (Some(_), ShownTo::Organisation(_)) => return Err(ApiError::OwnAlertsAlone.into()),
        };
        Ok(Self {
            with_closed: request.with_closed,
            kinds: request.kinds.clone(),
            naming,
        })
    }

    fn wants(&self, alert: &Alert) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.contains(&alert.kind.number);
        kind && self.naming.sees(alert)
    }

    /// Returns the newest alert at or below a number: of all, or of the open ones.
    fn at_or_below(
        &self,
        state: &StateView<'_>,
        number: Option<u64>,
    ) -> Result<Option<Alert>, ServiceError> {
        let Some(number) = number.filter(|number| *number > 0) else {
            return Ok(None);
        };
        let number = AlertId::parse("alert", number)?;
        if self.with_closed {
            let found = ALERTS.floor(state, &number.bytes())?;
            return Ok(found.map(|(_, alert)| alert));
        }
        let key = OpenKey::Alert(number).bytes();
        let Some((_, open)) = OPEN_ALERTS.floor(state, &key)? else {
            return Ok(None);
        };
        let alert = ALERTS.get(state, &open)?;
        let alert = alert.ok_or_else(|| ServiceFault::Damaged(format!("open alert {open}")))?;
        Ok(Some(alert))
    }
}

/// Returns an alert as a message for people.
fn show(alert: &Alert) -> v1::Alert {
    let say = |language| render_alert(alert.kind.number, &alert.arguments, language);
    v1::Alert {
        record: Some(alert.into()),
        state: alert.state().number(),
        result: alert
            .closing
            .as_ref()
            .map_or(v1::AlertResult::Suspected.into(), |closing| {
                closing.result.number()
            }),
        kind_name: alert.kind.name.to_owned(),
        message_en: say(Language::English),
        message_zh: say(Language::Chinese),
    }
}

#[cfg(test)]
mod tests {
    use piaolian_contracts::{
        alerts::{Finding, Scope, Suspicion},
        chain::{Hash, Height},
        types::BlockTime,
    };

    use super::*;

    const CODES: [&str; 3] = [
        "91350100M000100Y43",
        "12320900E875065319",
        "91440300708461136T",
    ];

    fn organisation(place: usize) -> OrganisationId {
        CODES[place].parse().unwrap()
    }

    /// About the first organisation, naming the second.
    fn alert() -> Alert {
        let at = Finding {
            height: Height::new(7),
            time: BlockTime::from_ms(7_000),
            transaction: Hash::ZERO,
        };
        Alert {
            id: AlertId::FIRST,
            kind: &Suspicion::KINDS[0],
            subject: organisation(0),
            organisations: vec![organisation(1)],
            receipt: None,
            scope: Scope::Hour(1),
            arguments: vec![String::new(); Suspicion::KINDS[0].arguments.len()],
            count: 1,
            first: at,
            last: at,
            questions: Vec::new(),
            closing: None,
        }
    }

    fn asking(organisation: &str) -> ListAlertsRequest {
        ListAlertsRequest {
            organisation: organisation.to_owned(),
            ..Default::default()
        }
    }

    fn wants(request: &ListAlertsRequest, shown_to: ShownTo) -> bool {
        Wanted::parse(request, shown_to).unwrap().wants(&alert())
    }

    #[test]
    fn finance_sees_every_alert_and_others_those_that_name_them() {
        assert!(ShownTo::Finance.sees(&alert()));
        let sees = |place| ShownTo::Organisation(organisation(place)).sees(&alert());
        assert_eq!([sees(0), sees(1), sees(2)], [true, true, false]);
    }

    #[test]
    fn finance_asks_about_anybody_and_others_about_themselves() {
        let asking_of = |place: usize| asking(CODES[place]);
        assert!(wants(&asking(""), ShownTo::Finance));
        assert!(wants(&asking_of(1), ShownTo::Finance));
        assert!(!wants(&asking_of(2), ShownTo::Finance));
        for place in 0..3 {
            let own = ShownTo::Organisation(organisation(place));
            assert_eq!(wants(&asking(""), own), place < 2);
            assert_eq!(wants(&asking_of(place), own), place < 2);
            let refused = Wanted::parse(&asking_of((place + 1) % 3), own).err();
            let code = refused.map(|error| error.details()[0].code);
            assert_eq!(code, Some(9513));
        }
    }

    #[test]
    fn kinds_are_those_of_the_protocol() {
        let of = |kinds: &[u32]| ListAlertsRequest {
            kinds: kinds.to_vec(),
            ..Default::default()
        };
        assert!(wants(&of(&[2, 1]), ShownTo::Finance));
        assert!(!wants(&of(&[2]), ShownTo::Finance));
        assert!(Wanted::parse(&of(&[0]), ShownTo::Finance).is_err());
        assert!(Wanted::parse(&of(&[1; 65]), ShownTo::Finance).is_err());
    }
}
