//! The ready server, over sockets, byte by byte.

mod heads;
mod limits;
mod shutdown;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Server, ServerOptions, Tls};
use crate::auth::OpenGate;
use crate::store::memory::MemoryStore;
use crate::{ServiceOptions, UploadService};

/// Ends a test that hangs.
const HANGS: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    store: MemoryStore,
    service: UploadService<MemoryStore, OpenGate>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    fn start(options: ServerOptions, service: ServiceOptions) -> Self {
        Self::start_with(options, service, None)
    }

    fn start_with(
        options: ServerOptions,
        service: ServiceOptions,
        tls: Option<std::sync::Arc<Tls>>,
    ) -> Self {
        Self::start_at(MemoryStore::default(), options, service, tls)
    }

    fn start_at(
        store: MemoryStore,
        options: ServerOptions,
        service: ServiceOptions,
        tls: Option<std::sync::Arc<Tls>>,
    ) -> Self {
        let service = UploadService::new(store.clone(), OpenGate, service);
        let mut server = Server::new(service.clone(), options);
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        server.listen(socket, tls).unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async move {
            // Whether it is told or the test has ended.
            let _ = stopped.await;
        }));
        Running {
            address,
            store,
            service,
            stop: Some(stop),
            task,
        }
    }

    fn usual() -> Self {
        Self::start(ServerOptions::default(), ServiceOptions::default())
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `bytes` in pieces, and gives all answers until the server closes.
    async fn ask_in_pieces(&self, bytes: &[u8], piece: usize) -> String {
        let (mut read, mut write) = self.connect().await.into_split();
        let reading = tokio::spawn(async move {
            let mut answers = Vec::new();
            // A reset takes what was not read yet: what was is looked at.
            let _ = read.read_to_end(&mut answers).await;
            String::from_utf8(answers).unwrap()
        });
        for piece in bytes.chunks(piece) {
            if write.write_all(piece).await.is_err() {
                break;
            }
            if bytes.len() < 2000 {
                tokio::task::yield_now().await;
            }
        }
        let _ = write.shutdown().await;
        timeout(HANGS, reading).await.unwrap().unwrap()
    }

    async fn ask(&self, bytes: &[u8]) -> String {
        self.ask_in_pieces(bytes, bytes.len().max(1)).await
    }

    /// Waits until so many connections are open.
    async fn until_connections(&self, count: usize) {
        self.until_counted(&format!("bits_connections {count}"))
            .await;
    }

    /// Waits until a line of the metrics is that one.
    async fn until_counted(&self, line: &str) {
        let open = async {
            while !self
                .service
                .metrics()
                .to_text()
                .lines()
                .any(|it| it == line)
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(HANGS, open).await.unwrap();
    }
}

/// Reads up to the end of a head.
async fn read_answer(connection: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(b"\r\n\r\n") {
            match connection.read_u8().await {
                Ok(byte) => answer.push(byte),
                Err(_) => break,
            }
        }
    };
    timeout(HANGS, read).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// The status of each answer.
fn statuses(answers: &str) -> Vec<u16> {
    let is_status = |line: &&str| line.starts_with("HTTP/1.");
    answers
        .lines()
        .filter(is_status)
        .map(|line| line[9..12].parse().unwrap())
        .collect()
}

fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

const PING: &str =
    "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n";
const CREATE: &str = "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Create-Session\r\n\
    BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\nContent-Length: 0\r\n\r\n";

fn fragment(id: &str, range: &str, length: usize) -> String {
    format!(
        "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: {id}\r\n\
         Content-Range: bytes {range}\r\nContent-Length: {length}\r\n\r\n"
    )
}

async fn open(connection: &mut TcpStream) -> String {
    connection.write_all(CREATE.as_bytes()).await.unwrap();
    let answer = read_answer(connection).await;
    field(&answer, "BITS-Session-Id").unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_uploaded_over_one_connection() {
    let running = Running::usual();
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let first = fragment(&id, "0-4/11", 5) + "hello";
    let last = fragment(&id, "5-10/11", 6) + " world";
    // Both at once, and a Ping behind: answers come in order.
    connection
        .write_all((first + &last + PING).as_bytes())
        .await
        .unwrap();
    for offset in [Some("5"), Some("11"), None] {
        let answer = read_answer(&mut connection).await;
        assert_eq!(statuses(&answer), [200], "{answer}");
        assert_eq!(field(&answer, "BITS-Received-Content-Range"), offset);
        assert_eq!(field(&answer, "BITS-Packet-Type"), Some("Ack"));
        assert!(field(&answer, "Date").is_some());
        assert_eq!(field(&answer, "Server"), None);
    }
    assert_eq!(running.store.file("/a").unwrap(), b"hello world");
}

#[tokio::test]
async fn a_large_fragment_streams_through() {
    let running = Running::usual();
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let length = 3_000_000;
    let body: Vec<u8> = (0..=250).cycle().take(length).collect();
    let head = fragment(&id, &format!("0-{}/{length}", length - 1), length);
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&body).await.unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [200]);
    assert!(running.store.file("/a").unwrap() == body);
}

#[tokio::test]
async fn a_connection_that_breaks_inside_a_body_leaves_its_beginning() {
    let running = Running::usual();
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let begun = fragment(&id, "0-9/10", 10) + "hello";
    connection.write_all(begun.as_bytes()).await.unwrap();
    drop(connection);
    let mut connection = running.connect().await;
    // How much of the first was read before this one came in its place is not known.
    let answer = async {
        let mut offset = 5;
        loop {
            let rest = fragment(&id, &format!("{offset}-9/10"), 10 - offset);
            let rest = rest + &"helloworld"[offset..];
            connection.write_all(rest.as_bytes()).await.unwrap();
            let answer = read_answer(&mut connection).await;
            if statuses(&answer) != [416] {
                return answer;
            }
            let told = field(&answer, "BITS-Received-Content-Range").unwrap();
            offset = told.parse().unwrap();
        }
    };
    let answer = timeout(HANGS, answer).await.unwrap();
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert_eq!(running.store.file("/a").unwrap(), b"helloworld");
}

#[tokio::test]
async fn a_half_open_connection_does_not_stand_in_the_way() {
    let running = Running::usual();
    let mut hanging = running.connect().await;
    let id = open(&mut hanging).await;
    let begun = fragment(&id, "0-9/10", 10) + "hello";
    hanging.write_all(begun.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut connection = running.connect().await;
    let all = fragment(&id, "0-9/10", 10) + "helloworld";
    connection.write_all(all.as_bytes()).await.unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert_eq!(running.store.file("/a").unwrap(), b"helloworld");
    let given_up = read_answer(&mut hanging).await;
    assert_eq!(statuses(&given_up), [408]);
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_asked_only_if_the_body_is_wanted() {
    let running = Running::usual();
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let asks =
        |id: &str| fragment(id, "0-4/5", 5).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    connection.write_all(asks(&id).as_bytes()).await.unwrap();
    assert_eq!(
        read_answer(&mut connection).await,
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    connection.write_all(b"hello").await.unwrap();
    assert_eq!(statuses(&read_answer(&mut connection).await), [200]);
    assert_eq!(running.store.file("/a").unwrap(), b"hello");
    let unknown = "{00000000-0000-0000-0000-000000000000}";
    connection
        .write_all(asks(unknown).as_bytes())
        .await
        .unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [500]);
    assert_eq!(field(&answer, "Connection"), Some("close"));
    assert_eq!(read_answer(&mut connection).await, "");
}

#[tokio::test]
async fn an_answer_before_a_large_body_is_heard() {
    let mut service = ServiceOptions::default();
    service.body.drain = 1000;
    let running = Running::start(ServerOptions::default(), service);
    let id = "{00000000-0000-0000-0000-000000000000}";
    let length = 8_000_000;
    let mut request = fragment(id, &format!("0-{}/{length}", length - 1), length).into_bytes();
    request.resize(request.len() + length, b'x');
    // A client that reads nothing before it has sent everything.
    let mut connection = running.connect().await;
    let sent = timeout(HANGS, connection.write_all(&request))
        .await
        .unwrap();
    sent.unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [500], "{answer}");
    assert_eq!(field(&answer, "Connection"), Some("close"));
}

#[tokio::test]
async fn an_answer_does_not_wait_for_a_body_that_nobody_wants_and_the_connection_goes_on() {
    let running = Running::usual();
    let id = "{00000000-0000-0000-0000-000000000000}";
    let length = 300_000;
    let head = fragment(id, &format!("0-{}/{length}", length - 1), length);
    let mut connection = running.connect().await;
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(b"x").await.unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [500], "{answer}");
    assert_eq!(field(&answer, "Connection"), None);
    connection.write_all(&vec![b'x'; length - 1]).await.unwrap();
    connection.write_all(PING.as_bytes()).await.unwrap();
    assert_eq!(statuses(&read_answer(&mut connection).await), [200]);
}

#[tokio::test]
async fn a_fragment_whose_head_is_refused_is_one_that_came_and_is_told_the_offset() {
    for (field_line, status) in [
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: 2\r\nContent-Length: 3", 400),
        ("Host: b", 400),
        ("X: a\r\n b", 400),
    ] {
        let mut service = ServiceOptions::default();
        service.policy.empty_files = true;
        let running = Running::start(ServerOptions::default(), service);
        let id = open(&mut running.connect().await).await;
        let request = format!(
            "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: fragment\r\nBITS-Session-Id: {id}\r\n\
             Content-Range: bytes 0-1/2\r\n{field_line}\r\n\r\n"
        );
        let answer = running.ask(request.as_bytes()).await;
        assert_eq!(statuses(&answer), [status], "{answer}");
        assert_eq!(field(&answer, "BITS-Session-Id"), Some(&*id), "{answer}");
        assert_eq!(field(&answer, "BITS-Received-Content-Range"), Some("0"));
        assert_eq!(field(&answer, "Connection"), Some("close"));
        let other = running.ask(request.replace("/a ", "/b ").as_bytes()).await;
        assert_eq!(statuses(&other), [status]);
        assert_eq!(field(&other, "BITS-Session-Id"), None);
        let close = format!(
            "BITS_POST /a HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Close-Session\r\nBITS-Session-Id: {id}\r\n\
             Content-Length: 0\r\n\r\n"
        );
        assert_eq!(statuses(&running.ask(close.as_bytes()).await), [200]);
        assert_eq!(running.store.file("/a"), None, "it is no empty file");
    }
}

#[tokio::test]
async fn http_1_0_is_answered_and_the_connection_closes() {
    let running = Running::usual();
    let ping = PING.replace("HTTP/1.1", "HTTP/1.0");
    let answers = running.ask((ping + PING).as_bytes()).await;
    assert_eq!(statuses(&answers), [200], "{answers}");
    assert!(answers.starts_with("HTTP/1.1 200 "), "{answers}");
}
