//! The commands about files, projects, settings and the history, by their names, with the JSON
//! that the page sends and gets.

use std::path::Path;
use std::sync::{Arc, Mutex};

use etiqueta_desktop::COMMANDS;
use serde_json::{Value, json};
use tauri::Listener;

use crate::program::{Program, code};
use crate::surroundings::FakeDesktop;

fn project(id: &str, table: &Path) -> Value {
    json!({
        "id": id, "name": "Ictus", "created": "2026-11-25T10:00:00Z", "opened": "2026-11-25T10:00:00Z",
        "table": table, "sha256": "", "rows": 3, "labels": ["a"],
        "reading": serde_json::to_value(engine::dataset::ReadingChoices::default()).unwrap(),
        "roles": serde_json::to_value(engine::dataset::RoleChoices::default()).unwrap(),
        "corrections": serde_json::to_value(engine::dataset::Corrections::default()).unwrap(),
        "split": serde_json::to_value(engine::split::SplitChoice::recommended(1)).unwrap(),
        "testTable": null, "models": [],
    })
}

#[test]
fn every_command_of_the_list_is_there_and_granted_to_the_page() {
    let program = Program::start();
    for command in COMMANDS
        .iter()
        .filter(|command| **command != "close_window")
    {
        if let Err(error) = program.call(command, json!({})) {
            let text = error.to_string();
            assert!(
                !text.contains("not found") && !text.contains("not allowed"),
                "{command}: {text}"
            );
        }
    }
    let unknown = program.call("read_any_file", json!({})).unwrap_err();
    assert!(unknown.to_string().contains("not"), "{unknown}");
}

#[test]
fn the_page_has_no_file_dialog_or_network_command() {
    let program = Program::start();
    for command in [
        "plugin:dialog|open",
        "plugin:fs|read_file",
        "plugin:event|emit",
        "plugin:window|close",
    ] {
        assert!(program.call(command, json!({})).is_err(), "{command}");
    }
}

#[test]
fn no_choice_is_no_path() {
    let program = Program::start();
    let body = json!({ "purpose": "openTable", "suggestion": null });
    assert_eq!(program.call("choose_path", body).unwrap(), Value::Null);
}

#[test]
fn the_example_is_a_table_in_each_language() {
    let program = Program::start();
    let english = program
        .call("open_example", json!({ "language": "en" }))
        .unwrap();
    assert_eq!(
        (&english["name"], &english["kind"]),
        (&json!("abstracts-en.csv"), &json!("table"))
    );
    let spanish = program
        .call("open_example", json!({ "language": "es" }))
        .unwrap();
    assert_eq!(spanish["name"], "resumenes-es.csv");
}

#[test]
fn a_project_is_kept_with_tables_that_were_opened_and_with_no_others() {
    let program = Program::start();
    let secret = program.home.path().join("secret.csv");
    let hidden = json!({ "project": project("one", &secret) });
    assert_eq!(code(program.call("save_project", hidden)), "pathNotOpened");
    let table = program.choose("a.csv", "openTable");
    let body = json!({ "project": project("one", &table) });
    program.call("save_project", body.clone()).unwrap();
    assert_eq!(
        program.call("list_projects", json!({})).unwrap(),
        json!([body["project"]])
    );
    let outside = json!({ "project": project("../one", &table) });
    assert_eq!(
        code(program.call("save_project", outside)),
        "projectUnwritable"
    );
    program
        .call("delete_project", json!({ "id": "one" }))
        .unwrap();
    assert_eq!(program.call("list_projects", json!({})).unwrap(), json!([]));
}

#[test]
fn a_project_keeps_its_corrections_and_one_from_before_has_none() {
    let program = Program::start();
    let table = program.choose("a.csv", "openTable");
    let mut corrected = project("one", &table);
    corrected["corrections"]["duplicates"] = json!(true);
    corrected["corrections"]["contradictions"] = json!("join");
    corrected["corrections"]["renamedLabels"] = json!({ "Onco": "oncological" });
    program
        .call("save_project", json!({ "project": corrected }))
        .unwrap();
    assert_eq!(
        program.call("list_projects", json!({})).unwrap(),
        json!([corrected])
    );
    let file = program.home.path().join("projects/one.json");
    let mut old = project("one", &table);
    old.as_object_mut().unwrap().remove("corrections");
    std::fs::write(file, old.to_string()).unwrap();
    assert_eq!(
        program.call("list_projects", json!({})).unwrap(),
        json!([project("one", &table)])
    );
}

#[test]
fn a_project_of_last_time_opens_its_table() {
    let program = Program::start();
    let table = program.home.path().join("a.csv");
    let folder = program.home.path().join("projects");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("one.json"), project("one", &table).to_string()).unwrap();
    std::fs::write(folder.join("broken.json"), "{").unwrap();
    assert_eq!(
        code(program.call("show_in_folder", json!({ "path": table }))),
        "pathNotOpened"
    );
    assert_eq!(
        program
            .call("list_projects", json!({}))
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let request = json!({ "kind": "evaluateTable", "evaluation": {
        "model": "one", "table": table,
        "reading": project("one", &table)["reading"], "roles": project("one", &table)["roles"],
    }});
    // The worker is missing here, so the path was let through.
    assert_eq!(
        code(program.call("start_job", json!({ "request": request }))),
        "workerMissing"
    );
}

#[test]
fn settings_are_kept_and_a_worker_command_only_when_the_user_allows_it() {
    let program = Program::start();
    let mut settings = program.call("load_settings", json!({})).unwrap();
    assert_eq!(settings["fontSize"], 100);
    settings["fontSize"] = json!(120);
    settings["workerCommand"] = json!(["rm", "-rf"]);
    program
        .call("save_settings", json!({ "settings": settings }))
        .unwrap();
    let kept = program.call("load_settings", json!({})).unwrap();
    assert_eq!(
        (&kept["fontSize"], &kept["workerCommand"]),
        (&json!(120), &json!([]))
    );
    let mut moved = kept;
    moved["folder"] = json!("/etc");
    let refused = program.call("save_settings", json!({ "settings": moved }));
    assert_eq!(code(refused), "pathNotOpened");
    let file = std::fs::read_to_string(program.home.path().join("settings.json")).unwrap();
    assert!(file.contains("\"fontSize\": 120"), "{file}");
}

#[test]
#[cfg(unix)]
fn settings_that_cannot_be_written_are_told() {
    let program = Program::start();
    // A folder is no file to write, not even for the superuser.
    std::fs::create_dir_all(program.home.path().join("settings.json/in-the-way")).unwrap();
    let settings = program.call("load_settings", json!({})).unwrap();
    let failed = program.call("save_settings", json!({ "settings": settings }));
    assert_eq!(code(failed), "settingsUnwritable");
}

#[test]
fn the_history_is_newest_first_and_without_repetitions_until_it_is_wiped_or_not_wanted() {
    let program = Program::start();
    let entry = |at: &str, title: &str| {
        json!({
            "at": at, "model": "one",
            "document": { "id": null, "title": title, "abstractText": "A" },
            "answer": { "labels": [], "wordPieces": 4, "cut": 0 },
        })
    };
    let mut cut = entry("2026-11-25T11:00:00Z", "Cut");
    cut["readUntil"] = json!(3);
    let asked_again = entry("2026-11-25T09:00:00Z", "Cut");
    for entry in [asked_again, entry("2026-11-25T10:00:00Z", "Whole"), cut] {
        program
            .call("add_to_history", json!({ "entry": entry }))
            .unwrap();
    }
    let history = program.call("load_history", json!({})).unwrap();
    assert_eq!(history[0]["at"], "2026-11-25T11:00:00Z");
    assert_eq!(history[0]["readUntil"], 3);
    assert_eq!(history[1]["readUntil"], Value::Null);
    assert_eq!(history.as_array().unwrap().len(), 2);
    program.call("wipe_history", json!({})).unwrap();
    let mut settings = program.call("load_settings", json!({})).unwrap();
    settings["keepsHistory"] = json!(false);
    program
        .call("save_settings", json!({ "settings": settings }))
        .unwrap();
    program
        .call(
            "add_to_history",
            json!({ "entry": entry("2026-11-25T12:00:00Z", "Unwanted") }),
        )
        .unwrap();
    assert_eq!(program.call("load_history", json!({})).unwrap(), json!([]));
}

#[test]
fn the_file_manager_opens_in_the_data_folder_and_nowhere_that_was_not_opened() {
    let program = Program::start();
    let models = program.home.path().join("models");
    std::fs::create_dir(&models).unwrap();
    program
        .call("show_in_folder", json!({ "path": models }))
        .unwrap();
    let outside = models.join("../../");
    assert_eq!(
        code(program.call("show_in_folder", json!({ "path": outside }))),
        "pathNotOpened"
    );
    assert_eq!(*program.desktop.shown.lock().unwrap(), [models]);
}

#[test]
fn a_text_is_written_where_the_user_chose_to_write_and_not_over_a_table_that_is_open() {
    let program = Program::start();
    let table = program.choose("a.csv", "openTable");
    let write =
        |path: &Path| program.call("save_text", json!({ "path": path, "text": "título\n" }));
    assert_eq!(code(write(&table)), "pathNotOpened");
    let output = program.choose("b.csv", "saveTable");
    write(&output).unwrap();
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "título\n");
    let nowhere = program.choose("missing/b.csv", "saveTable");
    assert_eq!(code(write(&nowhere)), "textUnwritable");
}

#[test]
fn files_that_the_program_was_started_with_are_given_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "").unwrap();
    let program = Program::start_with(FakeDesktop::default(), |surroundings| {
        surroundings.arguments = vec!["etiqueta-desktop".into(), "a.csv".into()];
        surroundings.current_folder = folder.path().into();
    });
    let files = program.call("take_opened_files", json!({})).unwrap();
    assert_eq!(files[0]["path"], json!(folder.path().join("a.csv")));
    assert_eq!(files[0]["kind"], "table");
    assert_eq!(
        program.call("take_opened_files", json!({})).unwrap(),
        json!([])
    );
}

#[test]
fn tests_drop_files_by_an_event_only_when_the_environment_says_so() {
    let emit = |program: &Program, path: &Path| {
        let payload = json!({ "paths": [path] });
        program.call(
            "plugin:event|emit",
            json!({ "event": "test-drop", "payload": payload }),
        )
    };
    let table = Path::new("/data/a.csv");
    assert!(emit(&Program::start(), table).is_err());
    let program = Program::start_with(FakeDesktop::default(), |surroundings| {
        surroundings.has_test_drops = true;
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    program.app.listen_any("files-dropped", move |event| {
        kept.lock()
            .unwrap()
            .push(serde_json::from_str::<Value>(event.payload()).unwrap());
    });
    emit(&program, table).unwrap();
    let dropped = &told.lock().unwrap()[0]["paths"][0];
    assert_eq!(
        (&dropped["path"], &dropped["kind"]),
        (&json!(table), &json!("table"))
    );
    program
        .call("show_in_folder", json!({ "path": table }))
        .unwrap();
}
