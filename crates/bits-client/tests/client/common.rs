//! A server that does what a test says, and a client that is watched.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bits_client::session::{Failed, Outcome, Problem, Upload};
use bits_client::{Client, Ended, Error, Observer, Options, Redacted, Source, Url};

pub(crate) const ID: &str = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";
pub(crate) const PROTOCOL: &str = "{7df0354d-249b-430f-820d-3d2a9bef4931}";

/// Ends what hangs; nothing is measured by it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Which connection it came over, counted from 0.
    pub(crate) connection: usize,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn packet(&self) -> &str {
        self.field("BITS-Packet-Type").unwrap()
    }

    /// First byte and total of a Fragment.
    pub(crate) fn range(&self) -> (usize, usize) {
        let range = self.field("Content-Range").unwrap();
        let range = range.strip_prefix("bytes ").unwrap();
        let (range, total) = range.split_once('/').unwrap();
        let (first, _) = range.split_once('-').unwrap();
        (first.parse().unwrap(), total.parse().unwrap())
    }
}

pub(crate) trait Wire: Read + Write + Send {}

impl<T: Read + Write + Send> Wire for T {}

/// The other end of one connection.
pub(crate) struct Peer {
    wire: Box<dyn Wire>,
    number: usize,
    buffer: Vec<u8>,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Peer {
    /// Which connection it is, counted from 0.
    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// Reads on; `false` at the end of the connection.
    fn fill(&mut self) -> bool {
        let mut piece = [0; 16 * 1024];
        match self.wire.read(&mut piece) {
            Ok(length) => {
                self.buffer.extend_from_slice(&piece[..length]);
                length > 0
            }
            Err(_) => false,
        }
    }

    /// The head of the next request, noted without a body.
    pub(crate) fn head(&mut self) -> Option<Request> {
        let end = loop {
            if let Some(at) = self
                .buffer
                .windows(4)
                .position(|bytes| bytes == b"\r\n\r\n")
            {
                break at + 4;
            }
            if !self.fill() {
                return None;
            }
        };
        let head = self.buffer.drain(..end).collect();
        let request = Request {
            connection: self.number,
            head: String::from_utf8(head).unwrap(),
            body: Vec::new(),
        };
        self.seen.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// The next request, whole.
    pub(crate) fn next(&mut self) -> Option<Request> {
        let mut request = self.head()?;
        let length = request.field("Content-Length").unwrap().parse().unwrap();
        while self.buffer.len() < length {
            if !self.fill() {
                return None;
            }
        }
        request.body = self.buffer.drain(..length).collect();
        Some(request)
    }

    /// Waits for bytes that are no request.
    pub(crate) fn raw(&mut self) {
        assert!(self.fill());
    }

    /// Waits for so many bytes behind a head.
    pub(crate) fn body(&mut self, length: usize) {
        while self.buffer.len() < length {
            assert!(self.fill());
        }
    }

    /// How many bytes come until the other end closes.
    pub(crate) fn rest(&mut self) -> usize {
        let mut length = self.buffer.len();
        self.buffer.clear();
        while self.fill() {
            length += self.buffer.len();
            self.buffer.clear();
        }
        length
    }

    /// Writes what the other end may not want any more.
    pub(crate) fn send(&mut self, answer: impl AsRef<[u8]>) {
        let _ = self.wire.write_all(answer.as_ref());
        let _ = self.wire.flush();
    }

    /// Answers until the other end closes.
    pub(crate) fn serve(&mut self, mut answer: impl FnMut(&Request) -> String) {
        while let Some(request) = self.next() {
            let answer = answer(&request);
            self.send(answer);
        }
    }
}

/// A server on loopback, until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    is_over: Arc<AtomicBool>,
}

impl Server {
    /// Each connection is handed to `script`, in a thread of its own.
    pub(crate) fn new(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        Self::with_wire(|stream| Some(Box::new(stream)), script)
    }

    pub(crate) fn with_wire(
        wire: impl Fn(TcpStream) -> Option<Box<dyn Wire>> + Send + Sync + 'static,
        script: impl Fn(&mut Peer) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            is_over: Arc::default(),
        };
        let (seen, is_over) = (server.seen.clone(), server.is_over.clone());
        let shared = Arc::new((wire, script));
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(DEADLINE)).unwrap();
                stream.set_write_timeout(Some(DEADLINE)).unwrap();
                let (seen, shared) = (seen.clone(), shared.clone());
                thread::spawn(move || {
                    let Some(wire) = shared.0(stream) else { return };
                    let buffer = Vec::new();
                    let mut peer = Peer {
                        wire,
                        number,
                        buffer,
                        seen,
                    };
                    shared.1(&mut peer);
                });
            }
        });
        server
    }

    /// A server that stores what it is sent, all answers as `answer` makes them of the right ones.
    pub(crate) fn storing(
        answer: impl Fn(&Request, String) -> String + Send + Sync + 'static,
    ) -> (Self, Store) {
        let store = Store::default();
        let shared = store.clone();
        let server = Server::new(move |peer| {
            peer.serve(|request| answer(request, shared.answer(request)));
        });
        (server, store)
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The packets that have come, in order.
    pub(crate) fn packets(&self) -> Vec<String> {
        let seen = self.seen();
        seen.iter()
            .map(|request| request.packet().to_owned())
            .collect()
    }

    /// How many connections there were with a request.
    pub(crate) fn connections(&self) -> usize {
        let seen = self.seen();
        seen.iter()
            .map(|request| request.connection + 1)
            .max()
            .unwrap_or(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// One file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(Arc<Mutex<Vec<u8>>>);

impl Store {
    pub(crate) fn file(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn answer(&self, request: &Request) -> String {
        let mut file = self.0.lock().unwrap();
        match request.packet() {
            "Ping" => ack(200, ""),
            "Create-Session" => {
                file.clear();
                created("")
            }
            "Fragment" => {
                let (first, _) = request.range();
                let status = if first == file.len() {
                    file.extend_from_slice(&request.body);
                    200
                } else {
                    416
                };
                received(status, file.len())
            }
            _ => ack(200, &format!("BITS-Session-Id: {ID}\r\n")),
        }
    }
}

pub(crate) fn ack(status: u16, fields: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n{fields}\r\n")
}

pub(crate) fn created(fields: &str) -> String {
    ack(
        200,
        &format!("BITS-Protocol: {PROTOCOL}\r\nBITS-Session-Id: {ID}\r\n{fields}"),
    )
}

pub(crate) fn received(status: u16, offset: usize) -> String {
    ack(
        status,
        &format!("BITS-Received-Content-Range: {offset}\r\n"),
    )
}

/// A response that is no Ack.
pub(crate) fn plain(status: u16, fields: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{fields}\r\n")
}

/// Notes what it is told.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) heads: String,
    pub(crate) retries: Vec<(Problem, Option<String>, Duration)>,
    /// Why states were not stored.
    pub(crate) not_stored: Vec<String>,
}

impl Observer for Notes {
    fn sending(&mut self, head: Redacted<'_>) {
        self.heads += &head.to_string();
    }

    fn received(&mut self, head: Redacted<'_>) {
        self.heads += &head.to_string();
    }

    fn retrying(&mut self, problem: &Problem, detail: Option<&str>, delay: Duration) {
        self.retries
            .push((*problem, detail.map(str::to_owned), delay));
    }

    fn not_stored(&mut self, error: &Error) {
        self.not_stored.push(error.to_string());
    }
}

/// Options that lose no time.
pub(crate) fn options() -> Options {
    let mut options = Options::default();
    options.session.first_delay = Duration::from_millis(1);
    options.session.max_delay = Duration::from_millis(2);
    options.session.ping_first = false;
    options
}

/// Bytes that tell where they stand.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

/// A file in a folder that goes with it.
pub(crate) struct File {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn file(content: &[u8]) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.zip");
    std::fs::write(&path, content).unwrap();
    File { folder, path }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(DEADLINE, future)
            .await
            .expect("it hangs")
    })
}

/// Uploads that content.
pub(crate) fn upload(client: &mut Client, content: &[u8]) -> (Result<Ended, Error>, Notes) {
    let file = file(content);
    let mut source = Source::open(&file.path).unwrap();
    let session = client.options().session.clone();
    let mut upload = Upload::new(source.stamp().size, session);
    let mut notes = Notes::default();
    let ended = block_on(client.run(&mut upload, &mut source, &mut notes, |_, _| Ok(())));
    (ended.map(Option::unwrap), notes)
}

/// Uploads that content, and says how it went.
pub(crate) fn send(url: Url, options: Options, content: &[u8]) -> (Ended, Notes) {
    let mut client = Client::new(url, options).unwrap();
    let (ended, notes) = upload(&mut client, content);
    (ended.unwrap(), notes)
}

/// Uploads that content entirely.
pub(crate) fn complete(url: Url, options: Options, content: &[u8]) -> Notes {
    let (ended, notes) = send(url, options, content);
    assert_eq!(ended.outcome, Outcome::Complete, "{ended:?}");
    notes
}

pub(crate) fn failed(ended: &Ended) -> Failed {
    match ended.outcome {
        Outcome::Failed(failed) => failed,
        outcome => panic!("{outcome:?}"),
    }
}
