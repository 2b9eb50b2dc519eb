//! The end of a server.

use bits_session::server::Fault;

use super::*;

/// Waits until a byte of the one session is there.
async fn until_something_is_stored(running: &Running) {
    let is_empty = || {
        running
            .store
            .lock()
            .sessions
            .values()
            .all(|(_, bytes)| bytes.is_empty())
    };
    while is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let mut running = Running::usual();
    let untouched = running.connect().await;
    let mut used = running.connect().await;
    used.write_all(PING.as_bytes()).await.unwrap();
    assert_eq!(statuses(&read_answer(&mut used).await), [200]);
    running.until_connections(2).await;
    running.stop.take().unwrap().send(()).unwrap();
    timeout(Duration::from_secs(10), running.task)
        .await
        .unwrap()
        .unwrap();
    drop((untouched, used));
}

#[tokio::test]
async fn requests_may_end() {
    let mut running = Running::usual();
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let begun = fragment(&id, "0-4/5", 5) + "hell";
    connection.write_all(begun.as_bytes()).await.unwrap();
    until_something_is_stored(&running).await;
    running.stop.take().unwrap().send(()).unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    connection.write_all(b"o").await.unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    assert_eq!(running.store.file("/a").unwrap(), b"hello");
    timeout(HANGS, running.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn bodies_that_do_not_end_are_cut_and_kept() {
    let options = ServerOptions {
        shutdown_timeout: Duration::from_millis(100),
        ..ServerOptions::default()
    };
    let mut running = Running::start(options, ServiceOptions::default());
    let mut connection = running.connect().await;
    let id = open(&mut connection).await;
    let begun = fragment(&id, "0-9/10", 10) + "hello";
    connection.write_all(begun.as_bytes()).await.unwrap();
    until_something_is_stored(&running).await;
    running.stop.take().unwrap().send(()).unwrap();
    let answer = read_answer(&mut connection).await;
    assert_eq!(statuses(&answer), [408], "{answer}");
    assert_eq!(field(&answer, "BITS-Received-Content-Range"), Some("5"));
    drop(connection);
    timeout(HANGS, running.task).await.unwrap().unwrap();
    assert_eq!(
        running
            .store
            .lock()
            .sessions
            .values()
            .next()
            .unwrap()
            .0
            .received,
        5
    );
}

#[tokio::test]
async fn an_administrator_is_answered() {
    let store = MemoryStore::default();
    let service = UploadService::new(store.clone(), OpenGate, ServiceOptions::default());
    let mut server = Server::new(service, ServerOptions::default());
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    server.listen_admin(socket).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    for (request, status, text) in [
        ("GET /healthz", 200, "ok\n"),
        ("GET /metrics", 200, "# EOF\n"),
        ("POST /metrics", 405, ""),
        ("GET /", 404, "there are /healthz and /metrics\n"),
        ("HEAD /healthz", 503, "\r\n\r\n"),
        ("GET /healthz", 503, "cannot check\n"),
    ] {
        if status == 503 {
            store.lock().fails = Some(("check", Fault::Failed));
        }
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!("{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(HANGS, connection.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(statuses(&answer)[..1], [status], "{answer}");
        assert!(answer.ends_with(text), "{answer}");
    }
    stop.send(()).unwrap();
    timeout(HANGS, task).await.unwrap().unwrap();
}
