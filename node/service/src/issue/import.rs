//! Import of national XML. A client may repeat an import at any time, because a business number is issued only once.
//!
//! ```text
//!   files ──read, rules, encrypt (many at once)──► plans ──► one transaction ──► outcomes
//! ```

use piaolian_contracts::{malformed::Malformed, types::Reason};
use piaolian_details::issue::Draft;
use piaolian_proto::v1::{
    ImportFile, ImportOutcome, ImportReceiptsRequest, ImportReceiptsResponse, ImportResult, Wait,
};
use rayon::prelude::*;
use tokio::task::block_in_place;

use super::{
    Issuance, RECEIPTS_OF_A_CALL_MAX,
    plan::{IssuePlan, IssueResult},
};
use crate::error::{ServiceError, details_of};

/// Most bytes of all files of one call together.
const FILES_BYTES_MAX: usize = 9 << 20;
/// Longest name of a file, bytes.
const NAME_BYTES_MAX: usize = 255;

impl Issuance {
    /// Issues receipts from national XML. Returns the result of each file.
    ///
    /// # Errors
    /// When the request is malformed, this node keeps no details, or the transaction is refused, or rejected as a
    /// whole.
    pub async fn import_receipts(
        &self,
        request: ImportReceiptsRequest,
    ) -> Result<ImportReceiptsResponse, ServiceError> {
        check(&request)?;
        let files = request.files;
        let (plans, businesses) = block_in_place(|| self.plans(&files))?;
        let plans: Vec<_> = plans
            .into_iter()
            .map(|plan| plan.with_late_reason(&request.late_reason))
            .collect();
        let (submitted, results) = self.issue(&plans, request.options).await?;
        let outcomes = files.into_iter().zip(businesses).zip(results);
        Ok(ImportReceiptsResponse {
            outcomes: outcomes
                .map(|((file, number), result)| outcome(file, number, result))
                .collect(),
            submitted,
        })
    }

    /// Returns the plan and the business number of each file.
    fn plans(&self, files: &[ImportFile]) -> Result<(Vec<IssuePlan>, Vec<String>), ServiceError> {
        let (store, rules, state) = (self.store()?, self.rules()?, self.state());
        // Reading, hashing and encrypting take the most time, and no file depends on another.
        let plan = |file: &ImportFile| match Draft::read(&file.xml, &rules) {
            Ok(draft) => {
                let number = draft.business_number().to_owned();
                Ok((self.plan(&state, store, &draft)?, number))
            }
            Err(refused) => Ok((IssuePlan::Refused(details_of(&refused)), String::new())),
        };
        let plans: Result<Vec<_>, ServiceError> = files.par_iter().map(plan).collect();
        Ok(plans?.into_iter().unzip())
    }
}

fn check(request: &ImportReceiptsRequest) -> Result<(), Malformed> {
    let files = &request.files;
    let bytes: usize = files.iter().map(|file| file.xml.len()).sum();
    if !(1..=RECEIPTS_OF_A_CALL_MAX).contains(&files.len()) || bytes > FILES_BYTES_MAX {
        return Err(Malformed::new(
            "files",
            "must be 1 to 1,000, together at most 9 MiB",
        ));
    }
    if let Some(place) = files
        .iter()
        .position(|file| file.name.len() > NAME_BYTES_MAX)
    {
        return Err(Malformed::new(
            format!("files[{place}].name"),
            "must be at most 255 bytes",
        ));
    }
    if !request.late_reason.is_empty() {
        Reason::parse("late_reason", request.late_reason.clone())?;
    }
    let options = request.options.clone().unwrap_or_default();
    if !options.client_id.is_empty() {
        return Err(Malformed::new("options.client_id", "must be empty"));
    }
    if options.wait != i32::from(Wait::Unspecified) {
        return Err(Malformed::new("options.wait", "must be unset"));
    }
    Ok(())
}

fn outcome(file: ImportFile, business_number: String, result: IssueResult) -> ImportOutcome {
    let (result, receipt, problems) = match result {
        IssueResult::Issued(receipt) => (ImportResult::Issued, Some(receipt), Vec::new()),
        IssueResult::Known(receipt) => (ImportResult::AlreadyIssued, Some(receipt), Vec::new()),
        IssueResult::Refused(problems) => (ImportResult::Refused, None, problems),
        IssueResult::Waits => (ImportResult::Unspecified, None, Vec::new()),
    };
    ImportOutcome {
        name: file.name,
        result: result.into(),
        business_number,
        receipt: receipt.map(Into::into),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::CallOptions;

    use super::*;

    fn request(files: Vec<ImportFile>, options: CallOptions) -> ImportReceiptsRequest {
        ImportReceiptsRequest {
            files,
            options: Some(options),
            late_reason: String::new(),
        }
    }

    fn file(name: &str, bytes: usize) -> ImportFile {
        ImportFile {
            name: name.to_owned(),
            xml: vec![b'x'; bytes].into(),
        }
    }

    #[test]
    fn a_call_has_bounds() {
        let usual = CallOptions::default;
        assert!(check(&request(vec![file("a", 1); 1_000], usual())).is_ok());
        for bad in [
            request(Vec::new(), usual()),
            request(vec![file("a", 1); 1_001], usual()),
            request(vec![file("a", FILES_BYTES_MAX), file("b", 1)], usual()),
            request(vec![file(&"x".repeat(256), 1)], usual()),
        ] {
            assert!(check(&bad).is_err());
        }
    }

    #[test]
    fn options_that_an_import_cannot_have_are_refused() {
        for options in [
            CallOptions {
                client_id: vec![1; 16].into(),
                ..Default::default()
            },
            CallOptions {
                wait: Wait::ForAdmission.into(),
                ..Default::default()
            },
        ] {
            assert!(check(&request(vec![file("a", 1)], options)).is_err());
        }
    }
}
