//! Notices, as they are asked for: with what is owed.

use piaolian_contracts::{
    malformed::Malformed,
    payments::{NOTICES, Notice, NoticesFrom, notice_by_payment_code, notices_of},
    types::{BeijingDate, DecisionNumber, PaymentCode},
};
use piaolian_proto::v1::{
    GetNoticeRequest, GetNoticeResponse, ListNoticesRequest, ListNoticesResponse, NoticeState,
    get_notice_request::By,
};

use crate::{
    Service,
    error::ServiceError,
    pagination::{Page, malformed_token},
    parse::must_name,
};

/// Bytes of a page's key: date (4), decision number.
const DATE_BYTES: usize = 4;

impl Service {
    /// A notice and what is owed for it.
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

    /// A page of an agency's notices, newest first.
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

/// Whether a notice is unpaid, paid or cancelled.
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
