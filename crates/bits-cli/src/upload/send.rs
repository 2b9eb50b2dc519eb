//! `bits send`.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use bits_client::session::Outcome;
use bits_client::{Client, Job, Options, Start, session};
use indicatif::BinaryBytes;
use serde_json::json;

use super::signals::{INTERRUPTED, first_interruption, unless};
use super::verdict::Verdict;
use super::watch::Watch;
use super::{block_on, connect};
use crate::args::SendArgs;

/// Runs `bits send`, and gives its exit status.
pub(crate) fn send(arguments: &SendArgs) -> io::Result<ExitCode> {
    let mut watch = Watch::new(&arguments.connect);
    let verdict = match prepare(arguments) {
        Ok((mut job, mut client)) => {
            watch.hide(client.secrets());
            begin(arguments, &job, &client, &mut watch);
            let interruption = first_interruption()?;
            block_on(run(&mut job, &mut client, &mut watch, interruption))?
        }
        Err(verdict) => verdict,
    };
    if let Some(error) = watch.conclude(&verdict) {
        // The exit status is about the file.
        let result = verdict.result;
        let _ = writeln!(
            anstream::stderr(),
            "standard output: {error}; the result is \"{result}\", as the exit status says"
        );
    }
    Ok(ExitCode::from(verdict.exit_code))
}

fn prepare(arguments: &SendArgs) -> Result<(Job, Client), Verdict> {
    let name = arguments.file.file_name().unwrap_or_default();
    let url = connect::url(&arguments.url)?.with_name(name.as_encoded_bytes());
    let options = Options {
        session: session::Options {
            fragment_size: arguments.fragment_size.get(),
            ping_first: !arguments.no_ping,
            max_failures: arguments.retries,
            no_progress_timeout: arguments.give_up_after,
            ..session::Options::default()
        },
        rate: arguments.rate,
        trust_host_id: arguments.trust_host_id,
        ..connect::options(&arguments.connect)
    };
    let open = if arguments.cancel {
        Job::to_cancel
    } else {
        Job::open
    };
    let job = open(&arguments.file, &url, arguments.state.clone(), &options)
        .map_err(|error| Verdict::of_error(&error))?;
    let client = connect::client(url, &arguments.connect, options)?;
    Ok((job, client))
}

fn begin(arguments: &SendArgs, job: &Job, client: &Client, watch: &mut Watch) {
    let offset = job.saved().offset;
    watch.event(&json!({
        "event": "started",
        "file": arguments.file.to_string_lossy(),
        "url": client.url().to_string(),
        "size": job.size(),
        "offset": offset,
        "state": job.state_file().path().to_string_lossy(),
    }));
    match job.start() {
        Start::New => {}
        Start::Resumed { .. } if arguments.cancel => {}
        Start::Resumed { offset } => {
            let (offset, size) = (BinaryBytes(offset), BinaryBytes(job.size()));
            watch.remark(&format!("going on at {offset} of {size}"));
        }
        Start::FileChanged => {
            watch.remark("the file has changed since its upload began: beginning again");
        }
    }
    watch.resume(job.saved());
    if !arguments.cancel {
        watch.show_bar(job.size(), offset);
    }
}

async fn run(
    job: &mut Job,
    client: &mut Client,
    watch: &mut Watch,
    interruption: impl Future<Output = ()>,
) -> Verdict {
    let begun = Instant::now();
    match unless(interruption, job.run(client, watch)).await {
        Some(Ok(ended)) => Verdict {
            empty: ended.outcome == Outcome::Complete && job.size() == 0,
            ..Verdict::of_end(&ended, || done(job, client, begun))
        },
        Some(Err(error)) => Verdict::of_error(&error),
        None => interrupted(job),
    }
}

fn done(job: &Job, client: &Client, begun: Instant) -> String {
    let url = client.url();
    if job.size() == 0 {
        return format!(
            "{url}: the session is closed; the protocol has no packet for an empty file, and the server \
             may not have made one"
        );
    }
    let (size, seconds) = (BinaryBytes(job.size()), begun.elapsed().as_secs_f64());
    format!("{url}: {size} sent in {seconds:.1} s")
}

fn interrupted(job: &mut Job) -> Verdict {
    let kept = job.keep();
    let saved = job.saved();
    let (offset, size) = (BinaryBytes(saved.offset), BinaryBytes(saved.size));
    let message = format!("interrupted at {offset} of {size}");
    let (message, advice) = match kept {
        Ok(()) => (
            message,
            "run the same command again to go on, or with --cancel to drop what was sent",
        ),
        Err(error) => (
            format!("{message}, and {error}"),
            "run the same command again, which may have to begin again",
        ),
    };
    Verdict::bad(("interrupted", INTERRUPTED), message, Some(advice))
}
