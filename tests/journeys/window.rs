//! The window as a person meets it: things are found by the words on them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};

use crate::display::Display;
use crate::driver::Driver;
use crate::processes;

/// Journeys wait for each other: two windows that train at once prove nothing more.
static TURN: Mutex<()> = Mutex::new(());

/// The title in the window's frame.
pub(crate) const TITLE: &str = "Etiqueta";

/// Names an installed program to be driven in the place of the one that was just built.
pub(crate) const PROGRAM_VARIABLE: &str = "ETIQUETA_TEST_PROGRAM";

/// What can be pressed.
const PRESSABLE: &str = "self::button or self::a or self::summary or self::label \
    or @role='button' or @role='tab' or @role='radio' or @role='option' or @role='menuitem'";

/// The program in its window, with a data folder of its own.
pub(crate) struct Window {
    runtime: Runtime,
    client: Option<Client>,
    driver: Option<Driver>,
    display: Display,
    folder: tempfile::TempDir,
    name: String,
    _turn: MutexGuard<'static, ()>,
}

/// The program of the window: the one that was just built, or an installed one that a variable
/// names.
pub(crate) fn program() -> PathBuf {
    match std::env::var_os(PROGRAM_VARIABLE) {
        Some(installed) => installed.into(),
        None => env!("CARGO_BIN_EXE_etiqueta-desktop").into(),
    }
}

/// The folder of the project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Window {
    /// The first start of the program on this computer.
    pub(crate) fn open(journey: &str) -> Self {
        Self::open_prepared(journey, |_| {})
    }

    /// The first start with a data folder that something was put into.
    pub(crate) fn open_prepared(journey: &str, prepare: impl FnOnce(&Path)) -> Self {
        let mut window = Self::prepare(journey);
        prepare(&window.home());
        window.start();
        window
    }

    /// The first start of another program, with variables for it.
    pub(crate) fn open_as(journey: &str, program: &Path, variables: &[(&str, &Path)]) -> Self {
        let mut window = Self::prepare(journey);
        window.start_as(program, variables, &[]);
        window
    }

    /// The first start by opening a file with the program, as a double click does.
    pub(crate) fn open_with(journey: &str, file: &Path) -> Self {
        let mut window = Self::prepare(journey);
        window.start_as(&program(), &[], &[file]);
        window
    }

    fn prepare(journey: &str) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            client: None,
            driver: None,
            display: Display::open(),
            folder: tempfile::tempdir().unwrap(),
            name: journey.into(),
            _turn: turn,
        }
    }

    /// Starts the program.
    pub(crate) fn start(&mut self) {
        self.start_as(&program(), &[], &[]);
    }

    /// Opens a file with the program while its window is there. Returns once this second start
    /// has ended.
    pub(crate) fn start_again_with(&self, file: &Path) {
        let surroundings = processes::surroundings_of_window(&self.home());
        let variables = surroundings.iter().filter_map(|text| text.split_once('='));
        let second = Command::new(program())
            .arg(file)
            .env_clear()
            .envs(variables)
            .output()
            .unwrap();
        assert!(second.status.success(), "{second:?}");
    }

    fn start_as(&mut self, program: &Path, variables: &[(&str, &Path)], files: &[&Path]) {
        let home = self.home();
        let compact = project().join("base/compact");
        let mut variables = variables.to_vec();
        variables.push(("ETIQUETA_HOME", &home));
        // An installed program brings its own.
        if std::env::var_os(PROGRAM_VARIABLE).is_none() {
            variables.push(("ETIQUETA_COMPACT", &compact));
        }
        let driver = Driver::start(&variables, self.display.name());
        self.client = Some(self.runtime.block_on(driver.open(program, files)));
        self.driver = Some(driver);
    }

    /// The program's data folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A path beside the data folder, for the files of the journey.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the journey.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn display(&self) -> &Display {
        &self.display
    }

    fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }

    /// Drops files on the window.
    pub(crate) fn drop_files(&self, paths: &[&Path]) {
        let invoke = "window.__TAURI_INTERNALS__.invoke('plugin:event|emit', \
            { event: 'test-drop', payload: { paths: arguments[0] } });";
        self.run(invoke, vec![json!(paths)]);
    }

    /// Presses what has exactly these words on it, or is called so.
    pub(crate) fn press(&self, words: &str) {
        self.press_path(&called(words));
    }

    /// Presses the first thing whose words begin so.
    pub(crate) fn press_beginning(&self, words: &str) {
        let words = quoted(words);
        self.press_path(&format!(
            "//*[{PRESSABLE}][not(@disabled)]\
             [starts-with(normalize-space(.), {words}) or starts-with(@aria-label, {words})]"
        ));
    }

    /// Presses the last of several things with the same words: the screen's, after the rail's.
    pub(crate) fn press_last(&self, words: &str) {
        self.press_path(&format!("({})[last()]", called(words)));
    }

    /// Presses what an XPath leads to.
    pub(crate) fn press_path(&self, path: &str) {
        let began = Instant::now();
        loop {
            let element = self.find(path);
            // The driver takes what a scrolling part hides for visible.
            let scroll = "arguments[0].scrollIntoView({ block: 'center' });";
            let place = vec![serde_json::to_value(&element).unwrap()];
            let scrolled = self.client().execute(scroll, place);
            let _not_there_any_more = self.runtime.block_on(scrolled);
            // A page that is being drawn anew can take the element away, or still cover it.
            match self.runtime.block_on(element.click()) {
                Ok(()) => return,
                Err(error) if began.elapsed() > Duration::from_secs(30) => {
                    self.fail(&format!("cannot press {path}: {error}"))
                }
                Err(_) => self.pause(),
            }
        }
    }

    /// Writes into a field, in the place of what was in it.
    pub(crate) fn write(&self, label: &str, text: &str) {
        let field = self.field(label);
        self.runtime.block_on(async {
            field.clear().await.unwrap();
            field.send_keys(text).await.unwrap();
        });
    }

    /// Writes at the end of what is in a field.
    pub(crate) fn add(&self, label: &str, text: &str) {
        let field = self.field(label);
        self.runtime.block_on(field.send_keys(text)).unwrap();
    }

    fn field(&self, label: &str) -> Element {
        let label = quoted(label);
        let fields = "self::input or self::textarea or self::select";
        self.find(&format!(
            "//*[{fields}][@aria-label={label} \
             or @id=//label[normalize-space(.)={label}]/@for \
             or ancestor::label[starts-with(normalize-space(.), {label})]]"
        ))
    }

    /// Presses keys at once, as `Key::Control + "1"` writes them.
    pub(crate) fn keys(&self, keys: &str) {
        let body = self.find("//body");
        self.runtime.block_on(body.send_keys(keys)).unwrap();
    }

    /// Presses a character together with the control key.
    pub(crate) fn control(&self, character: char) {
        let control = char::from(Key::Control);
        let release = char::from(Key::Null);
        self.keys(&format!("{control}{character}{release}"));
    }

    /// Waits until words can be read in the window.
    pub(crate) fn see(&self, words: &str) {
        self.see_within(words, Duration::from_secs(60));
    }

    /// Waits longer until words can be read.
    pub(crate) fn see_within(&self, words: &str, patience: Duration) {
        let is_seen = || self.text().contains(words);
        self.wait(patience, is_seen, &format!("“{words}” is not to be read"));
    }

    /// Waits until a pattern of JavaScript can be read.
    pub(crate) fn see_matching(&self, pattern: &str) {
        let test = "return new RegExp(arguments[0]).test(arguments[1]);";
        let is_seen = || self.run(test, vec![json!(pattern), json!(self.text())]) == json!(true);
        let complaint = format!("nothing like {pattern} is to be read");
        self.wait(Duration::from_secs(120), is_seen, &complaint);
    }

    /// Waits until a script in the page returns true.
    pub(crate) fn wait_until(&self, script: &str) {
        let is_so = || self.run(script, Vec::new()) == json!(true);
        self.wait(Duration::from_secs(60), is_so, script);
    }

    fn wait(&self, patience: Duration, is_done: impl Fn() -> bool, complaint: &str) {
        let began = Instant::now();
        while !is_done() {
            if began.elapsed() > patience {
                self.fail(complaint);
            }
            self.pause();
        }
    }

    /// Everything that can be read, with single spaces.
    pub(crate) fn text(&self) -> String {
        let text = self.run("return document.body.innerText;", Vec::new());
        let text = text.as_str().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Runs a script in the page.
    pub(crate) fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.answer(self.client().execute(script, arguments))
    }

    /// Runs a script whose last argument is called with its result.
    pub(crate) fn run_until_called(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.answer(self.client().execute_async(script, arguments))
    }

    fn answer(&self, ran: impl Future<Output = Result<Value, CmdError>>) -> Value {
        match self.runtime.block_on(ran) {
            Ok(value) => value,
            Err(error) => self.fail(&format!("the page does not answer: {error}")),
        }
    }

    /// Takes a picture for those who look at them.
    pub(crate) fn photograph(&self, name: &str) {
        // The page draws what it shows before the picture is taken.
        self.run("", Vec::new());
        std::thread::sleep(Duration::from_millis(300));
        self.display
            .photograph(&pictures().join(name).with_extension("png"));
    }

    /// Waits until the program has ended by its own means with all its workers, and ends the
    /// session with it.
    pub(crate) fn wait_until_closed(&mut self) {
        let began = Instant::now();
        while processes::any_runs(&self.home()) {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "the program goes on"
            );
            self.pause();
        }
        self.client = None;
        self.driver = None;
    }

    /// Waits for something of this name or with these words on it.
    pub(crate) fn find_called(&self, words: &str) {
        let words = quoted(words);
        self.find(&format!(
            "//*[@aria-label={words} or normalize-space(.)={words}]"
        ));
    }

    /// Waits until the rail marks a screen as the open one.
    pub(crate) fn see_current(&self, screen: &str) {
        let screen = quoted(screen);
        self.find(&format!(
            "//nav//*[@aria-current='page'][normalize-space(.)={screen}]"
        ));
    }

    fn find(&self, path: &str) -> Element {
        let wait = self.client().wait().at_most(Duration::from_secs(60));
        match self
            .runtime
            .block_on(wait.for_element(Locator::XPath(path)))
        {
            Ok(element) => element,
            Err(error) => self.fail(&format!("there is no {path}: {error}")),
        }
    }

    fn pause(&self) {
        std::thread::sleep(Duration::from_millis(150));
    }

    fn fail(&self, what: &str) -> ! {
        let picture = pictures().join(format!("failed-{}.png", self.name));
        self.display.photograph(&picture);
        let body = self
            .client()
            .execute("return document.body.innerText;", Vec::new());
        let text = self.runtime.block_on(body).unwrap_or_default();
        panic!(
            "{what}.\nPicture: {}\nThe window says: {text}",
            picture.display()
        );
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // The driver is ended in any case.
            let _closed = self.runtime.block_on(client.close());
        }
        self.driver = None;
    }
}

/// Where pictures go.
pub(crate) fn pictures() -> PathBuf {
    let folder = project().join("target/journeys");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where something to be pressed is that has exactly these words on it, or is called so.
fn called(words: &str) -> String {
    let words = quoted(words);
    format!("//*[{PRESSABLE}][not(@disabled)][normalize-space(.)={words} or @aria-label={words}]")
}

/// A string of XPath, which knows no escapes.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    format!("{quote}{text}{quote}")
}
