//! A server that stores one file.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub(super) const ID: &str = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";

/// Answers a request, by packet type and head, in place of the right answer.
pub(super) type Change = fn(&str, &str) -> Option<String>;

/// A server that stores one file.
pub(super) struct Server {
    address: SocketAddr,
    pub(super) file: Arc<Mutex<Vec<u8>>>,
    packets: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
}

impl Server {
    pub(super) fn new(change: Change) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            file: Arc::default(),
            packets: Arc::default(),
            is_over: Arc::default(),
        };
        let (file, packets) = (server.file.clone(), server.packets.clone());
        let is_over = server.is_over.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                stream
                    .set_read_timeout(Some(Duration::from_secs(60)))
                    .unwrap();
                let (file, packets) = (file.clone(), packets.clone());
                thread::spawn(move || serve(&stream, &file, &packets, change));
            }
        });
        server
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/drop/", self.address)
    }

    pub(super) fn packets(&self) -> Vec<String> {
        self.packets.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: &TcpStream,
    file: &Mutex<Vec<u8>>,
    packets: &Mutex<Vec<String>>,
    change: Change,
) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let field = |name: &str| {
            let (_, value) = head.split_once(&format!("{name}: "))?;
            Some(value.split_once("\r\n").unwrap().0.to_owned())
        };
        let length: usize = field("Content-Length").unwrap().parse().unwrap();
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let packet = field("BITS-Packet-Type").unwrap();
        packets.lock().unwrap().push(packet.clone());
        let answer = change(&packet, &head).unwrap_or_else(|| {
            let mut file = file.lock().unwrap();
            match packet.as_str() {
                "Create-Session" => {
                    file.clear();
                    let protocol = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
                    ack(
                        200,
                        &format!("BITS-Protocol: {protocol}\r\nBITS-Session-Id: {ID}\r\n"),
                    )
                }
                "Fragment" => {
                    let range = field("Content-Range").unwrap();
                    let first = range
                        .strip_prefix("bytes ")
                        .unwrap()
                        .split_once('-')
                        .unwrap()
                        .0;
                    let is_next = first.parse() == Ok(file.len());
                    if is_next {
                        file.extend_from_slice(&body);
                    }
                    let offset = format!("BITS-Received-Content-Range: {}\r\n", file.len());
                    ack(if is_next { 200 } else { 416 }, &offset)
                }
                _ => ack(200, ""),
            }
        });
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

pub(super) fn ack(status: u16, fields: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n{fields}\r\n")
}

pub(super) fn plain(status: u16, fields: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{fields}\r\n")
}
