//! Tables whose findings were corrected.

use super::*;

/// Empty texts, duplicates and a variant of a label above the usual rows.
fn write_faulty(place: &Place, name: &str) {
    let text = std::fs::read_to_string(place.path("articles.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let first = rows.lines().next().unwrap();
    let faulty = format!("{header}\n,,brain,train\n{first}\nstroke,trial,Brain,train\n{rows}");
    std::fs::write(place.path(name), faulty).unwrap();
}

fn corrections() -> Corrections {
    Corrections {
        empty: true,
        duplicates: true,
        unlabelled: true,
        renamed_labels: [("Brain".to_owned(), "brain".to_owned())].into(),
        ..Corrections::default()
    }
}

#[test]
fn a_corrected_table_is_learned_from_and_the_model_says_how() {
    let place = Place::new();
    write_faulty(&place, "faulty.csv");
    let mut request = place.request("one");
    request.table = place.path("faulty.csv");
    request.corrections = corrections();
    let (trained, events) = place.train(&request, None);
    let Trained {
        manifest, record, ..
    } = trained.unwrap();
    assert_eq!(manifest.labels, ["brain", "heart"]);
    assert_eq!(manifest.corrections, request.corrections);
    let effects = &manifest.effects;
    assert_eq!(
        (effects.rows, effects.empty, effects.duplicates),
        (63, 1, 1)
    );
    assert!(effects.unlabelled > 0);
    assert_eq!(effects.used, 61 - effects.unlabelled);
    let sizes = manifest.split_sizes;
    assert_eq!(sizes.training + sizes.validation + sizes.test, effects.used);
    assert!(
        matches!(&events[0], JobEvent::TableRead { effects: told, .. } if told.as_ref() == effects)
    );
    // What is kept names the rows of the file.
    let articles = manifest.read_articles().unwrap();
    let Split {
        training,
        validation,
        test,
    } = &record.split;
    let all = [&training[..], validation, test].concat();
    assert!(!all.contains(&0) && !all.contains(&3) && all.contains(&1) && all.contains(&62));
    let test = record.test.as_ref().unwrap();
    assert_eq!(test.rows, record.split.test);
    for (place, &row) in test.rows.iter().enumerate() {
        let has_heart = test.targets.row(place)[1];
        let title = &articles[row].document.title;
        assert!(
            !title.starts_with("heart") || has_heart,
            "row {row}: {title}"
        );
    }
    let model = place.home().models().open("one").unwrap();
    assert_eq!(model.manifest.unwrap().effects, manifest.effects);
}

#[test]
fn a_corrected_run_is_resumed_with_its_corrections() {
    let place = Place::new();
    write_faulty(&place, "faulty.csv");
    let mut request = place.request("one");
    request.table = place.path("faulty.csv");
    request.corrections = corrections();
    place.train(&request, Some(3)).0.unwrap();
    let resumed = place.resume("one").0.unwrap();
    assert_eq!(resumed.end, End::Finished);
    assert_eq!(resumed.manifest.corrections, request.corrections);
}

#[test]
fn a_run_from_before_there_were_corrections_is_the_same_run() {
    let place = Place::new();
    place.train(&place.request("one"), Some(3)).0.unwrap();
    let path = place.path("home/runs/one/run.json");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(!text.contains("corrections"), "{text}");
    assert_eq!(place.resume("one").0.unwrap().end, End::Finished);
}

#[test]
fn a_test_table_of_its_own_is_corrected_too_and_by_itself() {
    let place = Place::new();
    write_faulty(&place, "faulty.csv");
    let test = "title,abstract,labels\n,,brain\nheart 0,brain trial,Brain\n\
                heart 0,brain trial,Brain\nnew,trial,\n";
    std::fs::write(place.path("test.csv"), test).unwrap();
    let mut request = place.request("one");
    request.test_table = Some(place.path("test.csv"));
    request.split = SplitChoice::OwnTest {
        validation: 0.2,
        seed: 1,
    };
    let error = place.error(&TrainingRequest {
        table: place.path("articles.csv"),
        ..request.clone()
    });
    assert!(error.to_string().contains("\"Brain\""), "{error}");
    request.table = place.path("faulty.csv");
    request.corrections = corrections();
    let trained = place.train(&request, None).0.unwrap();
    let effects = trained.manifest.test_effects.unwrap();
    let counts = (effects.empty, effects.duplicates, effects.unlabelled);
    assert_eq!((effects.rows, effects.used, counts), (4, 1, (1, 1, 1)));
    assert_eq!(trained.record.split.test, [64]);
}
