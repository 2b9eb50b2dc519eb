//! Several requests at once.

use super::*;

#[tokio::test]
async fn a_later_request_stops_an_earlier_one_of_the_same_session_whose_body_hangs() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let mut earlier = Vec::new();
    for _ in 0..3 {
        let (sender, body) = script();
        let request = fragment("/a", &id, "0-4/9", 5).body(body).unwrap();
        let call = service.clone().call(request);
        sender.send(Ok(Bytes::from_static(b"hel"))).await.unwrap();
        earlier.push((sender, tokio::spawn(call)));
        tokio::task::yield_now().await;
    }
    let answer = ask(&service, fragment("/a", &id, "0-4/9", 5), b"hello").await;
    assert_eq!(
        (answer.status().as_u16(), offset(&answer)),
        (200, Some("5"))
    );
    assert_eq!(store.lock().sessions.values().next().unwrap().1, b"hello");
    for (_sender, answer) in earlier {
        let Ok(answer) = answer.await.unwrap();
        assert_eq!(answer.status(), 408);
        assert_eq!(field(&answer, "connection"), Some("close"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_stops_nobody_and_hears_of_nobody() {
    let (_, service) = service();
    let id = open(&service, "/a").await;
    let (sender, body) = script();
    let request = fragment("/a", &id, "0-4/9", 5).body(body).unwrap();
    let first = tokio::spawn(service.clone().call(request));
    sender.send(Ok(Bytes::from_static(b"hel"))).await.unwrap();
    tokio::task::yield_now().await;
    let begun = tokio::time::Instant::now();
    let answer = ask(&service, fragment("/b", &id, "0-4/9", 5), b"hello").await;
    let unknown = "{00000000-0000-0000-0000-000000000001}";
    let other = ask(&service, fragment("/b", unknown, "0-4/9", 5), b"hello").await;
    assert_refused(&answer, 500, Some(HResult::SESSION_NOT_FOUND));
    assert_eq!(format!("{answer:?}"), format!("{other:?}"));
    assert_eq!(begun.elapsed(), Duration::ZERO, "he does not wait");
    sender.send(Ok(Bytes::from_static(b"lo"))).await.unwrap();
    drop(sender);
    let Ok(answer) = first.await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), offset(&answer)),
        (200, Some("5"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_user_gets_more_sessions_by_asking_at_once() {
    let mut options = ServiceOptions::default();
    options.policy.max_sessions = 3;
    let (_, service) = with(options);
    let asked: Vec<_> = (0..20)
        .map(|number| {
            let service = service.clone();
            let path = format!("/{number}");
            tokio::spawn(async move { ask(&service, create(&path), b"").await.status() })
        })
        .collect();
    let mut opened = 0;
    for status in asked {
        opened += usize::from(status.await.unwrap() == 200);
    }
    assert_eq!(opened, 3);
}

#[tokio::test]
async fn idle_sessions_are_swept_a_few_at_a_time() {
    let (store, service) = service();
    for path in ["/a", "/b", "/c"] {
        open(&service, path).await;
    }
    assert_eq!(service.sweep(10).await.unwrap(), 0);
    store.age();
    let young = open(&service, "/d").await;
    assert_eq!(service.sweep(2).await.unwrap(), 2);
    assert_eq!(service.sweep(2).await.unwrap(), 1);
    assert_eq!(store.lock().sessions.len(), 1);
    let answer = ask(&service, fragment("/d", &young, "0-4/9", 5), b"hello").await;
    assert_eq!(answer.status(), 200);
    assert!(
        service
            .metrics()
            .to_text()
            .contains("bits_expired_sessions_total 3")
    );
    store.lock().fails = Some(("visit", Fault::Failed));
    assert!(service.sweep(2).await.is_err());
}

#[tokio::test]
async fn a_session_that_is_in_use_is_not_swept() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let (sender, body) = script();
    let request = fragment("/a", &id, "0-4/9", 5).body(body).unwrap();
    let call = tokio::spawn(service.clone().call(request));
    sender.send(Ok(Bytes::from_static(b"hel"))).await.unwrap();
    while store.lock().sessions.values().next().unwrap().1.is_empty() {
        tokio::task::yield_now().await;
    }
    store.age();
    assert_eq!(service.sweep(10).await.unwrap(), 0);
    // Another sweep has seen it idle, and waits for its turn while it is used.
    let sweep = tokio::spawn({
        let service = service.clone();
        async move { service.sweep(10).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    sender.send(Ok(Bytes::from_static(b"lo"))).await.unwrap();
    drop(sender);
    let Ok(answer) = call.await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(sweep.await.unwrap(), 0);
    assert_eq!(store.lock().sessions.len(), 1);
}
