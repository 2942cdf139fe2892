//! Reads SVG back, strictly: what is not well-formed XML is an error.

use std::collections::BTreeMap;

/// An element with its attributes and its text.
#[derive(Debug, Default, Clone)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: BTreeMap<String, String>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        self.attribute(name).parse().unwrap()
    }
}

/// All elements of a document, the root first.
pub(super) fn read(svg: &str) -> Vec<Element> {
    let allowed = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t' | '\r');
    assert!(
        svg.chars().all(allowed),
        "a character that XML does not have"
    );
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = unescaped(&rest[..start]);
        match open.last() {
            Some(&index) => elements[index].text.push_str(text.trim()),
            None => assert!(text.trim().is_empty(), "text outside of the root: {text}"),
        }
        let end = rest.find('>').expect("a tag without an end");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let index = open.pop().expect("an end without a beginning");
            assert_eq!(elements[index].name, name);
            continue;
        }
        let (tag, is_empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        assert!(elements.is_empty() || !open.is_empty(), "a second root");
        if !is_empty {
            open.push(elements.len());
        }
        elements.push(element(tag));
    }
    assert!(
        rest.trim().is_empty() && open.is_empty(),
        "not closed: {open:?}"
    );
    elements
}

fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(
        name.chars().all(|letter| letter.is_ascii_lowercase()),
        "{tag}"
    );
    let mut attributes = BTreeMap::new();
    while !rest.trim().is_empty() {
        let (key, after) = rest
            .split_once("=\"")
            .expect("an attribute without a value");
        let (value, after) = after.split_once('"').expect("a value without an end");
        assert!(!value.contains('<'), "{value}");
        let double = attributes.insert(key.trim().to_owned(), unescaped(value));
        assert!(double.is_none(), "{key} stands twice");
        rest = after;
    }
    Element {
        name: name.into(),
        attributes,
        text: String::new(),
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        let (name, after) = rest[start + 1..].split_once(';').expect("an & of its own");
        plain.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => panic!("{other} is not defined"),
        });
        rest = after;
    }
    plain + rest
}

/// The elements of this name that are filled or drawn in `colour`, as "#0072B2".
pub(super) fn in_colour<'a>(
    elements: &'a [Element],
    name: &'a str,
    colour: &'a str,
) -> impl Iterator<Item = &'a Element> {
    let has = move |element: &&Element| {
        element.name == name
            && (element.attribute("fill") == colour || element.attribute("stroke") == colour)
    };
    elements.iter().filter(has)
}

/// All texts.
pub(super) fn texts(elements: &[Element]) -> Vec<&str> {
    let texts = elements.iter().filter(|element| element.name == "text");
    texts.map(|element| element.text.as_str()).collect()
}
