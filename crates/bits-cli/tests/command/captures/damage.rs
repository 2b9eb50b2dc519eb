//! Captures that are damaged, or none.

use std::fs;

use serde_json::json;

use super::{folder, objects, path, records, run};
use crate::common::{bits, bits_in, scratch};

#[test]
fn what_is_no_capture_is_refused_with_the_reason() {
    let scratch = scratch("no-captures");
    fs::write(scratch.join("text"), b"BITS_POST / HTTP/1.1\r\n\r\n").unwrap();
    fs::write(scratch.join("empty"), b"").unwrap();
    fs::create_dir(scratch.join("folder")).unwrap();
    for (name, says) in [
        (
            "text",
            "error: text: is no capture file: neither pcap nor pcapng, nor one of them in gzip or zstd\n",
        ),
        (
            "empty",
            "error: empty: is empty: there is no capture in it\n",
        ),
        (
            "folder",
            "error: folder: Is a directory (os error 21); name the captures in it\n",
        ),
        (
            "missing",
            "error: missing: No such file or directory (os error 2); name a capture, or `-` for standard input\n",
        ),
    ] {
        let run = bits_in(&scratch, &["inspect", name], b"");
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        assert_eq!(run.stderr, says);
    }
    let run = bits(&["inspect", "-"], b"");
    assert_eq!(run.status, Some(2));
    assert_eq!(
        run.stderr,
        "error: standard input: is empty: there is no capture in it\n"
    );
}

#[test]
fn a_segment_with_a_wrong_checksum_is_a_hole_unless_it_is_asked_for() {
    let mut capture = fs::read(path("mc-bup-4.1.pcap")).unwrap();
    let (header, all) = records(&capture);
    let longest = (0..all.len()).max_by_key(|at| all[*at].len()).unwrap();
    let end: usize = all[..=longest].iter().map(|record| record.len()).sum();
    let last = header.len() + end - 1;
    capture[last] ^= 1;
    let scratch = scratch("checksum");
    fs::write(scratch.join("flip.pcap"), capture).unwrap();
    let arguments = ["inspect", "--format", "json", "flip.pcap"];
    let strict = bits_in(&scratch, &arguments, b"");
    assert!(
        strict.stderr.contains(
            "note: 1 segment with a wrong checksum, where others are right: passed over (`--ignore-checksums` \
             takes them)\n"
        ),
        "{}",
        strict.stderr
    );
    assert_eq!(objects(&strict.stdout)[0]["complete"], false);
    let all = bits_in(
        &scratch,
        &[&arguments[..], &["--ignore-checksums"]].concat(),
        b"",
    );
    assert_eq!(all.stderr, "");
    assert_eq!(objects(&all.stdout)[0]["complete"], true);
}

#[test]
fn what_can_be_read_is_told_beside_what_cannot() {
    let run = run(&[
        "inspect",
        "--format",
        "json",
        "missing.pcap",
        "send.pcap",
        "README.md",
    ]);
    assert_eq!(run.status, Some(2));
    assert_eq!(objects(&run.stdout)[0]["complete"], true);
    let complaints: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(complaints.len(), 2, "{}", run.stderr);
    assert!(complaints[0].starts_with("error: missing.pcap: "));
    assert!(complaints[1].starts_with("error: README.md: "));
}

#[test]
fn a_capture_that_is_cut_off_is_read_to_its_end() {
    let whole = fs::read(folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    let part = [header, &records[..40].concat()].concat();
    // Inside the header of the next record, and inside its frame.
    for more in [1, 15, 16, 60] {
        let cut = [&part[..], &records[40][..more]].concat();
        let run = bits(&["inspect", "--format", "json", "-"], &cut);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let sessions = objects(&run.stdout);
        assert_eq!(sessions[0]["total_bytes"], 50_001);
        assert_eq!(sessions[0]["complete"], false);
        let says = format!("at offset {}", part.len());
        assert!(
            run.stderr
                .starts_with("standard input: the file ends inside a record")
        );
        assert!(run.stderr.contains(&says), "{says}: {}", run.stderr);
    }
    for inside in [1, 4, 23] {
        let run = bits(&["inspect", "-"], &whole[..inside]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{inside}");
        assert!(
            run.stderr.starts_with("error: standard input: "),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn times_that_step_back_are_told() {
    let whole = fs::read(folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    for (by, says) in [(50, ""), (7_290, "2 h 1 min")] {
        let mut stepping = header.to_vec();
        for (at, record) in records.iter().enumerate() {
            let (seconds, rest) = record.split_first_chunk::<4>().unwrap();
            let is_behind = at >= records.len() / 2;
            let seconds = u32::from_le_bytes(*seconds) - u32::from(is_behind) * by;
            stepping.extend(seconds.to_le_bytes());
            stepping.extend(rest);
        }
        let run = bits(&["inspect", "--format", "json", "-"], &stepping);
        assert_eq!(run.status, Some(0));
        assert_eq!(objects(&run.stdout)[0]["complete"], true);
        let start = format!("standard input: times step back by {says}");
        assert_eq!(
            run.stderr.starts_with(&start),
            !says.is_empty(),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), usize::from(!says.is_empty()));
    }
}

#[test]
fn noise_in_the_middle_is_passed_over() {
    let whole = fs::read(folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    let before = [header, &records[..30].concat()].concat();
    let noise: Vec<u8> = (0..1_000u32)
        .map(|at| (at * 97 % 251) as u8 | 0x80)
        .collect();
    let damaged = [&before[..], &noise, &records[30..].concat()].concat();
    let run = bits(&["inspect", "--format", "json", "-"], &damaged);
    assert_eq!(run.status, Some(0));
    let session = &objects(&run.stdout)[0];
    assert_eq!(session["complete"], true, "{}", run.stderr);
    let says = format!(
        "standard input: 1000 bytes at offset {} are no record: passed over\n",
        before.len()
    );
    assert_eq!(run.stderr, says);
}

#[test]
fn a_compressed_capture_that_is_cut_off_is_read_as_far_as_that_goes() {
    let whole = fs::read(folder().join("resumed.pcap.gz")).unwrap();
    let half = &whole[..whole.len() / 2];
    let run = bits(&["inspect", "--format", "json", "-"], half);
    assert_eq!(run.status, Some(0));
    let session = &objects(&run.stdout)[0];
    assert_eq!(session["total_bytes"], 180_000);
    assert_eq!(session["complete"], false);
    let says = "standard input: cannot be read beyond offset ";
    assert!(run.stderr.contains(says), "{}", run.stderr);
    // Nothing comes out of the one block of this one.
    let whole = fs::read(folder().join("web.pcap.zst")).unwrap();
    let run = bits(&["inspect", "-"], &whole[..whole.len() / 2]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr.starts_with("error: standard input: "),
        "{}",
        run.stderr
    );
}

#[test]
fn a_compressed_capture_that_is_damaged_has_all_records_in_front_of_the_damage() {
    use std::io::Write as _;
    let whole = fs::read(folder().join("send.pcap")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&whole).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut wrong_sum = gzip.clone();
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    let scratch = scratch("damaged-gzip");
    for (name, file, is_all) in [
        ("early.gz", &gzip[..gzip.len() - 8], true),
        ("sum.gz", &wrong_sum[..], true),
        ("half.gz", &gzip[..gzip.len() / 2], false),
    ] {
        fs::write(scratch.join(name), file).unwrap();
        let run = bits_in(
            &scratch,
            &["extract", "-o", &format!("{name}.out"), name],
            b"",
        );
        assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
        let says = format!("{name}: cannot be read beyond offset ");
        assert!(run.stderr.starts_with(&says), "{}", run.stderr);
        let manifest = fs::read_to_string(scratch.join(format!("{name}.out/manifest.jsonl")));
        let lines = objects(&manifest.unwrap());
        assert_eq!(lines[1]["complete"], is_all, "{name}");
        // Of the last one, too, which nothing follows.
        let last = lines.iter().find(|line| line["type"] == "capture").unwrap();
        let frames = last["frames"].as_u64().unwrap();
        let all = records(&whole).1.len() as u64;
        assert!(
            if is_all { frames == all } else { frames < all },
            "{frames}"
        );
        assert_eq!(last["sha256"], super::sha256(file), "{name}");
    }
    // What is behind damage is of the file as well.
    let mut damaged = [gzip.clone(), gzip].concat();
    let second = damaged.len() / 2;
    damaged[second + 2] = 0xFF;
    damaged.extend([0; 200_000]);
    fs::write(scratch.join("second.gz"), &damaged).unwrap();
    let run = bits_in(&scratch, &["extract", "-o", "out", "second.gz"], b"");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let manifest = fs::read_to_string(scratch.join("out/manifest.jsonl")).unwrap();
    let lines = objects(&manifest);
    assert_eq!(lines[1]["complete"], true);
    let capture = lines.iter().find(|line| line["type"] == "capture").unwrap();
    assert_eq!(capture["sha256"], super::sha256(&damaged));
}

#[test]
fn segments_that_were_lost_leave_holes() {
    let whole = fs::read(folder().join("send.pcap")).unwrap();
    let (header, records) = records(&whole);
    // The second largest one is inside the file.
    let mut sizes: Vec<usize> = (0..records.len()).collect();
    sizes.sort_by_key(|at| records[*at].len());
    let lost = sizes[sizes.len() - 2];
    let kept: Vec<&[u8]> = (0..records.len())
        .filter(|at| *at != lost)
        .map(|at| records[at])
        .collect();
    let capture = [header, &kept.concat()].concat();
    let run = bits(&["inspect", "--format", "json", "-"], &capture);
    let session = &objects(&run.stdout)[0];
    assert_eq!(session["complete"], false);
    assert_eq!(
        session["missing_bytes"],
        (records[lost].len() - 16 - 66) as u64
    );
    assert_eq!(session["holes"].as_array().unwrap().len(), 1);
    assert_eq!(session["state"], "closed");
    assert_eq!(session["failures"], json!([]));
    assert!(
        run.stderr.contains("note: 1 hole in TCP streams"),
        "{}",
        run.stderr
    );
}
