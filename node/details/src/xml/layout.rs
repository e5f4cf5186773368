//! The elements of the national XML and their parents.

/// Names of the elements that hold other elements.
pub(super) mod names {
    pub(in super::super) const ROOT: &str = "EInvoice";
    pub(in super::super) const HEADER: &str = "Header";
    pub(in super::super) const DATA: &str = "EInvoiceData";
    pub(in super::super) const MAIN: &str = "Main";
    pub(in super::super) const INVOICING_PARTY: &str = "InvoicingParty";
    pub(in super::super) const PAYER_PARTY: &str = "PayerParty";
    pub(in super::super) const MAIN_EXT: &str = "MainExt";
    pub(in super::super) const INVOICING_SEAL: &str = "InvoicingPartySeal";
    pub(in super::super) const SUPERVISOR_SEAL: &str = "SupervisorPartySeal";
    pub(in super::super) const DETAILS: &str = "Details";
    pub(in super::super) const ITEM: &str = "Item";
    pub(in super::super) const AUX_DETAILS: &str = "AuxDetails";
    pub(in super::super) const AUX_ITEM: &str = "AuxItem";
    pub(in super::super) const SIGNATURE: &str = "EInvoiceSignature";
}

pub(super) const HEADER_NAMES: &[&str] = &["EInvoiceID", "EInvoiceTag", "Version"];

pub(super) const MAIN_NAMES: &[&str] = &[
    "EInvoiceName",
    "EInvoiceCode",
    "EInvoiceNumber",
    "RandomNumber",
    "EInvoiceSpecimenCode",
    "SupervisorAreaCode",
    "TotalAmount",
    "IssueDate",
    "IssueTime",
    "PayMode",
    "BizCode",
    "CurrencyType",
    "ExchangeRate",
    "Remark",
    "HandlingPerson",
    "Checker",
    "SupervisorRemark",
];

pub(super) const INVOICING_PARTY_NAMES: &[&str] = &[
    "InvoicingPartyCode",
    "InvoicingPartyName",
    "RecName",
    "RecAcct",
    "RecOpBk",
];

pub(super) const PAYER_PARTY_NAMES: &[&str] = &[
    "PayerPartyType",
    "PayerPartyCode",
    "PayerPartyName",
    "PayerAcct",
    "PayerOpBk",
];

/// Known elements of `MainExt`, which may have more. Provinces differ in the case of the letters, so it is ignored.
pub(super) const MAIN_EXT_NAMES: &[&str] = &[
    "PayCode",
    "RelatedInvoiceCode",
    "RelatedInvoiceNumber",
    "patientNumber",
    "hospitalizationNumber",
    "caseNumber",
    "medicalDate",
    "inHospitalDate",
    "outHospitalDate",
    "departmentName",
    "orgType",
    "medicalInsuranceType",
    "medicalInsuranceID",
    "gender",
    "fundPayAmount",
    "accountPayAmount",
    "ownPayAmount",
    "otherPayAmount",
    "selfpaymentAmount",
    "selfpaymentCost",
    "prepayAmount",
    "rechargeAmount",
    "refundAmount",
];

/// The elements of `MainExt` that say by which channels a receipt was paid at settlement. They are read wherever they
/// stand under `MainExt`, because vendors put them into groups of their own.
pub(super) const CHANNEL_NAMES: &[&str] = &[
    "fundPayAmount",
    "accountPayAmount",
    "ownPayAmount",
    "otherPayAmount",
];

pub(super) const SEAL_NAMES: &[&str] = &["SealId", "SealName", "SealHash"];

pub(super) const ITEM_NAMES: &[&str] = &[
    "ItemCode",
    "ItemName",
    "ItemUnit",
    "ItemQuantity",
    "ItemStd",
    "ItemAmount",
    "ItemRemark",
];

pub(super) const AUX_ITEM_NAMES: &[&str] = &[
    "AuxItemRelatedCode",
    "AuxItemRelatedName",
    "AuxItemCode",
    "AuxItemName",
    "AuxItemQuantity",
    "AuxItemUnit",
    "AuxItemStd",
    "AuxItemAmount",
    "AuxItemRemark",
];

/// Decisive fields: those that identify a receipt and its amount. An unknown element may repeat one, but not with
/// another value.
pub(super) const DECISIVE_NAMES: &[&str] = &[
    "EInvoiceCode",
    "EInvoiceNumber",
    "RandomNumber",
    "TotalAmount",
    "IssueDate",
    "BizCode",
    "InvoicingPartyCode",
    "PayerPartyCode",
    "RelatedInvoiceCode",
    "RelatedInvoiceNumber",
];

/// Returns the known name that equals `found`.
pub(super) fn exactly(names: &[&'static str], found: &str) -> Option<&'static str> {
    names.iter().copied().find(|name| *name == found)
}

/// Returns the known name that equals `found` but for the case of ASCII letters.
pub(super) fn in_any_case(names: &[&'static str], found: &str) -> Option<&'static str> {
    let mut names = names.iter().copied();
    names.find(|name| name.eq_ignore_ascii_case(found))
}
