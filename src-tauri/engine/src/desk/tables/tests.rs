//! Tables as a desk opens them.

use std::path::PathBuf;

use super::*;
use crate::dataset::Correction;
use crate::devices::Computing;
use crate::library::{Home, tiny};
use crate::protocol::{Article, SplitLeak};
use crate::split::{Shares, SplitPart};

/// A desk with the tiny base model, and a folder for tables.
struct Place {
    folder: tempfile::TempDir,
    desk: Desk,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_base(&folder.path().join("home/bases/tiny"));
        let home = Home {
            folder: folder.path().join("home"),
            compact: None,
        };
        Self {
            desk: Desk::new(home, "test".into(), Computing::on_processor(2)),
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn try_open(&mut self, text: &str, roles: &RoleChoices) -> Result<TableOverview, DeskError> {
        let path = self.path("articles.csv");
        std::fs::write(&path, text).unwrap();
        self.desk.open_table(
            &path,
            &ReadingChoices::default(),
            roles,
            &Corrections::default(),
        )
    }

    fn open_corrected(&mut self, text: &str, corrections: &Corrections) -> TableOverview {
        let path = self.path("articles.csv");
        std::fs::write(&path, text).unwrap();
        let (reading, roles) = (ReadingChoices::default(), RoleChoices::default());
        let opened = self.desk.open_table(&path, &reading, &roles, corrections);
        opened.unwrap()
    }

    fn open(&mut self, text: &str) -> TableOverview {
        self.try_open(text, &RoleChoices::default()).unwrap()
    }

    fn list(&mut self, filter: ArticleFilter) -> Vec<usize> {
        let page = self.desk.list_articles(&filter, 0, 500).unwrap();
        assert_eq!(page.total, page.articles.len());
        page.articles.iter().map(|article| article.row).collect()
    }
}

/// Rows as their title, abstract and labels.
fn csv(rows: &[[&str; 3]]) -> String {
    let line = |row: &[&str; 3]| row.map(|cell| format!("\"{cell}\"")).join(",");
    let rows: Vec<String> = rows.iter().map(line).collect();
    format!("title,abstract,labels\n{}\n", rows.join("\n"))
}

const SMALL: [[&str; 3]; 5] = [
    ["Corazón roto", "a study of the heart", "cardio|neuro"],
    ["Stroke", "", "neuro"],
    ["", "", "cardio"],
    ["corazon ROTO", "another study", "cardio"],
    ["Other", "trial", ""],
];

#[test]
fn a_table_is_described_with_its_columns_roles_and_labels() {
    let mut place = Place::new();
    let overview = place.open(&csv(&SMALL));
    assert_eq!(overview.problem, None);
    assert_eq!(overview.roles.unwrap().title.as_deref(), Some("title"));
    let labels = [("cardio".to_owned(), 3), ("neuro".to_owned(), 2)];
    assert_eq!(overview.labels, labels);
    let counts = (
        overview.with_title,
        overview.with_abstract,
        overview.labelled,
    );
    assert_eq!(counts, (4, 3, 4));
    assert_eq!(overview.labels_a_row, [1, 3, 1]);
    let title = &overview.columns[0];
    assert_eq!((title.filled, title.different), (4, 4));
    assert_eq!(title.samples[2], "");
    assert!(!title.is_indicator);
}

#[test]
fn each_separator_is_shown_with_what_it_would_give_the_detected_one_first() {
    let mut place = Place::new();
    let rows = [
        ["1", "x", "a; b"],
        ["2", "x", "a/c; b"],
        ["3", "x", "b; a/c"],
        ["4", "x", "a"],
    ];
    let overview = place.open(&csv(&rows));
    let shown = overview.separators.iter();
    let shown: Vec<(&str, usize, usize)> = shown
        .map(|one| (one.separator.as_str(), one.labels, one.cells))
        .collect();
    assert_eq!(shown, [(";", 3, 3), ("|", 4, 0), ("/", 5, 2), (",", 4, 0)]);
}

#[test]
fn a_table_whose_labels_cannot_be_told_opens_with_the_problem_and_candidates() {
    let mut place = Place::new();
    let overview = place.open("title,abstract,area,year\nA,one,x,1999\nB,two,y,2001\nC,,x,2001\n");
    let problem = overview.problem.unwrap();
    assert!(problem.failure.message.contains("looks like labels"));
    assert_eq!(problem.candidates, ["area", "year"]);
    assert_eq!(overview.roles.unwrap().title.as_deref(), Some("title"));
    assert_eq!((overview.with_title, overview.labelled), (3, 0));
    assert_eq!(place.list(ArticleFilter::default()), [0, 1, 2]);
    let error = place.desk.profile_table("tiny", 12).unwrap_err();
    assert!(matches!(error, DeskError::TableNotReady { .. }), "{error}");
    let chosen = RoleChoices {
        labels: vec!["area".into()],
        ..RoleChoices::default()
    };
    let text = std::fs::read_to_string(place.path("articles.csv")).unwrap();
    let overview = place.try_open(&text, &chosen).unwrap();
    assert_eq!(overview.problem, None);
    assert_eq!(overview.labels.len(), 2);
}

#[test]
fn a_table_whose_texts_cannot_be_told_names_its_longest_columns() {
    let mut place = Place::new();
    let overview = place.open(
        "x,y,labels\nsome longer sentence about hearts,a sentence that is longer still than it,a\nb,c,b\n",
    );
    let problem = overview.problem.unwrap();
    assert_eq!(problem.candidates, ["y", "x"]);
    assert_eq!(overview.roles, None);
}

#[test]
fn two_columns_of_labels_are_both_candidates() {
    let mut place = Place::new();
    let overview = place.open("title,category,labels\nA,x,a\nB,y,b\n");
    assert_eq!(overview.problem.unwrap().candidates, ["category", "labels"]);
}

#[test]
fn a_file_that_is_no_table_cannot_be_opened_and_closes_the_other_one() {
    let mut place = Place::new();
    place.open(&csv(&SMALL));
    let error = place.try_open("", &RoleChoices::default()).unwrap_err();
    assert!(
        matches!(error, DeskError::Job(JobError::Dataset(_))),
        "{error}"
    );
    let error = place.desk.list_articles(&ArticleFilter::default(), 0, 1);
    assert!(matches!(error, Err(DeskError::NoOpenTable)));
}

#[test]
fn a_finding_names_twenty_rows_and_lists_all() {
    let mut place = Place::new();
    let mut rows = vec![["heart", "study", "a"], ["brain", "trial", "b"]];
    rows.extend([["heart", "study", "a"]; 30]);
    let overview = place.open(&csv(&rows));
    let is_duplicate = |one: &FindingOverview| matches!(one.finding, Finding::Duplicate { .. });
    let place_of = overview.findings.iter().position(is_duplicate).unwrap();
    let finding = &overview.findings[place_of];
    assert_eq!((finding.finding.rows().len(), finding.count), (20, 30));
    let filter = ArticleFilter {
        finding: Some(place_of),
        ..ArticleFilter::default()
    };
    assert_eq!(place.list(filter), (2..32).collect::<Vec<_>>());
}

#[test]
fn a_corrected_table_says_what_was_done_and_keeps_the_numbers_of_its_rows() {
    let mut place = Place::new();
    let corrections = Corrections {
        empty: true,
        near_duplicates: true,
        ..Corrections::default()
    };
    let text = csv(&[
        ["", "", "cardio"],
        ["Corazón roto", "a study of the heart", "cardio|neuro"],
        ["corazon ROTO", "another study", "cardio"],
        ["Stroke", "", "neuro"],
        ["Other", "trial", ""],
    ]);
    let overview = place.open_corrected(&text, &corrections);
    let effects = &overview.effects;
    assert_eq!((effects.rows, effects.used), (5, 3));
    assert_eq!((effects.empty, effects.near_duplicates), (1, 1));
    assert_eq!((overview.source.rows, overview.with_title), (5, 3));
    let labels = [("cardio".to_owned(), 1), ("neuro".to_owned(), 2)];
    assert_eq!(overview.labels, labels);
    let unlabelled = &overview.findings[0];
    assert_eq!(unlabelled.finding, Finding::Unlabelled { rows: vec![4] });
    let fixes: Vec<&Correction> = unlabelled.fixes.iter().map(|fix| &fix.correction).collect();
    assert_eq!(fixes, [&Correction::LeaveOutUnlabelled]);
    assert_eq!(place.list(ArticleFilter::default()), [1, 3, 4]);
    let filter = ArticleFilter {
        finding: Some(0),
        ..ArticleFilter::default()
    };
    let page = place.desk.list_articles(&filter, 0, 1).unwrap();
    assert_eq!((page.articles[0].row, page.articles[0].line), (4, Some(6)));
    let profile = place.desk.profile_table("tiny", 12).unwrap();
    assert_eq!(profile.profile.labels_a_row, [1, 1, 1]);
}

#[test]
fn corrections_that_leave_too_little_are_the_problem_and_can_be_taken_back() {
    let mut place = Place::new();
    let corrections = Corrections {
        dropped_labels: ["neuro".to_owned()].into(),
        ..Corrections::default()
    };
    let overview = place.open_corrected(&csv(&SMALL), &corrections);
    assert_eq!(overview.problem.unwrap().failure.code, "oneLabelOnly");
    let dropped = [("neuro".to_owned(), 2)].into();
    assert_eq!(overview.effects.dropped_labels, dropped);
    assert_eq!(place.open(&csv(&SMALL)).problem, None);
}

#[test]
fn duplicates_that_leak_between_parts_are_listed_and_go_with_their_correction() {
    let mut place = Place::new();
    let name = "part".to_owned();
    let by_column = SplitChoice::Column { name };
    let text = "title,abstract,labels,part\n,,a,train\nheart,x,a,train\nbrain,x,b,train\n\
                heart,x,a,test\nstudy,x,b,val\n";
    place.open_corrected(text, &Corrections::default());
    let split = place.desk.preview_split(&by_column, None).unwrap();
    assert_eq!(split.leaks, 1);
    let leak = &split.leaked[0];
    assert_eq!((leak.part, leak.is_of_own_test), (SplitPart::Test, false));
    assert_eq!((leak.article.row, leak.learned.row), (3, 1));
    let corrections = Corrections {
        duplicates: true,
        empty: true,
        ..Corrections::default()
    };
    place.open_corrected(text, &corrections);
    let split = place.desk.preview_split(&by_column, None).unwrap();
    let rows = [&split.training, &split.validation, &split.test].map(|part| part.rows);
    assert_eq!((split.leaks, rows), (0, [2, 1, 0]));
    let wrong = text.replace("val", "sometimes");
    place.open_corrected(&wrong, &corrections);
    let error = place.desk.preview_split(&by_column, None).unwrap_err();
    assert!(error.to_string().starts_with("row 5 "), "{error}");
}

#[test]
fn near_duplicates_are_listed_below_the_row_that_they_resemble() {
    let mut place = Place::new();
    let overview = place.open(&csv(&SMALL));
    let near = |one: &FindingOverview| matches!(one.finding, Finding::NearDuplicate { .. });
    let filter = ArticleFilter {
        finding: overview.findings.iter().position(near),
        ..ArticleFilter::default()
    };
    assert_eq!(place.list(filter), [0, 3]);
}

#[test]
fn articles_are_searched_whatever_their_case_and_accents_and_by_label() {
    let mut place = Place::new();
    place.open(&csv(&SMALL));
    let search = |search: &str| ArticleFilter {
        search: search.into(),
        ..ArticleFilter::default()
    };
    assert_eq!(place.list(search("  CORAZON")), [0, 3]);
    assert_eq!(place.list(search("corazón neuro")), [0]);
    assert_eq!(place.list(search("heart another")), [0_usize; 0]);
    let with_label = |label: &str| ArticleFilter {
        label: Some(label.into()),
        ..ArticleFilter::default()
    };
    assert_eq!(place.list(with_label("neuro")), [0, 1]);
    assert_eq!(place.list(with_label("absent")), [0_usize; 0]);
    let filter = ArticleFilter::default();
    let page = place.desk.list_articles(&filter, 1, 1).unwrap();
    assert_eq!(page.total, 5);
    let expected = Article {
        row: 1,
        line: Some(3),
        id: None,
        title: "Stroke".into(),
        abstract_text: String::new(),
        labels: vec!["neuro".into()],
    };
    assert_eq!(page.articles, [expected]);
}

#[test]
fn a_page_has_500_articles_at_most() {
    let mut place = Place::new();
    place.open(&csv(&[["heart", "study", "a|b"]; 600]));
    let filter = ArticleFilter::default();
    let page = place.desk.list_articles(&filter, 50, 10_000).unwrap();
    assert_eq!((page.total, page.articles.len()), (600, 500));
    assert_eq!(page.articles[0].row, 50);
}

#[test]
fn a_profile_counts_word_pieces_and_those_that_are_unknown() {
    let mut place = Place::new();
    place.open(&csv(&[
        ["heart study", "of the brain, and", "a"],
        ["heart", "qqqq study xyz", "b"],
    ]));
    let profile = place.desk.profile_table("tiny", 6).unwrap();
    assert_eq!(profile.profile.labels, ["a", "b"]);
    let lengths = &profile.profile.lengths;
    // The comma is no word of the tiny vocabulary either.
    assert_eq!((lengths.word_pieces, lengths.texts_cut), (9 + 6, 1));
    assert!((profile.unknown_share - 3.0 / 11.0).abs() < 1e-9);
    assert!((profile.pieces_a_word - 1.0).abs() < 1e-9);
    let open = place.desk.table.as_ref().unwrap();
    assert_eq!(open.profile.as_ref(), Some(&profile.profile));
}

fn many() -> String {
    let labels = ["a", "a|b", "b", "a"];
    let parts = ["train", "train", "val", "test"];
    let mut text = String::from("title,abstract,labels,part\n");
    for row in 0..60 {
        let (label, part) = (labels[row % 4], parts[row % 4]);
        text += &format!("heart {},study,{label},{part}\n", row % 50);
    }
    text
}

#[test]
fn a_split_is_previewed_with_its_labels_and_leaks() {
    let mut place = Place::new();
    place.open(&many());
    let shares = Shares {
        training: 0.5,
        validation: 0.25,
        test: 0.25,
        seed: 1,
    };
    let split = place.desk.preview_split(&SplitChoice::Random(shares), None);
    let split = split.unwrap();
    let rows = [&split.training, &split.validation, &split.test].map(|part| part.rows);
    assert_eq!(rows, [30, 15, 15]);
    let has = split.training.labels[0] + split.validation.labels[0] + split.test.labels[0];
    assert_eq!(has, 45);
    assert!(split.missing.is_empty());
    let stratified = place
        .desk
        .preview_split(&SplitChoice::Stratified(shares), None);
    assert_eq!(stratified.unwrap().leaks, 0);
}

#[test]
fn a_split_by_a_column_names_the_labels_that_a_part_lacks() {
    let mut place = Place::new();
    place.open(&many());
    let name = "part".to_owned();
    let split = place
        .desk
        .preview_split(&SplitChoice::Column { name }, None);
    let split = split.unwrap();
    let rows = [&split.training, &split.validation, &split.test].map(|part| part.rows);
    assert_eq!(rows, [30, 15, 15]);
    assert_eq!(split.missing["a"], ["validation"]);
    assert_eq!(split.missing["b"], ["test"]);
    let name = "absent".to_owned();
    let error = place
        .desk
        .preview_split(&SplitChoice::Column { name }, None);
    assert!(error.unwrap_err().to_string().contains("\"absent\""));
}

#[test]
fn a_test_table_of_its_own_is_the_test_part_of_the_preview() {
    let mut place = Place::new();
    place.open(&many());
    let path = place.path("test.csv");
    std::fs::write(&path, "title,abstract,labels\nheart 1,x,b\nnew,x,a\n").unwrap();
    let choice = SplitChoice::OwnTest {
        validation: 0.2,
        seed: 1,
    };
    let split = place.desk.preview_split(&choice, Some(&path)).unwrap();
    assert_eq!((split.test.rows, &split.test.labels[..]), (2, &[1, 1][..]));
    assert_eq!(split.training.rows + split.validation.rows, 60);
    let of_test = split.leaked.iter().filter(|leak| leak.is_of_own_test);
    let of_test: Vec<&SplitLeak> = of_test.collect();
    let [leak] = of_test.as_slice() else {
        panic!("{of_test:?}");
    };
    assert_eq!(leak.article.title, leak.learned.title);
    assert_eq!((leak.article.row, leak.article.line), (60, Some(2)));
    assert_eq!(leak.article.labels, ["b"]);
}
