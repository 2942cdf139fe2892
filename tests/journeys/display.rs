//! A display without a screen, with what a hand and an eye do at it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt, EventMask, InputFocus};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::drag::Drag;

/// A running Xvfb, which ends with this value.
pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    pub(crate) fn open() -> Self {
        let size = "1280x800x24";
        // The server finds a free number by itself and tells it.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is missing: scripts/install-prerequisites.sh window installs it");
        let mut number = String::new();
        let told = server.stdout.take().unwrap();
        BufReader::new(told).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        Self { server, name }
    }

    /// The value of `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Takes a picture of everything that is seen.
    pub(crate) fn photograph(&self, path: &Path) {
        self.import("root", path);
    }

    /// Takes a picture of one window.
    pub(crate) fn photograph_window(&self, title: &str, path: &Path) {
        self.import(&self.window_of(title), path);
    }

    fn import(&self, window: &str, path: &Path) {
        let status = Command::new("import")
            .args(["-window", window, "-display", &self.name])
            .arg(path)
            .status()
            .expect("ImageMagick is missing: scripts/install-prerequisites.sh window installs it");
        assert!(status.success());
    }

    /// Answers the system's dialog for a file or folder by writing its path.
    pub(crate) fn write_into_dialog(&self, title: &str, path: &Path) {
        let dialog = self.window_of(title);
        self.hand(&["windowfocus", "--sync", &dialog]);
        self.hand(&["key", "--clearmodifiers", "ctrl+a"]);
        self.hand(&["type", "--delay", "5", path.to_str().unwrap()]);
        self.hand(&["key", "Return"]);
    }

    /// Drags a file over a window, as a file manager would.
    pub(crate) fn drag_over(&self, title: &str, file: &Path) -> Drag {
        let window = self.window_of(title).parse().unwrap();
        Drag::over(&self.name, window, file)
    }

    /// Closes a window as the button in its frame would: by the message that asks it to go.
    pub(crate) fn close_window(&self, title: &str) {
        let window = self.window_of(title).parse().unwrap();
        let (connection, _) = RustConnection::connect(Some(&self.name)).unwrap();
        let atom = |name: &[u8]| {
            let asked = connection.intern_atom(false, name).unwrap();
            asked.reply().unwrap().atom
        };
        let message = ClientMessageEvent::new(
            32,
            window,
            atom(b"WM_PROTOCOLS"),
            [atom(b"WM_DELETE_WINDOW"), CURRENT_TIME, 0, 0, 0],
        );
        connection
            .send_event(false, window, EventMask::NO_EVENT, message)
            .unwrap();
        // The server hears it before the connection ends.
        connection.sync().unwrap();
    }

    /// Gives a window another size.
    pub(crate) fn resize_window(&self, title: &str, width: u32, height: u32) {
        let window = self.window_of(title);
        let [width, height] = [width, height].map(|length| length.to_string());
        self.hand(&["windowsize", "--sync", &window, &width, &height]);
    }

    /// Takes the keyboard from every window.
    pub(crate) fn focus_nothing(&self) {
        let (connection, screen) = RustConnection::connect(Some(&self.name)).unwrap();
        let root = connection.setup().roots[screen].root;
        connection
            .set_input_focus(InputFocus::NONE, root, CURRENT_TIME)
            .unwrap();
        connection.sync().unwrap();
    }

    /// Whether a window has the keyboard.
    pub(crate) fn is_focused(&self, title: &str) -> bool {
        let focused = self.xdotool(&["getwindowfocus", "getwindowname"]);
        String::from_utf8_lossy(&focused.stdout).trim() == title
    }

    fn window_of(&self, title: &str) -> String {
        let began = Instant::now();
        let title = format!("^{title}$");
        loop {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", &title]);
            let found = String::from_utf8(found.stdout).unwrap();
            if let Some(window) = found.lines().next() {
                return window.into();
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "there is no window called {title}"
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn hand(&self, arguments: &[&str]) {
        let output = self.xdotool(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
    }

    fn xdotool(&self, arguments: &[&str]) -> std::process::Output {
        Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.name)
            .output()
            .expect("xdotool is missing: scripts/install-prerequisites.sh window installs it")
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ended = self.server.kill();
        let _ended = self.server.wait();
    }
}
