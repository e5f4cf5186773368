//! Lists of receipts and of running totals, page by page.

use piaolian_contracts::{
    malformed::Malformed,
    receipts::{
        ListKey, Receipt, Status, TotalsKey,
        listing::{Bounds, Limits, ReceiptFilter, StatusFilter, TotalsFilter, list, list_totals},
    },
    types::{BeijingDate, Division, OrganisationId, ReceiptKind},
};
use piaolian_proto::v1::{
    GetTotalsRequest, GetTotalsResponse, ListReceiptsRequest, ListReceiptsResponse, ListedReceipt,
    ReceiptStatus,
};

use super::{Queries, parameters, receipts::status_of};
use crate::{
    error::ServiceError,
    pagination::{self, Page},
};

/// Most entries that are read for one page. Receipts with a status or of a region may be rare among them, so a page may
/// have fewer items than requested.
const LOOKED_AT_MAX: usize = 5_000;

impl Queries {
    /// Returns a page of receipts, latest issue date first.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_receipts(
        &self,
        request: &ListReceiptsRequest,
    ) -> Result<ListReceiptsResponse, ServiceError> {
        let state = self.state();
        let parameters = parameters(&state)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let start = page.after_array::<{ ListKey::BYTES }>()?;
        let status = wanted_status(request.status)?.map(|status| StatusFilter {
            status,
            rules: parameters.fund_rules(),
            now: state.tip().time,
        });
        let filter = ReceiptFilter {
            bounds: bounds(
                &request.issuer,
                request.issue_date_from,
                request.issue_date_to,
            )?,
            kind: kind(&request.kind)?,
            division: division(&request.region)?,
            status,
        };
        let start = start.as_ref().map(<[u8; ListKey::BYTES]>::as_slice);
        let found = list(&state, &filter, start, &limits(&page))?;
        let listed = |receipt: &Receipt| {
            let status = status_of(&state, &parameters, receipt);
            listed(receipt, status)
        };
        Ok(ListReceiptsResponse {
            receipts: found.entries.iter().map(listed).collect(),
            next_page_token: pagination::next_token(found.next),
            height: state.tip().height.get(),
        })
    }

    /// Returns a page of running totals, latest day first.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn get_totals(
        &self,
        request: &GetTotalsRequest,
    ) -> Result<GetTotalsResponse, ServiceError> {
        let state = self.state();
        let page = Page::parse(request.page_size, &request.page_token)?;
        let start = page.after_array::<{ TotalsKey::BYTES }>()?;
        let filter = TotalsFilter {
            bounds: bounds(
                &request.issuer,
                request.issue_date_from,
                request.issue_date_to,
            )?,
            kind: kind(&request.kind)?,
            division: division(&request.region)?,
        };
        let start = start.as_ref().map(<[u8; TotalsKey::BYTES]>::as_slice);
        let found = list_totals(&state, &filter, start, &limits(&page))?;
        Ok(GetTotalsResponse {
            totals: found.entries.iter().map(Into::into).collect(),
            next_page_token: pagination::next_token(found.next),
            height: state.tip().height.get(),
        })
    }
}

const fn limits(page: &Page) -> Limits {
    Limits {
        entries_max: page.size,
        looked_at_max: LOOKED_AT_MAX,
    }
}

fn bounds(issuer: &str, from: u32, to: u32) -> Result<Bounds, Malformed> {
    let issuer = (!issuer.is_empty()).then(|| OrganisationId::parse("issuer", issuer));
    let date = |field, date| {
        (date != 0)
            .then(|| BeijingDate::parse(field, date))
            .transpose()
    };
    let bounds = Bounds {
        from: date("issue_date_from", from)?,
        to: date("issue_date_to", to)?,
        issuer: issuer.transpose()?,
    };
    if bounds
        .from
        .zip(bounds.to)
        .is_some_and(|(from, to)| from > to)
    {
        let problem = "must not be before issue_date_from";
        return Err(Malformed::new("issue_date_to", problem));
    }
    Ok(bounds)
}

fn kind(kind: &str) -> Result<Option<ReceiptKind>, Malformed> {
    let kind = (!kind.is_empty()).then(|| ReceiptKind::parse("kind", kind));
    kind.transpose()
}

fn division(region: &str) -> Result<Option<Division>, Malformed> {
    let division = (!region.is_empty()).then(|| Division::parse_level("region", region.to_owned()));
    division.transpose()
}

fn wanted_status(status: i32) -> Result<Option<Status>, Malformed> {
    Ok(match ReceiptStatus::try_from(status) {
        Ok(ReceiptStatus::Unspecified) => None,
        Ok(ReceiptStatus::Issued) => Some(Status::Issued),
        Ok(ReceiptStatus::Held) => Some(Status::Held),
        Ok(ReceiptStatus::PartlyReimbursed) => Some(Status::PartlyReimbursed),
        Ok(ReceiptStatus::Reimbursed) => Some(Status::Reimbursed),
        Ok(ReceiptStatus::Reversed) => Some(Status::Reversed),
        Ok(ReceiptStatus::Reversal) => Some(Status::ReversalReceipt),
        Ok(ReceiptStatus::OnPaper) => Some(Status::OnPaper),
        Ok(ReceiptStatus::Archived) => Some(Status::Archived),
        Err(_) => return Err(Malformed::new("status", "must be one of its values")),
    })
}

fn listed(receipt: &Receipt, status: ReceiptStatus) -> ListedReceipt {
    ListedReceipt {
        receipt: Some(receipt.id.into()),
        issuer: receipt.issuer.to_string(),
        agency: receipt
            .agency
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        business_number: receipt.business_number.to_string(),
        issue_date: receipt.issue_date.get(),
        issue_time: receipt.issue_time.get(),
        total_fen: receipt.total.get(),
        status: status.into(),
        booked_fen: receipt.booked().get(),
        reserved_fen: receipt.reserved().get(),
        delivered: receipt.delivery.is_some(),
        use_audited: receipt.use_audit.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_that_is_shown_can_be_asked_for() {
        let asked: Vec<Status> = (1..)
            .map_while(|number| wanted_status(number).ok().flatten())
            .collect();
        assert_eq!(asked.len(), 8);
        assert_eq!(wanted_status(0), Ok(None));
        assert!(wanted_status(9).is_err());
    }

    #[test]
    fn filters_out_of_form_name_their_field() {
        let field = |error: Malformed| error.field().to_owned();
        assert_eq!(field(bounds("x", 0, 0).unwrap_err()), "issuer");
        let issuer = "91350100M000100Y43";
        assert_eq!(
            field(bounds(issuer, 20_260_230, 0).unwrap_err()),
            "issue_date_from"
        );
        assert_eq!(
            field(bounds(issuer, 20_260_202, 20_260_201).unwrap_err()),
            "issue_date_to"
        );
        assert!(bounds("", 20_260_201, 20_260_201).is_ok());
        assert_eq!(field(kind("06").unwrap_err()), "kind");
        for bad in ["3", "350", "35x", "3501000"] {
            assert_eq!(field(division(bad).unwrap_err()), "region");
        }
        assert!(
            ["", "35", "3501", "350100"]
                .iter()
                .all(|good| division(good).is_ok())
        );
    }
}
