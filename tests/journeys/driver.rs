//! WebKit's WebDriver on a session bus of its own, and the connection to the window's page.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Map, Value, json};

/// A running WebDriver, which ends with this value, and with it the window that it opened.
pub(crate) struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts it with variables that the program will see.
    pub(crate) fn start(variables: &[(&str, &Path)], display: &str) -> Self {
        let port = free_port();
        let mut command = Command::new("dbus-run-session");
        command
            .args(["--", "WebKitWebDriver", "--host=127.0.0.1"])
            .arg(format!("--port={port}"))
            .envs(variables.iter().copied())
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
            .env("ETIQUETA_TEST_DROPS", "1")
            // Tauri lets its page be driven only when it is told so.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let process = command.spawn().expect(
            "dbus-run-session is missing: scripts/install-prerequisites.sh window installs it",
        );
        Self { process, port }
    }

    /// Opens the window of a program, which is started with these files.
    pub(crate) async fn open(&self, program: &Path, files: &[&Path]) -> Client {
        let options = json!({ "binary": program, "args": files });
        let mut capabilities = Map::new();
        capabilities.insert("webkitgtk:browserOptions".into(), options);
        capabilities.insert("pageLoadStrategy".into(), Value::from("normal"));
        let address = format!("http://127.0.0.1:{}", self.port);
        let began = Instant::now();
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.clone());
            match builder.connect(&address).await {
                Ok(client) => return client,
                // The driver itself needs a moment until it listens.
                Err(error) if began.elapsed() > Duration::from_secs(60) => {
                    panic!("the window does not open: {error}")
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        if let Some(group) = group {
            // The bus, the driver, the window and its workers. They may be gone already.
            let _ended = kill_process_group(group, Signal::KILL);
        }
        let _ended = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
