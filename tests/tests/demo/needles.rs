//! The texts to search for: private ones (payers' names and numbers, names of fee lines) and public ones.

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

/// The element that is stored on chain, and so is found wherever receipts are.
const PUBLIC: &str = "BizCode";

/// A search for many texts at once.
pub(crate) struct Needles {
    texts: Vec<String>,
    search: AhoCorasick,
}

impl Needles {
    /// Collects the private texts of the receipts in a folder.
    pub(crate) fn private(folder: &Path) -> Self {
        Self::of(folder, &PRIVATE)
    }

    /// Collects the public texts of the receipts in a folder.
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

    /// The first text found in `bytes`.
    pub(crate) fn first_in(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.search.find(bytes)?;
        Some(&self.texts[found.pattern()])
    }
}

/// Texts of an element; the generator writes one element per line, without entities in these elements.
fn texts_of<'xml>(xml: &'xml str, element: &str) -> impl Iterator<Item = &'xml str> {
    let open = format!("<{element}>");
    let texts = xml.lines().filter_map(move |line| {
        let text = line.trim().strip_prefix(&open)?;
        text.split('<').next()
    });
    texts.filter(|text| !text.is_empty())
}
