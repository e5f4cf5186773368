use proptest::{prelude::*, sample::Index};

use super::*;
use crate::xml::{
    CodePoint, XmlError,
    bounds::{
        ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, FILE_BYTES_MAX, ITEMS_MAX, LINES_MAX,
        NAME_BYTES_MAX, SIGNATURES_MAX, TEXT_BYTES_MAX,
    },
    read, write,
};

fn invoice(inside: &str) -> Vec<u8> {
    format!("<EInvoice>{inside}</EInvoice>").into_bytes()
}

fn main_of(inside: &str) -> Vec<u8> {
    invoice(&format!(
        "<EInvoiceData><Main>{inside}</Main></EInvoiceData>"
    ))
}

fn data_of(inside: &str) -> Vec<u8> {
    invoice(&format!("<EInvoiceData>{inside}</EInvoiceData>"))
}

fn duplicate(path: &str) -> Result<Document, XmlError> {
    Err(XmlError::Duplicate {
        element: path.into(),
    })
}

#[test]
fn an_element_that_occurs_twice_is_ambiguous() {
    assert_eq!(
        read(&main_of(
            "<TotalAmount>1.00</TotalAmount><TotalAmount>2.00</TotalAmount>"
        )),
        duplicate("EInvoice/EInvoiceData/Main/TotalAmount")
    );
    assert_eq!(
        read(&main_of("<Remark/><Remark>x</Remark>")),
        duplicate("EInvoice/EInvoiceData/Main/Remark")
    );
    assert_eq!(
        read(&data_of("<Main/><Main/>")),
        duplicate("EInvoice/EInvoiceData/Main")
    );
    assert_eq!(
        read(&main_of(
            "<MainExt><payCode>1</payCode><PayCode>1</PayCode></MainExt>"
        )),
        duplicate("EInvoice/EInvoiceData/Main/MainExt/PayCode")
    );
    assert_eq!(
        read(&main_of("<MainExt><bed>1</bed><bed>2</bed></MainExt>")),
        duplicate("EInvoice/EInvoiceData/Main/MainExt/bed")
    );
    assert_eq!(
        read(&data_of(
            "<Details><Item/><Item><ItemName/><ItemName/></Item></Details>"
        )),
        duplicate("EInvoice/EInvoiceData/Details/Item[2]/ItemName")
    );
}

#[test]
fn a_decisive_field_with_another_value_elsewhere_is_ambiguous() {
    let with = |elsewhere: &str| {
        read(&data_of(&format!(
            "<Main><TotalAmount>1.00</TotalAmount></Main><Print>{elsewhere}</Print>"
        )))
    };
    assert_eq!(
        with("<TotalAmount>2.00</TotalAmount>"),
        Err(XmlError::Conflicting {
            element: "TotalAmount".into()
        })
    );
    assert_eq!(
        with("<a><totalAmount>2.00</totalAmount></a>"),
        Err(XmlError::Conflicting {
            element: "TotalAmount".into()
        })
    );
    assert!(with("<TotalAmount>1.00</TotalAmount>").is_ok());
    assert!(with("<TotalAmount/>").is_ok());
    // The reversal link at a place where the format has none.
    assert!(with("<RelatedInvoiceNumber>0000000001</RelatedInvoiceNumber>").is_err());
}

#[test]
fn text_between_elements_and_elements_in_values_are_rejected() {
    assert_eq!(
        read(&main_of("stray")),
        Err(XmlError::MixedContent {
            element: "EInvoice/EInvoiceData/Main".into()
        })
    );
    assert_eq!(
        read(&main_of("<TotalAmount>1<b>0</b></TotalAmount>")),
        Err(XmlError::NotAValue {
            element: "EInvoice/EInvoiceData/Main/TotalAmount".into()
        })
    );
}

#[test]
fn attributes_that_are_merged_from_two_places_must_agree() {
    let list = |attributes: &str| {
        let one = "<AuxItem><AuxItemName>a</AuxItemName></AuxItem>";
        read(&data_of(&format!(
            "<A n=\"1\">{one}</A><B {attributes}>{one}</B>"
        )))
    };
    let merged = list("n=\"1\" m=\"2\"").unwrap();
    assert_eq!(merged.lines.len(), 2);
    assert_eq!(read(write(&merged).as_bytes()).unwrap(), merged);
    let path = "EInvoice/EInvoiceData/AuxDetails/@n";
    assert_eq!(
        list("n=\"2\""),
        Err(XmlError::Conflicting {
            element: path.into()
        })
    );
}

#[test]
fn nothing_outside_the_file_is_read() {
    for prolog in [
        "<!DOCTYPE EInvoice>",
        "<!DOCTYPE EInvoice SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE EInvoice [<!ENTITY a \"b\">]>",
    ] {
        let file = [prolog.as_bytes(), &invoice("")].concat();
        assert_eq!(read(&file), Err(XmlError::DocumentType), "{prolog}");
    }
    assert_eq!(
        read(&main_of("<Remark>&xxe;</Remark>")),
        Err(XmlError::UnknownEntity { name: "xxe".into() })
    );
    assert!(read(&main_of("<Remark a=\"&xxe;\"/>")).is_err());
}

#[test]
fn the_five_entities_and_character_references_are_read() {
    let file = main_of("<Remark>&lt;&gt;&amp;&apos;&quot;&#x7968;&#38142;<![CDATA[<&>]]></Remark>");
    let document = read(&file).unwrap();
    assert_eq!(document.main.text("Remark"), "<>&'\"票链<&>");
    assert_eq!(read(write(&document).as_bytes()).unwrap(), document);
}

#[test]
fn other_encodings_and_control_characters_are_rejected() {
    let gbk = [
        b"<?xml version=\"1.0\" encoding=\"GBK\"?>".as_slice(),
        &invoice(""),
    ]
    .concat();
    assert_eq!(
        read(&gbk),
        Err(XmlError::Encoding {
            encoding: "GBK".into()
        })
    );
    assert_eq!(
        read(b"<EInvoice>\xc6\xb1\xff</EInvoice>"),
        Err(XmlError::NotUtf8 { position: 12 })
    );
    assert_eq!(
        read(&main_of("<Remark>&#1;</Remark>")),
        Err(XmlError::BadCharacter {
            character: CodePoint(1)
        })
    );
    assert_eq!(
        read(&main_of("<Remark>\u{8}</Remark>")),
        Err(XmlError::BadCharacter {
            character: CodePoint(8)
        })
    );
}

#[test]
fn a_file_without_an_invoice_is_rejected() {
    assert_eq!(read(b""), Err(XmlError::NoRoot));
    assert_eq!(read(b"hello"), Err(XmlError::TextOutsideRoot));
    assert_eq!(
        read(b"<Invoice/>"),
        Err(XmlError::NotAnInvoice {
            root: "Invoice".into()
        })
    );
    assert_eq!(read(b"<EInvoice/><EInvoice/>"), Err(XmlError::SecondRoot));
    assert!(matches!(
        read(b"<EInvoice>"),
        Err(XmlError::NotWellFormed { .. })
    ));
    assert!(matches!(
        read(b"<EInvoice></Main></EInvoice>"),
        Err(XmlError::NotWellFormed { .. })
    ));
    assert!(matches!(
        read(b"<EInvoice><1a/></EInvoice>"),
        Err(XmlError::BadName { .. })
    ));
}

#[test]
fn every_bound_is_enforced() {
    let nested = |depth: usize| invoice(&("<a>".repeat(depth) + &"</a>".repeat(depth)));
    assert!(read(&nested(DEPTH_MAX - 1)).is_ok());
    assert_eq!(read(&nested(DEPTH_MAX)), Err(XmlError::TooDeep));
    assert_eq!(read(&nested(100_000)), Err(XmlError::TooDeep));

    let attributes = |count: usize| {
        let all: Vec<_> = (0..count).map(|n| format!("a{n}=\"\"")).collect();
        invoice(&format!("<b {}/>", all.join(" ")))
    };
    assert!(read(&attributes(ATTRIBUTES_MAX)).is_ok());
    assert!(matches!(
        read(&attributes(ATTRIBUTES_MAX + 1)),
        Err(XmlError::TooManyAttributes { .. })
    ));

    let text = |bytes: usize| main_of(&format!("<Remark>{}</Remark>", "x".repeat(bytes)));
    assert!(read(&text(TEXT_BYTES_MAX)).is_ok());
    assert_eq!(
        read(&text(TEXT_BYTES_MAX + 1)),
        Err(XmlError::TextTooLong {
            name: "Remark".into()
        })
    );

    let name = |bytes: usize| invoice(&format!("<{}/>", "x".repeat(bytes)));
    assert!(read(&name(NAME_BYTES_MAX)).is_ok());
    assert!(matches!(
        read(&name(NAME_BYTES_MAX + 1)),
        Err(XmlError::BadName { .. })
    ));

    let items = |count: usize| data_of(&format!("<Details>{}</Details>", "<Item/>".repeat(count)));
    assert!(read(&items(ITEMS_MAX)).is_ok());
    assert_eq!(
        read(&items(ITEMS_MAX + 1)),
        Err(XmlError::TooMany { what: "Item" })
    );

    let lines = |count: usize| data_of(&"<AuxItem/>".repeat(count));
    assert!(read(&lines(LINES_MAX)).is_ok());
    assert_eq!(
        read(&lines(LINES_MAX + 1)),
        Err(XmlError::TooMany { what: "AuxItem" })
    );

    let signatures = |count: usize| invoice(&"<EInvoiceSignature/>".repeat(count));
    assert!(read(&signatures(SIGNATURES_MAX)).is_ok());
    assert_eq!(
        read(&signatures(SIGNATURES_MAX + 1)),
        Err(XmlError::TooMany {
            what: "EInvoiceSignature"
        })
    );

    assert_eq!(
        read(&invoice(&"<a/>".repeat(ELEMENTS_MAX))),
        Err(XmlError::TooManyElements)
    );
    let size = FILE_BYTES_MAX + 1;
    assert_eq!(
        read(&vec![b' '; size]),
        Err(XmlError::FileTooLarge { bytes: size })
    );
}

#[test]
fn a_file_cut_off_at_any_byte_is_rejected() {
    let file = sample("outpatient-07-without-number");
    let end = file.iter().rposition(|byte| *byte == b'>').unwrap();
    for length in 0..=end {
        assert!(read(&file[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..4_096)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_markup_makes_the_reader_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<EInvoice>", "</EInvoice>", "<EInvoiceData>", "</EInvoiceData>", "<Main>", "</Main>",
                "<MainExt>", "</MainExt>", "<AuxItem>", "</AuxItem>", "<a b='c'>", "</a>", "<a/>",
                "<![CDATA[", "]]>", "<!--", "-->", "<?pi", "?>", "&amp;", "&#", ";", "&", "<", ">",
                "票", "\"", "'", "=", " ", "\u{feff}", "<x:y>", "</x:y>", "<!DOCTYPE", "1.00",
            ]),
            0..64,
        )
    ) {
        let _ = read(pieces.concat().as_bytes());
    }

    #[test]
    fn a_damaged_sample_is_read_or_refused_and_what_is_read_can_be_written(
        which in any::<Index>(), place in any::<Index>(), byte in any::<u8>(),
    ) {
        let mut samples = samples();
        let (_, file) = &mut samples[which.index(24)];
        let place = place.index(file.len());
        file[place] = byte;
        if let Ok(document) = read(file) {
            prop_assert_eq!(read(write(&document).as_bytes()), Ok(document));
        }
    }

    #[test]
    fn any_text_survives_being_written(text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u{fffe}\u{ffff}]{0,64}") {
        let mut document = outpatient();
        document.main.set("Remark", text.trim());
        document.more.insert("附注".into(), format!("x{text}x"));
        prop_assert_eq!(read(write(&document).as_bytes()), Ok(document));
    }
}
