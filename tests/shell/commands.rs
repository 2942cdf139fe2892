//! Every command by its name, with the JSON that the page sends and gets.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use etiqueta_desktop::jobs::Patience;
use etiqueta_desktop::places::Surroundings;
use etiqueta_desktop::{COMMANDS, configure, context};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Listener, WebviewWindow};

use crate::surroundings::{FakeDesktop, fake_worker};

struct Program {
    app: App<MockRuntime>,
    page: WebviewWindow<MockRuntime>,
    desktop: Arc<FakeDesktop>,
    home: tempfile::TempDir,
}

impl Program {
    fn start() -> Self {
        Self::start_with(FakeDesktop::default(), |_| {})
    }

    fn start_with(desktop: FakeDesktop, change: impl FnOnce(&mut Surroundings)) -> Self {
        use tauri::Manager;
        let home = tempfile::tempdir().unwrap();
        let desktop = Arc::new(desktop);
        let mut surroundings = Surroundings {
            home: Some(home.path().into()),
            ..Surroundings::default()
        };
        change(&mut surroundings);
        let given = Arc::clone(&desktop);
        let builder = configure(mock_builder(), surroundings, Patience::default(), |_| given);
        // The program's own configuration: a command that the page is not granted fails here too.
        let mut app = builder.build(context()).unwrap();
        // The first turn of the loop sets the program up.
        #[expect(deprecated, reason = "a test has no other way to turn the loop once")]
        app.run_iteration(|_, _| {});
        let page = app.get_webview_window("main").unwrap();
        Self {
            app,
            page,
            desktop,
            home,
        }
    }

    /// With a worker from the fixtures.
    fn with_worker(name: &str) -> Self {
        let program = Self::start_with(
            FakeDesktop {
                allows: true,
                ..FakeDesktop::default()
            },
            |_| {},
        );
        let mut settings = program.call("load_settings", json!({})).unwrap();
        settings["workerCommand"] = json!(fake_worker(name));
        program
            .call("save_settings", json!({ "settings": settings }))
            .unwrap();
        program
    }

    fn call(&self, command: &str, body: Value) -> Result<Value, Value> {
        let address = if cfg!(windows) {
            "http://tauri.localhost"
        } else {
            "tauri://localhost"
        };
        let request = InvokeRequest {
            cmd: command.into(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: address.parse().unwrap(),
            body: InvokeBody::Json(body),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.into(),
        };
        let response = get_ipc_response(&self.page, request)?;
        Ok(response.deserialize().unwrap())
    }

    /// Opens a file with the dialog, for a purpose.
    fn choose(&self, name: &str, purpose: &str) -> PathBuf {
        let path = self.home.path().join(name);
        *self.desktop.choice.lock().unwrap() = Some(path.clone());
        let body = json!({ "purpose": purpose, "suggestion": null });
        let opened = self.call("choose_path", body).unwrap();
        assert_eq!(opened["path"], json!(path));
        path
    }

    fn job(&self, id: u64) -> Value {
        let jobs = self.call("list_jobs", json!({})).unwrap();
        let mut jobs = jobs.as_array().unwrap().iter();
        jobs.find(|job| job["id"] == id).unwrap().clone()
    }

    fn until(&self, id: u64, state: &str) -> Value {
        let began = Instant::now();
        loop {
            let job = self.job(id);
            if job["state"] == state {
                return job;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{job}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn project(id: &str, table: &Path) -> Value {
    json!({
        "id": id, "name": "Ictus", "created": "2026-11-25T10:00:00Z", "opened": "2026-11-25T10:00:00Z",
        "table": table, "sha256": "", "rows": 3, "labels": ["a"],
        "reading": serde_json::to_value(engine::dataset::ReadingChoices::default()).unwrap(),
        "roles": serde_json::to_value(engine::dataset::RoleChoices::default()).unwrap(),
        "split": serde_json::to_value(engine::split::SplitChoice::recommended(1)).unwrap(),
        "testTable": null, "models": [],
    })
}

fn code(result: Result<Value, Value>) -> String {
    let failure = result.unwrap_err();
    assert!(
        failure["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{failure}"
    );
    assert!(failure["details"].is_object(), "{failure}");
    failure["code"].as_str().unwrap().into()
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
fn a_question_goes_to_a_worker_and_its_failure_comes_back_with_its_code() {
    let program = Program::with_worker("answers");
    let machine = program
        .call("ask", json!({ "request": { "kind": "describeMachine" } }))
        .unwrap();
    assert_eq!(machine["kind"], "describeMachine");
    assert_eq!(machine["value"]["folder"], json!(program.home.path()));
    let failed = program.call("ask", json!({ "request": { "kind": "listLibrary" } }));
    assert_eq!(code(failed), "modelMissing");
}

#[test]
fn a_file_that_the_user_did_not_open_is_not_read() {
    let program = Program::with_worker("answers");
    let ask = |path: &Path| {
        let request = json!({ "kind": "readText", "path": path });
        program.call("ask", json!({ "request": request }))
    };
    let secret = program.home.path().join("secret.txt");
    assert_eq!(code(ask(&secret)), "pathNotOpened");
    let opened = program.choose("a.txt", "openText");
    let answer = ask(&opened).unwrap();
    assert_eq!(answer["value"], format!("text of {}", opened.display()));
}

#[test]
fn without_a_worker_its_place_is_told() {
    let program = Program::start_with(FakeDesktop::default(), |surroundings| {
        surroundings.worker = Some("/nowhere/etiqueta".into());
    });
    let failed = program.call("ask", json!({ "request": { "kind": "describeMachine" } }));
    assert_eq!(
        failed.as_ref().unwrap_err()["details"]["path"],
        "/nowhere/etiqueta"
    );
    assert_eq!(code(failed), "workerMissing");
}

#[test]
fn a_job_is_started_paused_resumed_and_forgotten() {
    let program = Program::with_worker("answers");
    let request = json!({ "kind": "resumeRun", "run": "one" });
    let id = program
        .call("start_job", json!({ "request": request }))
        .unwrap();
    let id = id.as_u64().unwrap();
    let second = program.call("start_job", json!({ "request": request }));
    assert_eq!(code(second), "trainingInProgress");
    program.until(id, "running");
    assert_eq!(
        code(program.call("forget_job", json!({ "id": id }))),
        "jobNotOver"
    );
    program.call("pause_job", json!({ "id": id })).unwrap();
    program.until(id, "paused");
    program.call("resume_job", json!({ "id": id })).unwrap();
    let job = program.until(id, "stopped");
    assert_eq!(job["request"], request);
    assert_eq!(job["answer"], json!({ "kind": "resumeRun", "value": null }));
    program.call("forget_job", json!({ "id": id })).unwrap();
    assert_eq!(program.call("list_jobs", json!({})).unwrap(), json!([]));
    for command in ["pause_job", "resume_job", "forget_job"] {
        assert_eq!(
            code(program.call(command, json!({ "id": id }))),
            "unknownJob"
        );
    }
    let stop = json!({ "id": id, "how": "keep" });
    assert_eq!(code(program.call("stop_job", stop)), "unknownJob");
    let watch = json!({ "id": id, "channel": "__CHANNEL__:3" });
    assert_eq!(code(program.call("watch_job", watch)), "unknownJob");
}

#[test]
fn a_job_is_stopped_in_the_way_that_is_asked_and_watched() {
    let program = Program::with_worker("answers");
    let request = json!({ "kind": "resumeRun", "run": "one" });
    let id = program
        .call("start_job", json!({ "request": request }))
        .unwrap();
    program
        .call("watch_job", json!({ "id": id, "channel": "__CHANNEL__:3" }))
        .unwrap();
    program.until(id.as_u64().unwrap(), "running");
    program
        .call("stop_job", json!({ "id": id, "how": "suspend" }))
        .unwrap();
    program.until(id.as_u64().unwrap(), "stopped");
}

#[test]
fn questions_are_no_jobs_and_jobs_are_no_questions() {
    let program = Program::start();
    let question = json!({ "request": { "kind": "listLibrary" } });
    assert_eq!(code(program.call("start_job", question)), "wrongKind");
    let job = json!({ "request": { "kind": "resumeRun", "run": "one" } });
    assert_eq!(code(program.call("ask", job)), "wrongKind");
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
fn the_history_is_newest_first_until_it_is_wiped_or_not_wanted() {
    let program = Program::start();
    let entry = |at: &str| {
        json!({
            "at": at, "model": "one",
            "document": { "id": null, "title": "T", "abstractText": "A" },
            "answer": { "labels": [], "wordPieces": 4, "cut": 0 },
        })
    };
    for at in ["2026-11-25T10:00:00Z", "2026-11-25T11:00:00Z"] {
        program
            .call("add_to_history", json!({ "entry": entry(at) }))
            .unwrap();
    }
    let history = program.call("load_history", json!({})).unwrap();
    assert_eq!(history[0]["at"], "2026-11-25T11:00:00Z");
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
            json!({ "entry": entry("2026-11-25T12:00:00Z") }),
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

#[test]
fn closing_asks_the_page_while_a_job_goes_on() {
    let program = Program::with_worker("answers");
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    program
        .app
        .listen_any("close-requested", move |_| *counted.lock().unwrap() += 1);
    let request = json!({ "kind": "resumeRun", "run": "one" });
    let id = program
        .call("start_job", json!({ "request": request }))
        .unwrap();
    program.until(id.as_u64().unwrap(), "running");
    program
        .call("close_window", json!({ "confirmed": false }))
        .unwrap();
    assert_eq!(*asked.lock().unwrap(), 1);
    assert_eq!(program.job(id.as_u64().unwrap())["state"], "running");
    assert_eq!(*program.desktop.exits.lock().unwrap(), 0);
    program
        .call("close_window", json!({ "confirmed": true }))
        .unwrap();
    assert_eq!(*program.desktop.exits.lock().unwrap(), 1);
    assert_eq!(
        program.job(id.as_u64().unwrap())["state"],
        "stopped",
        "suspended first"
    );
}
