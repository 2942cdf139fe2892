//! Single models, their articles and charts.

use super::*;
use crate::charts::{Chart, ChartStyle};
use crate::evaluation::ArticleCell;
use crate::jobs::JobError;
use crate::library::model::{CONFIG_FILE, ModelError, RECORD_FILE};
use crate::protocol::{ChartSource, ExportFormat, JudgedArticles};

fn judged(place: &mut Place, label: usize, cell: ArticleCell) -> JudgedArticles {
    let request = Request::ListJudged {
        model: "one".into(),
        label,
        cell,
        offset: 0,
        limit: 10,
    };
    value!(place.ask(request), ListJudged)
}

#[test]
fn an_opened_model_shows_its_evaluation_and_whether_its_table_is_there() {
    let mut place = Place::new();
    let open = || Request::OpenModel {
        model: "one".into(),
    };
    let model = value!(place.ask(open()), OpenModel);
    assert_eq!(model.labels, tiny::LABELS);
    let evaluation = model.evaluation.unwrap();
    assert_eq!(evaluation.rows, 2);
    // Given: heart of A, brain of C, both right; there are three labels to find.
    assert_eq!(evaluation.of_hundred.right, Some(100));
    assert_eq!(evaluation.of_hundred.found, Some(67));
    assert!(model.table_is_there && model.bytes > 1_000);
    std::fs::write(place.path("articles.csv"), "changed").unwrap();
    assert!(!value!(place.ask(open()), OpenModel).table_is_there);
}

#[test]
fn the_articles_behind_a_count_come_with_their_texts() {
    let mut place = Place::new();
    let missed = judged(&mut place, 0, ArticleCell::Missed);
    assert!(missed.table_is_there);
    assert_eq!(missed.total, 1);
    let article = &missed.articles[0];
    assert_eq!(article.article.title, "C");
    assert_eq!(article.article.abstract_text, "third");
    assert_eq!((article.article.row, article.article.line), (2, Some(4)));
    assert_eq!(article.article.labels, ["heart", "brain"]);
    assert_eq!(article.given, ["brain"]);
    assert_eq!(article.scores, [0.25, 0.625]);
    assert_eq!(judged(&mut place, 0, ArticleCell::Positives).total, 2);
    assert_eq!(judged(&mut place, 1, ArticleCell::FalseAlarms).total, 0);
}

#[test]
fn without_their_table_articles_come_without_texts() {
    let mut place = Place::new();
    judged(&mut place, 0, ArticleCell::Missed);
    std::fs::remove_file(place.path("articles.csv")).unwrap();
    let missed = judged(&mut place, 0, ArticleCell::Missed);
    assert!(!missed.table_is_there);
    assert_eq!(missed.articles[0].article.title, "");
    assert_eq!(missed.articles[0].given, ["brain"]);
}

#[test]
fn the_next_page_is_given_without_reading_the_model_again_until_its_record_changes() {
    let mut place = Place::new();
    judged(&mut place, 0, ArticleCell::Missed);
    let config = std::fs::read(place.model("one").join(CONFIG_FILE)).unwrap();
    std::fs::remove_file(place.model("one").join(CONFIG_FILE)).unwrap();
    let missed = judged(&mut place, 0, ArticleCell::Missed);
    assert_eq!(missed.articles[0].article.title, "C");
    let record = place.model("one").join(RECORD_FILE);
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text + "\n").unwrap();
    place.ask(positives()).unwrap_err();
    std::fs::write(place.model("one").join(CONFIG_FILE), config).unwrap();
    assert_eq!(value!(place.ask(positives()), ListJudged).total, 2);
}

fn positives() -> Request {
    Request::ListJudged {
        model: "one".into(),
        label: 0,
        cell: ArticleCell::Positives,
        offset: 0,
        limit: 10,
    }
}

#[test]
fn articles_are_those_of_the_thresholds_that_were_kept_last() {
    let mut place = Place::new();
    assert_eq!(judged(&mut place, 0, ArticleCell::Missed).total, 1);
    let thresholds = Request::SetThresholds {
        model: "one".into(),
        thresholds: vec![0.2, 0.25],
    };
    place.ask(thresholds).unwrap();
    assert_eq!(judged(&mut place, 0, ArticleCell::Missed).total, 0);
}

#[test]
fn a_label_that_the_model_does_not_have_is_refused() {
    let mut place = Place::new();
    let request = Request::ListJudged {
        model: "one".into(),
        label: 2,
        cell: ArticleCell::Found,
        offset: 0,
        limit: 1,
    };
    let error = place.ask(request).unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::NoSuchLabel {
                number: 2,
                labels: 2
            }
        ),
        "{error}"
    );
}

#[test]
fn a_model_is_renamed_noted_deleted_and_had_back() {
    let mut place = Place::new();
    let model = || "two".to_owned();
    let rename = Request::RenameModel {
        model: "one".into(),
        name: model(),
    };
    place.ask(rename).unwrap();
    let note = Request::NoteModel {
        model: model(),
        notes: "para la revisión".into(),
    };
    place.ask(note).unwrap();
    let delete = Request::DeleteModel { model: model() };
    assert!(value!(place.ask(delete.clone()), DeleteModel) > 1_000);
    place.ask(delete).unwrap_err();
    place.ask(Request::RestoreModel { model: model() }).unwrap();
    let opened = value!(place.ask(Request::OpenModel { model: model() }), OpenModel);
    assert_eq!(opened.manifest.unwrap().notes, "para la revisión");
}

#[test]
fn a_path_is_no_name_of_a_model() {
    let mut place = Place::new();
    let model = place.model("one").to_string_lossy().into_owned();
    let requests = [
        Request::OpenModel {
            model: model.clone(),
        },
        Request::NoteModel {
            model: model.clone(),
            notes: "x".into(),
        },
        Request::ExportModel {
            model,
            format: ExportFormat::Zip,
            path: place.path("x.zip"),
        },
    ];
    for request in requests {
        let error = place.ask(request).unwrap_err();
        assert!(
            matches!(
                error,
                DeskError::Job(JobError::Model(ModelError::Unknown { .. }))
            ),
            "{error}"
        );
    }
}

#[test]
fn a_model_goes_out_as_a_zip_and_comes_in_again() {
    let mut place = Place::new();
    let path = place.path("uno.zip");
    let export = Request::ExportModel {
        model: "one".into(),
        format: ExportFormat::Zip,
        path: path.clone(),
    };
    place.ask(export).unwrap();
    let import = Request::ImportModel {
        path,
        name: None,
        base: None,
        labels: None,
    };
    assert_eq!(value!(place.ask(import), ImportModel), "uno");
}

#[test]
fn charts_are_drawn_of_a_model_and_a_report_is_written() {
    let mut place = Place::new();
    let draw = |source| Request::DrawChart {
        source,
        chart: Chart::LabelF1,
        style: ChartStyle::default(),
    };
    let source = ChartSource::Model {
        model: "one".into(),
    };
    let drawn = value!(place.ask(draw(source)), DrawChart);
    assert!(drawn.svg.starts_with("<svg") && !drawn.title.is_empty());
    // Both labels, and the means of all.
    assert_eq!(drawn.table.rows.len(), 4);
    let error = place.ask(draw(ChartSource::Table)).unwrap_err();
    assert!(matches!(error, DeskError::NoOpenTable), "{error}");
    let report = Request::WriteReport {
        model: "one".into(),
        path: place.path("report"),
        style: ChartStyle::default(),
    };
    let written = value!(place.ask(report), WriteReport);
    assert_eq!(written, place.path("report/report.md"));
    assert!(written.exists());
}
