//! A server on this machine that answers as the Hub does, with the faults that a test asks for.
//!
//! The layout is the Hub's: `/api/models/NAME` tells commit, files, sizes and SHA-256;
//! `/NAME/resolve/COMMIT/FILE` gives small files itself and sends large ones on to another
//! address, with the headers of the large file on the redirection alone; old names are sent on to
//! new ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The model that the server has.
pub(crate) const MODEL: &str = "etiqueta/tiny-bert";
/// The name it had before.
pub(crate) const OLD_NAME: &str = "tiny-bert";
const LARGE: &str = "model.safetensors";

/// What the server has and how it misbehaves.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) commit: &'static str,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The SHA-256 that is stated of the weights, if not theirs.
    pub(crate) stated_sum: Option<String>,
    /// After how many bytes of the weights each connection breaks, one after another; then none.
    pub(crate) breaks: Vec<usize>,
    /// After how many bytes of the weights nothing more comes.
    pub(crate) silent_after: Option<usize>,
    /// Whether parts of files can be asked for.
    pub(crate) knows_ranges: bool,
    /// The status and code of an error with which files are refused.
    pub(crate) refusal: Option<(u16, &'static str)>,
}

impl Site {
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self {
            commit: "0123456789abcdef0123456789abcdef01234567",
            files,
            stated_sum: None,
            breaks: Vec::new(),
            silent_after: None,
            knows_ranges: true,
            refusal: None,
        }
    }

    fn information(&self) -> Value {
        let siblings: Vec<Value> = self
            .files
            .iter()
            .map(|(name, content)| {
                let mut file = json!({ "rfilename": name, "size": content.len() });
                if name == LARGE {
                    let sum = self.stated_sum.clone().unwrap_or_else(|| sum(content));
                    file["lfs"] =
                        json!({ "sha256": sum, "size": content.len(), "pointerSize": 134 });
                }
                file
            })
            .collect();
        json!({
            "_id": "1", "id": MODEL, "sha": self.commit, "private": false, "gated": false,
            "tags": ["bert", "license:mit"], "cardData": { "license": "mit" },
            "siblings": siblings,
        })
    }
}

fn sum(content: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(content) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

/// A request that the server got.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    pub(crate) authorization: Option<String>,
}

struct Shared {
    site: Mutex<Site>,
    requests: Mutex<Vec<Request>>,
    ended: AtomicBool,
    address: SocketAddr,
}

/// A running server.
pub(crate) struct Server {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(site: Site) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let shared = Arc::new(Shared {
            site: Mutex::new(site),
            requests: Mutex::default(),
            ended: AtomicBool::new(false),
            address: listener.local_addr().unwrap(),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if own.ended.load(Ordering::SeqCst) {
                    return;
                }
                let own = Arc::clone(&own);
                // A client that goes away is no failure of the server.
                std::thread::spawn(move || drop(answer(&own, &stream)));
            }
        });
        Self {
            shared,
            thread: Some(thread),
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The parts of the weights that were asked for, in order; none means all.
    pub(crate) fn weight_ranges(&self) -> Vec<Option<String>> {
        let requests = self.requests().into_iter();
        requests
            .filter(|request| request.method == "GET" && request.path.starts_with("/cdn/"))
            .map(|request| request.range)
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.shared.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().into(),
        path: words.next().unwrap_or_default().into(),
        range: None,
        authorization: None,
    };
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("range") => {
                request.range = Some(value.into());
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                request.authorization = Some(value.into());
            }
            Some(_) => {}
            None => break,
        }
    }
    if request.method.is_empty() {
        return Ok(());
    }
    shared.requests.lock().unwrap().push(request.clone());
    let reply = Reply {
        shared,
        stream,
        head: request.method == "HEAD",
    };
    route(&reply, &request)
}

fn route(reply: &Reply<'_>, request: &Request) -> std::io::Result<()> {
    let site = reply.shared.site.lock().unwrap().clone();
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if path == format!("/api/models/{OLD_NAME}") {
        return reply.send_on(&format!("/api/models/{MODEL}"), &[]);
    }
    if path == format!("/api/models/{MODEL}") {
        let mut information = site.information();
        if query != "blobs=true" {
            for file in information["siblings"].as_array_mut().unwrap() {
                *file = json!({ "rfilename": file["rfilename"] });
            }
        }
        return reply.whole(200, &[], information.to_string().as_bytes());
    }
    if let Some(file) = path.strip_prefix(&format!("/{MODEL}/resolve/{}/", site.commit)) {
        if let Some((status, code)) = site.refusal {
            return reply.whole(status, &[("X-Error-Code", code.into())], b"");
        }
        let commit = ("X-Repo-Commit", site.commit.to_owned());
        return match site.files.get(file) {
            Some(content) if file == LARGE => reply.send_on(
                &format!("/cdn/{file}"),
                &[
                    commit,
                    ("X-Linked-Size", content.len().to_string()),
                    ("X-Linked-Etag", format!("\"{}\"", sum(content))),
                    ("X-Xet-Hash", "ab".repeat(32)),
                ],
            ),
            Some(content) => {
                let etag = ("ETag", format!("\"{}\"", &sum(content)[..40]));
                reply.whole(200, &[commit, etag], content)
            }
            None => reply.whole(404, &[("X-Error-Code", "EntryNotFound".into())], b""),
        };
    }
    match path
        .strip_prefix("/cdn/")
        .and_then(|file| site.files.get(file))
    {
        Some(content) => reply.large(&site, request.range.as_deref(), content),
        None => reply.whole(404, &[("X-Error-Code", "RepoNotFound".into())], b""),
    }
}

struct Reply<'a> {
    shared: &'a Shared,
    stream: &'a TcpStream,
    head: bool,
}

impl Reply<'_> {
    fn whole(&self, status: u16, headers: &[(&str, String)], body: &[u8]) -> std::io::Result<()> {
        self.begin(status, headers, body.len())?;
        if self.head {
            return Ok(());
        }
        (&mut &*self.stream).write_all(body)
    }

    fn begin(&self, status: u16, headers: &[(&str, String)], length: usize) -> std::io::Result<()> {
        let mut text = format!("HTTP/1.1 {status} -\r\nConnection: close\r\n");
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        write!(text, "Content-Length: {length}\r\n\r\n").unwrap();
        (&mut &*self.stream).write_all(text.as_bytes())
    }

    fn send_on(&self, path: &str, headers: &[(&str, String)]) -> std::io::Result<()> {
        let location = format!("http://{}{path}", self.shared.address);
        let headers = [headers, &[("Location", location)]].concat();
        self.whole(307, &headers, b"")
    }

    /// A large file or the part of it that was asked for, with the faults of the site.
    fn large(&self, site: &Site, range: Option<&str>, content: &[u8]) -> std::io::Result<()> {
        let bounds = range
            .filter(|_| site.knows_ranges)
            .and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
            .map(|(first, last)| {
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                first..(last + 1).min(content.len())
            });
        // The address where a large file is states the hash of something else.
        let etag = ("ETag", format!("\"{}\"", "cd".repeat(32)));
        let body = &content[bounds.clone().unwrap_or(0..content.len())];
        match &bounds {
            Some(part) => {
                let range = format!("bytes {}-{}/{}", part.start, part.end - 1, content.len());
                self.begin(206, &[etag, ("Content-Range", range)], body.len())?;
            }
            None => self.begin(200, &[etag], body.len())?,
        }
        if self.head {
            return Ok(());
        }
        let mut stream = self.stream;
        let next_break = {
            let mut shared = self.shared.site.lock().unwrap();
            (!shared.breaks.is_empty()).then(|| shared.breaks.remove(0))
        };
        if let Some(bytes) = next_break {
            return stream.write_all(&body[..bytes.min(body.len())]);
        }
        if let Some(bytes) = site.silent_after {
            stream.write_all(&body[..bytes])?;
            while !self.shared.ended.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(10));
            }
            return Ok(());
        }
        stream.write_all(body)
    }
}
