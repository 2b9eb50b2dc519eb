//! Bodies that do not come as they should.

use super::*;
use crate::BodyLimits;

/// Sends a Fragment of five bytes in the pieces that are sent.
fn begin(
    service: &Open,
    id: &str,
) -> (
    mpsc::Sender<Result<Bytes, ()>>,
    tokio::task::JoinHandle<Answer>,
) {
    let (sender, body) = script();
    let request = fragment("/a", id, "0-4/9", 5).body(body).unwrap();
    let call = service.clone().call(request);
    let answer = tokio::spawn(async move { call.await.unwrap_or_else(|never| match never {}) });
    (sender, answer)
}

fn piece(text: &'static str) -> Result<Bytes, ()> {
    Ok(Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn a_body_comes_in_pieces() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let (sender, answer) = begin(&service, &id);
    for text in ["h", "", "ell", "o"] {
        sender.send(piece(text)).await.unwrap();
        tokio::task::yield_now().await;
    }
    drop(sender);
    let answer = answer.await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), offset(&answer)),
        (200, Some("5"))
    );
    assert_eq!(store.lock().sessions.values().next().unwrap().1, b"hello");
}

#[tokio::test]
async fn of_a_body_that_breaks_off_the_beginning_is_kept() {
    for end in [None, Some(Err(()))] {
        let (store, service) = service();
        let id = open(&service, "/a").await;
        let (sender, answer) = begin(&service, &id);
        sender.send(piece("hel")).await.unwrap();
        if let Some(end) = end {
            sender.send(end).await.unwrap();
        }
        drop(sender);
        let answer = answer.await.unwrap();
        assert_refused(&answer, 408, None);
        assert_eq!(offset(&answer), Some("3"));
        assert_eq!(store.lock().sessions.values().next().unwrap().1, b"hel");
        let answer = ask(&service, fragment("/a", &id, "0-4/9", 5), b"hello").await;
        assert_eq!(
            (answer.status().as_u16(), offset(&answer)),
            (200, Some("5"))
        );
        assert_eq!(store.lock().sessions.values().next().unwrap().1, b"hello");
    }
}

#[tokio::test]
async fn what_a_client_gives_up_on_is_finished_all_the_same() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let (sender, answer) = begin(&service, &id);
    sender.send(piece("hel")).await.unwrap();
    while store.lock().sessions.values().next().unwrap().1.is_empty() {
        tokio::task::yield_now().await;
    }
    answer.abort();
    drop(sender);
    service.shut_down().await;
    assert_eq!(store.lock().sessions.values().next().unwrap().0.received, 3);
}

#[tokio::test]
async fn more_than_the_range_is_not_taken() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let answer = ask(&service, fragment("/a", &id, "0-4/9", 5), b"hello world").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(store.lock().sessions.values().next().unwrap().1, b"hello");
}

#[tokio::test(start_paused = true)]
async fn a_body_of_which_nothing_comes_is_given_up() {
    let (_, service) = service();
    let id = open(&service, "/a").await;
    let (sender, answer) = begin(&service, &id);
    sender.send(piece("hel")).await.unwrap();
    let answer = answer.await.unwrap();
    assert_refused(&answer, 408, None);
    assert_eq!(
        (offset(&answer), field(&answer, "connection")),
        (Some("3"), Some("close"))
    );
    drop(sender);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_too_slowly_is_given_up_though_it_is_never_idle() {
    let mut options = ServiceOptions::default();
    options.body.grace = Duration::from_secs(10);
    options.body.rate = 1;
    let (_, service) = with(options);
    let id = open(&service, "/a").await;
    let (sender, answer) = begin(&service, &id);
    let drip = tokio::spawn(async move {
        for text in ["h", "e", "l", "l", "o"] {
            if sender.send(piece(text)).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
    });
    let answer = answer.await.unwrap();
    assert_refused(&answer, 408, None);
    // At 0, 4, 8 and 12 seconds a byte: each is worth one more.
    assert_eq!(offset(&answer), Some("4"));
    drip.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_is_not_the_fault_of_the_client() {
    let mut intake = super::super::intake::Intake::new(
        &fragment("/a", "x", "0-4/9", 5)
            .body(())
            .unwrap()
            .into_parts()
            .0,
        Full::new(Bytes::from_static(b"hello")),
        BodyLimits::default(),
    );
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(intake.next().await, Ok(Some(Bytes::from_static(b"hello"))));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(intake.next().await, Ok(None));
}

#[tokio::test]
async fn a_body_that_nobody_wants_is_read_up_to_a_limit() {
    let mut options = ServiceOptions::default();
    options.body.drain = 4;
    let (_, small) = with(options);
    let (_, large) = service();
    let id = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";
    for (service, end) in [(small, Some("close")), (large, None)] {
        let answer = ask(&service, fragment("/a", id, "0-4/9", 5), b"hello").await;
        assert_refused(&answer, 500, Some(HResult::SESSION_NOT_FOUND));
        assert_eq!(field(&answer, "connection"), end);
    }
}

#[tokio::test]
async fn bodies_are_cut_when_the_service_is_shut_down() {
    let (store, service) = service();
    let id = open(&service, "/a").await;
    let (sender, answer) = begin(&service, &id);
    sender.send(piece("hel")).await.unwrap();
    while store.lock().sessions.values().next().unwrap().1.is_empty() {
        tokio::task::yield_now().await;
    }
    service.shut_down().await;
    let answer = answer.await.unwrap();
    assert_refused(&answer, 408, None);
    assert_eq!(store.lock().sessions.values().next().unwrap().0.received, 3);
    drop(sender);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_is_read_behind_the_answer_as_fast_as_one_that_is_wanted() {
    let (_, service) = service();
    let (sender, answer) = begin(&service, "{00000000-0000-0000-0000-000000000000}");
    let answer = answer.await.unwrap();
    assert_refused(&answer, 500, Some(HResult::SESSION_NOT_FOUND));
    assert_eq!(field(&answer, "connection"), None);
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        sender.send(piece("h")).await.unwrap();
    }
    // 30 seconds are over, in which too little came.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(sender.is_closed(), "so that the connection ends");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_does_not_hold_up_a_shutdown() {
    let (_, service) = service();
    let (sender, answer) = begin(&service, "{00000000-0000-0000-0000-000000000000}");
    answer.await.unwrap();
    let begun = tokio::time::Instant::now();
    service.shut_down().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(sender.is_closed());
}
