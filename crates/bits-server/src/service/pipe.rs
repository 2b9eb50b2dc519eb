//! From the body of a request into a session.

use std::pin::Pin;

use bits_session::server::Receive;
use bytes::{Buf, Bytes};
use http_body::Body;
use tokio::task::{JoinHandle, spawn_blocking};

use super::conduct::lost;
use super::intake::{Intake, Stop};
use crate::store::{StoreError, Upload};

/// How many bytes wait at most while others are written.
const BATCH: usize = 128 * 1024;

/// Carries a body into a session: reads while it writes, and holds little of both.
pub(super) struct Pipe<U> {
    pub(super) upload: Option<U>,
    receive: Receive,
    /// How many bytes to pass over yet.
    skip: u64,
    /// How many to take yet.
    left: u64,
    batch: Vec<Bytes>,
    batched: usize,
    writing: Option<JoinHandle<(U, u64, Option<StoreError>)>>,
    pub(super) written: u64,
    pub(super) error: Option<StoreError>,
}

impl<U: Upload> Pipe<U> {
    pub(super) fn new(upload: U, receive: Receive) -> Self {
        Pipe {
            upload: Some(upload),
            receive,
            skip: receive.skip,
            left: receive.length,
            batch: Vec::new(),
            batched: 0,
            writing: None,
            written: 0,
            error: None,
        }
    }

    /// Until all is written, or no more comes, or no more can be written.
    pub(super) async fn run<B: Body<Data = Bytes>>(
        &mut self,
        intake: &mut Intake<B>,
        mut stop: Pin<&mut impl Future<Output = Stop>>,
    ) -> Option<Stop> {
        let mut stopped = None;
        let mut is_over = false;
        loop {
            self.write();
            let can_read = !is_over && self.left > 0 && self.batched < BATCH;
            if !can_read && self.writing.is_none() {
                return stopped;
            }
            tokio::select! {
                biased;
                why = stop.as_mut(), if can_read => {
                    intake.give_up();
                    stopped = Some(why);
                    is_over = true;
                }
                bytes = intake.next(), if can_read => match bytes {
                    Ok(Some(bytes)) => self.take(bytes),
                    Ok(None) => is_over = true,
                    Err(why) => {
                        stopped = Some(why);
                        is_over = true;
                    }
                },
                () = written(&mut self.writing, &mut self.upload, &mut self.written, &mut self.error),
                    if self.writing.is_some() => is_over |= self.error.is_some(),
            }
        }
    }

    fn take(&mut self, mut bytes: Bytes) {
        let known = self.skip.min(bytes.len() as u64);
        self.skip -= known;
        // Neither is more than the length of what is there.
        bytes.advance(usize::try_from(known).unwrap_or(usize::MAX));
        bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= bytes.len() as u64;
        if !bytes.is_empty() {
            self.batched += bytes.len();
            self.batch.push(bytes);
        }
    }

    /// Begins to write what is there, if nothing is being written.
    fn write(&mut self) {
        if self.batch.is_empty() || self.writing.is_some() || self.error.is_some() {
            return;
        }
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        let batch = std::mem::take(&mut self.batch);
        self.batched = 0;
        let (at, total) = (self.receive.at + self.written, self.receive.total);
        self.writing = Some(spawn_blocking(move || {
            let mut count = 0;
            for bytes in batch {
                if let Err(error) = upload.append(at + count, total, &bytes) {
                    return (upload, count, Some(error));
                }
                count += bytes.len() as u64;
            }
            (upload, count, None)
        }));
    }
}

async fn written<U>(
    writing: &mut Option<JoinHandle<(U, u64, Option<StoreError>)>>,
    upload: &mut Option<U>,
    written: &mut u64,
    error: &mut Option<StoreError>,
) {
    let Some(handle) = writing else {
        return;
    };
    let done = handle.await;
    *writing = None;
    match done {
        Ok((back, count, fault)) => {
            *upload = Some(back);
            *written += count;
            *error = fault;
        }
        Err(_) => *error = Some(lost()),
    }
}
