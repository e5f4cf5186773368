//! Reconciliation (对账) and allocation (清分) of a region's day.

use piaolian_contracts::{
    malformed::Malformed,
    payments::{
        AllocationKey, BANK_ENTRIES, BankPayment, Class, REGION_CLOSINGS, STATEMENTS, StatementKey,
        allocations, mismatches, reconciliation,
    },
    types::{BankReference, BeijingDate, OrganisationId, Region},
};
use piaolian_proto::v1::{
    GetReconciliationRequest, GetReconciliationResponse, ListAllocationsRequest,
    ListAllocationsResponse, ListMismatchesRequest, ListMismatchesResponse, MismatchClass,
    MismatchView,
};

use super::Queries;
use crate::{
    error::{ServiceError, ServiceFault},
    pagination::{Page, malformed_token},
};

impl Queries {
    /// Returns the reconciliation of a region's day, bank by bank.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn get_reconciliation(
        &self,
        request: &GetReconciliationRequest,
    ) -> Result<GetReconciliationResponse, ServiceError> {
        let (region, day) = region_day(&request.region, request.day)?;
        let state = self.state();
        let banks = reconciliation(&state, &region, day)?;
        let mut statements = Vec::new();
        for bank in &banks {
            let key = StatementKey {
                bank: bank.bank,
                account_day: day,
                region: region.clone(),
            };
            statements.extend(STATEMENTS.get(&state, &key)?);
        }
        let closed = REGION_CLOSINGS.get(&state, &region)?;
        Ok(GetReconciliationResponse {
            banks: banks.iter().map(Into::into).collect(),
            closed_through: closed
                .map(|closed| closed.closed_through.get())
                .unwrap_or_default(),
            statements: statements.iter().map(Into::into).collect(),
        })
    }

    /// Returns a page of a day's mismatches.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_mismatches(
        &self,
        request: &ListMismatchesRequest,
    ) -> Result<ListMismatchesResponse, ServiceError> {
        let (region, day) = region_day(&request.region, request.day)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let after = page.after.as_deref().map(payment_of).transpose()?;
        let state = self.state();
        let mut found = mismatches(&state, &region, day, after.as_ref(), page.size + 1)?;
        let next_page_token = page.cut(&mut found, |last| {
            let bank = last.bank.as_bytes();
            [&bank[..], last.bank_reference.as_str().as_bytes()].concat()
        });
        let mut views = Vec::with_capacity(found.len());
        for mismatch in &found {
            let payment = BankPayment {
                bank: mismatch.bank,
                reference: mismatch.bank_reference.clone(),
            };
            let lost = || ServiceFault::Damaged(format!("payment {}", payment.reference));
            let entry = BANK_ENTRIES.get(&state, &payment)?.ok_or_else(lost)?;
            views.push(MismatchView {
                class: class_of(mismatch.class).into(),
                entry: Some((&entry).into()),
            });
        }
        Ok(ListMismatchesResponse {
            mismatches: views,
            next_page_token,
        })
    }

    /// Returns a page of the amounts that each bank holds for each agency of a region's day.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn list_allocations(
        &self,
        request: &ListAllocationsRequest,
    ) -> Result<ListAllocationsResponse, ServiceError> {
        let (region, day) = region_day(&request.region, request.day)?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let after = page.after_array::<{ 2 * OrganisationId::BYTES }>()?;
        let after = after.map(|after| allocation_key(&region, day, &after));
        let after = after.transpose()?;
        let mut found = allocations(&self.state(), &region, day, after.as_ref(), page.size + 1)?;
        let next_page_token = page.cut(&mut found, |last| {
            let (agency, bank) = (last.agency.as_bytes(), last.bank.as_bytes());
            [&agency[..], bank].concat()
        });
        Ok(ListAllocationsResponse {
            allocations: found.iter().map(Into::into).collect(),
            next_page_token,
        })
    }
}

fn region_day(region: &str, day: u32) -> Result<(Region, BeijingDate), Malformed> {
    Ok((
        Region::parse("region", region.to_owned())?,
        BeijingDate::parse("day", day)?,
    ))
}

const fn class_of(class: Class) -> MismatchClass {
    match class {
        Class::StatedOnly => MismatchClass::StatedOnly,
        Class::ReportedOnly => MismatchClass::ReportedOnly,
        Class::AmountDiffers => MismatchClass::AmountDiffers,
        // No day lists a matched entry.
        Class::Matched => MismatchClass::Unspecified,
    }
}

/// Parses a page's key as a payment: bank (18), reference.
fn payment_of(key: &[u8]) -> Result<BankPayment, Malformed> {
    let (bank, reference) = key
        .split_at_checked(OrganisationId::BYTES)
        .ok_or_else(malformed_token)?;
    let reference = str::from_utf8(reference).map_err(|_| malformed_token())?;
    Ok(BankPayment {
        bank: OrganisationId::try_from(bank)?,
        reference: BankReference::parse("page_token", reference.to_owned())?,
    })
}

/// Parses a page's key as an allocation: agency (18), bank (18).
fn allocation_key(
    region: &Region,
    day: BeijingDate,
    key: &[u8; 2 * OrganisationId::BYTES],
) -> Result<AllocationKey, Malformed> {
    let (agency, bank) = key.split_at(OrganisationId::BYTES);
    Ok(AllocationKey {
        region: region.clone(),
        day,
        agency: OrganisationId::try_from(agency)?,
        bank: OrganisationId::try_from(bank)?,
    })
}
