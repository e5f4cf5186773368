//! What must not be found: payers' names and numbers, names of fee lines. And what must be.

use std::{collections::BTreeSet, fs, path::Path};

use aho_corasick::AhoCorasick;

/// The elements of a national receipt whose text is private (docs/PRIVACY.md).
const PRIVATE: [&str; 10] = [
    "PayerPartyName",
    "PayerPartyCode",
    "PayerAcct",
    "ItemName",
    "AuxItemName",
    "patientNumber",
    "caseNumber",
    "hospitalizationNumber",
    "medicalInsuranceID",
    "departmentName",
];

/// The element that goes on chain: wherever receipts are, it is found.
const PUBLIC: &str = "BizCode";

/// A search for all of them at once.
pub(crate) struct Needles {
    texts: Vec<String>,
    search: AhoCorasick,
}

impl Needles {
    /// What is private in the receipts of a folder.
    pub(crate) fn private(folder: &Path) -> Self {
        Self::of(folder, &PRIVATE)
    }

    /// What stands on the ledger for everyone to see.
    pub(crate) fn public(folder: &Path) -> Self {
        Self::of(folder, &[PUBLIC])
    }

    fn of(folder: &Path, elements: &[&str]) -> Self {
        let mut texts = BTreeSet::new();
        for file in fs::read_dir(folder).unwrap() {
            let xml = fs::read_to_string(file.unwrap().path()).unwrap();
            for element in elements {
                texts.extend(texts_of(&xml, element).map(str::to_owned));
            }
        }
        let texts: Vec<String> = texts.into_iter().collect();
        let search = AhoCorasick::new(&texts).unwrap();
        Self { texts, search }
    }

    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// The first of them in some bytes.
    pub(crate) fn first_in(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.search.find(bytes)?;
        Some(&self.texts[found.pattern()])
    }
}

/// The generator writes one element a line, without entities in these.
fn texts_of<'xml>(xml: &'xml str, element: &str) -> impl Iterator<Item = &'xml str> {
    let open = format!("<{element}>");
    let texts = xml.lines().filter_map(move |line| {
        let text = line.trim().strip_prefix(&open)?;
        text.split('<').next()
    });
    texts.filter(|text| !text.is_empty())
}
