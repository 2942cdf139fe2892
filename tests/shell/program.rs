//! The program in Tauri's mock runtime, with the real configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use etiqueta_desktop::jobs::Patience;
use etiqueta_desktop::places::Surroundings;
use etiqueta_desktop::{configure, context};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewWindow};

use crate::surroundings::{FakeDesktop, fake_worker};

/// The program with its page.
pub(crate) struct Program {
    pub(crate) app: App<MockRuntime>,
    pub(crate) page: WebviewWindow<MockRuntime>,
    pub(crate) desktop: Arc<FakeDesktop>,
    pub(crate) home: tempfile::TempDir,
}

impl Program {
    pub(crate) fn start() -> Self {
        Self::start_with(FakeDesktop::default(), |_| {})
    }

    pub(crate) fn start_with(desktop: FakeDesktop, change: impl FnOnce(&mut Surroundings)) -> Self {
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
    pub(crate) fn with_worker(name: &str) -> Self {
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

    pub(crate) fn call(&self, command: &str, body: Value) -> Result<Value, Value> {
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
    pub(crate) fn choose(&self, name: &str, purpose: &str) -> PathBuf {
        let path = self.home.path().join(name);
        *self.desktop.choice.lock().unwrap() = Some(path.clone());
        let body = json!({ "purpose": purpose, "suggestion": null });
        let opened = self.call("choose_path", body).unwrap();
        assert_eq!(opened["path"], json!(path));
        path
    }

    pub(crate) fn job(&self, id: u64) -> Value {
        let jobs = self.call("list_jobs", json!({})).unwrap();
        let mut jobs = jobs.as_array().unwrap().iter();
        jobs.find(|job| job["id"] == id).unwrap().clone()
    }

    pub(crate) fn until(&self, id: u64, state: &str) -> Value {
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

/// The code of a failure that has all its parts.
pub(crate) fn code(result: Result<Value, Value>) -> String {
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
