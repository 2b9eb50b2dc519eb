//! Connections that take too long, or are too many.

use bits_session::server::Session;
use tokio::task::JoinSet;

use super::*;
use crate::store::Store;

fn short() -> ServerOptions {
    ServerOptions {
        head_timeout: Duration::from_millis(150),
        idle_timeout: Duration::from_millis(150),
        ..ServerOptions::default()
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_given_up() {
    let running = Running::start(short(), ServiceOptions::default());
    for (begun, is_ack) in [("BITS_POST /a HTTP/1.1\r\nHos", true), ("GET", false)] {
        let mut connection = running.connect().await;
        connection.write_all(begun.as_bytes()).await.unwrap();
        let answer = read_answer(&mut connection).await;
        assert_eq!(statuses(&answer), [408], "{answer}");
        assert_eq!(field(&answer, "BITS-Packet-Type").is_some(), is_ack);
        assert_eq!(field(&answer, "Connection"), Some("close"));
    }
}

#[tokio::test]
async fn a_drip_of_bytes_gives_a_head_no_more_time() {
    let running = Running::start(short(), ServiceOptions::default());
    let (mut read, mut write) = running.connect().await.into_split();
    let drip = tokio::spawn(async move {
        for byte in PING.as_bytes() {
            if write.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(statuses(&read_answer(&mut read).await), [408]);
    drip.abort();
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let running = Running::start(short(), ServiceOptions::default());
    let mut connection = running.connect().await;
    assert_eq!(read_answer(&mut connection).await, "");
    let mut connection = running.connect().await;
    connection.write_all(PING.as_bytes()).await.unwrap();
    assert_eq!(statuses(&read_answer(&mut connection).await), [200]);
    assert_eq!(read_answer(&mut connection).await, "");
}

#[tokio::test]
async fn who_opens_a_connection_has_the_time_of_a_head_and_not_more() {
    let options = ServerOptions {
        head_timeout: Duration::from_millis(150),
        idle_timeout: HANGS * 2,
        ..ServerOptions::default()
    };
    let running = Running::start(options, ServiceOptions::default());
    let mut connection = running.connect().await;
    assert_eq!(read_answer(&mut connection).await, "");
}

#[tokio::test]
async fn a_client_that_waits_for_an_answer_is_not_idle() {
    let running = Running::start(short(), ServiceOptions::default());
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let begun = fragment(&id, "0-4/10", 5) + "hell";
    connection.write_all(begun.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    connection.write_all(b"o").await.unwrap();
    assert_eq!(statuses(&read_answer(&mut connection).await), [200]);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_and_kept() {
    let mut service = ServiceOptions::default();
    service.body.idle = Duration::from_millis(150);
    let running = Running::start(ServerOptions::default(), service);
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let begun = fragment(&id, "0-9/10", 10) + "hello";
    connection.write_all(begun.as_bytes()).await.unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [408]);
    assert_eq!(field(&answer, "BITS-Received-Content-Range"), Some("5"));
    assert_eq!(field(&answer, "Connection"), Some("close"));
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait() {
    let options = ServerOptions {
        max_connections: 1,
        ..ServerOptions::default()
    };
    let running = Running::start(options, ServiceOptions::default());
    let first = running.connect().await;
    running.until_connections(1).await;
    let mut second = running.connect().await;
    second.write_all(PING.as_bytes()).await.unwrap();
    let waited = timeout(Duration::from_millis(100), read_answer(&mut second)).await;
    assert!(waited.is_err());
    drop(first);
    assert_eq!(statuses(&read_answer(&mut second).await), [200]);
}

#[tokio::test]
async fn idle_sessions_are_counted_at_the_start_and_removed_later() {
    let options = ServerOptions {
        // Long enough to be seen before the next.
        sweep_interval: Duration::from_secs(3),
        ..ServerOptions::default()
    };
    let mut service = ServiceOptions::default();
    service.policy.idle_timeout = Duration::ZERO;
    let owner = bits_session::server::Caller {
        user: None,
        target: "/a".to_owned(),
    };
    let id = bits_packet::Guid::new(1);
    let session = Session::new(id, owner, std::time::SystemTime::now());
    let store = MemoryStore::default();
    store.create(&session).unwrap();
    let running = Running::start_at(store, options, service, None);
    running.until_counted("bits_sessions 1").await;
    running.until_counted("bits_expired_sessions_total 1").await;
    assert!(running.store.lock().sessions.is_empty());
}

/// Fills a server that has so many places with connections that have sent that, and asks it something.
async fn is_answered_beside(beside: Vec<u8>) {
    let options = ServerOptions {
        max_connections: 4,
        ..ServerOptions::default()
    };
    let running = Running::start(options, ServiceOptions::default());
    let mut others = Vec::new();
    for _ in 0..4 {
        let mut connection = running.connect().await;
        connection.write_all(&beside).await.unwrap();
        others.push(connection);
    }
    let mut late = running.connect().await;
    late.write_all(PING.as_bytes()).await.unwrap();
    let answer = read_answer(&mut late).await;
    assert_eq!(statuses(&answer), [200], "{}", beside.escape_ascii());
}

#[tokio::test]
async fn who_does_nothing_for_anybody_makes_room_for_who_does() {
    let unwanted = PING.replace("Content-Length: 0", "Content-Length: 9999999");
    assert_ne!(unwanted, PING);
    let mut trials = JoinSet::new();
    for beside in ["", "B", PING, &unwanted, "\0"] {
        trials.spawn(is_answered_beside(beside.as_bytes().to_vec()));
    }
    trials.join_all().await;
}

#[tokio::test]
async fn who_is_slow_to_begin_with_tls_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let root = tls::certify(folder.path());
    let options = ServerOptions {
        max_connections: 2,
        ..ServerOptions::default()
    };
    let loaded = std::sync::Arc::new(tls::load(folder.path()).unwrap());
    let running = Running::start_with(options, ServiceOptions::default(), Some(loaded));
    let _silent = [running.connect().await, running.connect().await];
    let answer = timeout(HANGS, tls::ping(&running, &root)).await.unwrap();
    assert_eq!(statuses(&answer.unwrap()), [200]);
}

#[tokio::test]
async fn who_sends_a_body_that_is_wanted_keeps_its_place() {
    let options = ServerOptions {
        max_connections: 2,
        ..ServerOptions::default()
    };
    let running = Running::start(options, ServiceOptions::default());
    let id = open(&mut running.connect().await).await;
    let mut busy = running.connect().await;
    let head = fragment(&id, "0-4/5", 5);
    busy.write_all(head.as_bytes()).await.unwrap();
    busy.write_all(b"hell").await.unwrap();
    running.until_connections(1).await;
    for _ in 0..4 {
        let mut other = running.connect().await;
        other.write_all(PING.as_bytes()).await.unwrap();
        assert_eq!(statuses(&read_answer(&mut other).await), [200]);
        // It is closed for the next one: so that there is room.
        assert_eq!(read_answer(&mut other).await, "");
    }
    busy.write_all(b"o").await.unwrap();
    assert_eq!(statuses(&read_answer(&mut busy).await), [200]);
    assert_eq!(running.store.file("/a").unwrap(), b"hello");
}

#[tokio::test]
async fn more_connections_of_a_peer_than_there_may_be_are_closed() {
    let options = ServerOptions {
        max_connections_per_peer: Some(1),
        ..ServerOptions::default()
    };
    let running = Running::start(options, ServiceOptions::default());
    let first = running.connect().await;
    running.until_connections(1).await;
    assert_eq!(read_answer(&mut running.connect().await).await, "");
    drop(first);
    running.until_connections(0).await;
    assert_eq!(statuses(&running.ask(PING.as_bytes()).await), [200]);
}

#[tokio::test]
async fn a_client_that_takes_no_answer_is_given_up() {
    let options = ServerOptions {
        write_timeout: Duration::from_millis(150),
        ..ServerOptions::default()
    };
    let running = Running::start(options, ServiceOptions::default());
    let mut connection = running.connect().await;
    running.until_connections(1).await;
    let pings = PING.repeat(1000);
    let send = async { while connection.write_all(pings.as_bytes()).await.is_ok() {} };
    timeout(HANGS, send).await.unwrap();
    running.until_connections(0).await;
}
