//! Notices, with the amount that is owed.

use piaolian_contracts::{
    malformed::Malformed,
    payments::{NOTICES, Notice, NoticesFrom, notice_by_payment_code, notices_of},
    receipts::Receipt,
    types::{BeijingDate, DecisionNumber, PaymentCode},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{
    GetNoticeRequest, GetNoticeResponse, ListNoticesRequest, ListNoticesResponse, NoticeState,
    get_notice_request::By,
};

use super::Queries;
use crate::{
    error::ServiceError,
    pagination::{Page, malformed_token},
    parse::must_name,
};

/// Bytes of a page's key: date (4), decision number.
const DATE_BYTES: usize = 4;

impl Queries {
    /// Returns a notice with the amount that is owed for it.
    ///
    /// # Errors
    /// When the request is malformed, there is no such notice, or the store cannot be read.
    pub fn get_notice(
        &self,
        request: &GetNoticeRequest,
    ) -> Result<GetNoticeResponse, ServiceError> {
        let state = self.state();
        let (found, name) = match request.by.clone() {
            Some(By::DecisionNumber(number)) => {
                let number = DecisionNumber::parse("decision_number", number)?;
                (NOTICES.get(&state, &number)?, number.to_string())
            }
            Some(By::PaymentCode(code)) => {
                let code = PaymentCode::parse("payment_code", code)?;
                (notice_by_payment_code(&state, &code)?, code.to_string())
            }
            None => return Err(must_name("by", "a notice").into()),
        };
        let notice = found.ok_or_else(|| ServiceError::not_found(format!("notice {name}")))?;
        let tip = state.tip();
        let state = state_of(&notice);
        let owed = (state == NoticeState::Unpaid).then(|| notice.owed(BeijingDate::at(tip.time)));
        let owed_fen = owed.map(|owed| owed.get()).unwrap_or_default();
        Ok(GetNoticeResponse {
            state: state.into(),
            owed_fen,
            late_fee_fen: owed
                .and_then(|owed| owed.checked_sub(notice.amount))
                .map(|late_fee| late_fee.get())
                .unwrap_or_default(),
            notice: Some((&notice).into()),
            height: tip.height.get(),
            block_time_ms: tip.time.as_ms(),
        })
    }

    /// Returns a page of an agency's notices, newest first.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_notices(
        &self,
        request: &ListNoticesRequest,
    ) -> Result<ListNoticesResponse, ServiceError> {
        let agency = self.named_or_own("agency", &request.agency)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let from = match (&page.after, request.to_date) {
            (Some(after), _) => after_key(after)?,
            (None, 0) => NoticesFrom::Newest,
            (None, date) => NoticesFrom::Date(BeijingDate::parse("to_date", date)?),
        };
        let mut found = notices_of(&self.state(), agency, &from, page.size + 1)?;
        let next_page_token = page.cut(&mut found, key);
        Ok(ListNoticesResponse {
            notices: found.iter().map(Into::into).collect(),
            next_page_token,
        })
    }
}

/// Returns whether a notice is unpaid, paid or cancelled.
const fn state_of(notice: &Notice) -> NoticeState {
    if notice.payment.is_some() {
        NoticeState::Paid
    } else if notice.cancellation.is_some() {
        NoticeState::Cancelled
    } else {
        NoticeState::Unpaid
    }
}

fn key(notice: &Notice) -> Vec<u8> {
    let date = notice.created_date.get().to_be_bytes();
    [&date[..], notice.decision_number.as_str().as_bytes()].concat()
}

fn after_key(key: &[u8]) -> Result<NoticesFrom, Malformed> {
    let (date, number) = key
        .split_first_chunk::<DATE_BYTES>()
        .ok_or_else(malformed_token)?;
    let date = BeijingDate::parse("page_token", u32::from_be_bytes(*date))?;
    let number = str::from_utf8(number).map_err(|_| malformed_token())?;
    let number = DecisionNumber::parse("page_token", number.to_owned())?;
    Ok(NoticesFrom::After(date, number))
}

/// Returns the notice whose payment issued a receipt, if one did: the receipt has its number as business number.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn notice_of(
    state: &StateView<'_>,
    receipt: &Receipt,
) -> Result<Option<Notice>, ServiceError> {
    let number = receipt.business_number.to_string();
    let Ok(number) = DecisionNumber::parse("decision_number", number) else {
        return Ok(None);
    };
    let issued = |notice: &Notice| {
        let payment = notice.payment.as_ref();
        payment.is_some_and(|payment| payment.receipt == receipt.id)
    };
    Ok(NOTICES.get(state, &number)?.filter(issued))
}
