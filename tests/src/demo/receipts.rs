//! The hospital's folder of national XML files.

use std::{fs, path::PathBuf};

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_details::{
    generate::{self, Kind, Plan},
    xml::Fields,
};
use piaolian_proto::v1::{Holder, ImportFile};

use super::{DemoError, Member};

/// Kinds of receipts: nine outpatients for one inpatient.
const KINDS: [Kind; 10] = [
    Kind::Inpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
    Kind::Outpatient,
];

/// XML files as written by the hospital's own system.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    issue_date: u32,
    next_serial: u64,
    /// The first inpatient.
    patient: Option<Fields>,
}

impl Files {
    /// Prepares files of today in `folder`.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            issue_date: BeijingDate::at(clock::now()).get(),
            next_serial: 1,
            patient: None,
        }
    }

    /// Returns the receipt code of a kind.
    pub(super) fn code(&self, kind: Kind) -> String {
        self.plan(vec![kind], None).receipt_code(kind)
    }

    /// Writes `count` receipts of inpatients and outpatients. The ledger will number them.
    pub(super) fn write(&mut self, count: usize) -> Result<Vec<PathBuf>, DemoError> {
        self.write_as(self.plan(KINDS.to_vec(), None), count)
    }

    /// Writes `count` receipts, those of inpatients all of the same patient.
    pub(super) fn write_of_one_patient(&mut self, count: usize) -> Result<Vec<PathBuf>, DemoError> {
        let plan = self.plan(KINDS.to_vec(), None);
        let mut receipts = generate::receipts(plan, self.next_serial);
        let stay = receipts.find(|receipt| receipt.kind == Kind::Inpatient);
        self.patient = stay.map(|stay| stay.document.payer_party);
        self.write(count)
    }

    /// Returns the identity number and name of that patient.
    pub(super) fn patient(&self) -> Option<Holder> {
        let patient = self.patient.as_ref()?;
        Some(Holder {
            identity_number: patient.text("PayerPartyCode").to_owned(),
            name: patient.text("PayerPartyName").to_owned(),
        })
    }

    /// Writes one outpatient's receipt, with a given number or to be numbered by the ledger.
    pub(super) fn write_one(&mut self, number: Option<u64>) -> Result<PathBuf, DemoError> {
        let written = self.write_as(self.plan(vec![Kind::Outpatient], number), 1)?;
        let none = || DemoError::unavailable("a receipt", &"none was generated");
        written.into_iter().next().ok_or_else(none)
    }

    fn plan(&self, kinds: Vec<Kind>, first_number: Option<u64>) -> Plan {
        let hospital = Member::Hospital.presentation();
        Plan {
            issuer: hospital.organisation,
            issuer_name: hospital.name,
            area: hospital.region,
            issue_date: self.issue_date,
            kinds,
            first_number,
            first_serial: self.next_serial,
        }
    }

    fn write_as(&mut self, plan: Plan, count: usize) -> Result<Vec<PathBuf>, DemoError> {
        let unavailable = |error| DemoError::unavailable(self.folder.display().to_string(), &error);
        fs::create_dir_all(&self.folder).map_err(unavailable)?;
        let mut written = Vec::with_capacity(count);
        // The seed differs each time, so that no two patients have the same fees.
        for mut generated in generate::receipts(plan, self.next_serial).take(count) {
            if generated.kind == Kind::Inpatient
                && let Some(patient) = &self.patient
            {
                generated.document.payer_party = patient.clone();
            }
            let path = self
                .folder
                .join(format!("{}.xml", generated.business_number));
            fs::write(&path, generated.to_xml()).map_err(unavailable)?;
            written.push(path);
            self.next_serial += 1;
        }
        Ok(written)
    }
}

/// Reads a file for an import.
pub(super) fn read(path: &PathBuf) -> Result<ImportFile, DemoError> {
    let xml = fs::read(path)
        .map_err(|error| DemoError::unavailable(path.display().to_string(), &error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(ImportFile {
        name: name.into_owned(),
        xml: xml.into(),
    })
}
