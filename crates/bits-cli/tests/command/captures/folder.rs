//! What `bits extract` does with folders that are not empty, or no folders.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use super::run;
use crate::common::{Run, scratch};

/// The file of `send.pcap`.
const NAME: &str = "1D6E2372-DD59-78EC-6545-356832064D6D_report.bin";
const SHA256: &str = "e41aec2bdfb6370f28fb5a15e48c1bd0aed035761656bc9c5779abf8c1b3b64f";

fn extract(output: &Path) -> Run {
    run(&["extract", "send.pcap", "-o", output.to_str().unwrap()])
}

#[test]
fn files_that_are_there_are_left_alone() {
    let folder = scratch("folder-taken");
    fs::write(folder.join(NAME), "mine").unwrap();
    fs::write(folder.join(format!("{NAME}.partial")), "mine too").unwrap();
    let run = extract(&folder);
    assert_eq!(run.status, Some(0));
    let other = NAME.replace(".bin", "-2.bin");
    assert_eq!(run.stdout, format!("{SHA256}  {other}  50001 bytes\n"));
    assert_eq!(fs::read(folder.join(NAME)).unwrap(), b"mine");
    let partial = folder.join(format!("{NAME}.partial"));
    assert_eq!(fs::read(partial).unwrap(), b"mine too");
    assert_eq!(fs::metadata(folder.join(other)).unwrap().len(), 50_001);
    // The one that was written to while it was not whole is gone.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
}

#[test]
fn a_manifest_that_is_there_is_left_alone() {
    let folder = scratch("folder-manifest");
    fs::write(folder.join("manifest.jsonl"), "mine").unwrap();
    let run = extract(&folder);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    let says =
        "there is a manifest.jsonl in it: name another folder, so that nothing is mixed up\n";
    assert!(run.stderr.ends_with(says), "{}", run.stderr);
    assert_eq!(fs::read(folder.join("manifest.jsonl")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_file_is_no_folder() {
    let folder = scratch("folder-file");
    let file = folder.join("file");
    fs::write(&file, "mine").unwrap();
    for output in [file.clone(), file.join("below")] {
        let run = extract(&output);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        let says = ": name a folder, or what is to be one\n";
        assert!(run.stderr.ends_with(says), "{}", run.stderr);
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn no_link_in_the_folder_is_followed() {
    use std::os::unix::fs::symlink;
    let folder = scratch("folder-links");
    let (output, outside) = (folder.join("output"), folder.join("outside"));
    fs::create_dir(&output).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("victim"), "mine").unwrap();
    let partial = format!("{NAME}.partial");
    let second = NAME.replace(".bin", "-2.bin");
    for (link, target) in [
        (NAME, "../outside/victim"),
        (&partial, "../outside/made"),
        (&second, "../outside/made-too"),
    ] {
        symlink(target, output.join(link)).unwrap();
    }
    let run = extract(&output);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(fs::read(outside.join("victim")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    let third = NAME.replace(".bin", "-3.bin");
    assert_eq!(run.stdout, format!("{SHA256}  {third}  50001 bytes\n"));
    assert!(output.join(third).symlink_metadata().unwrap().is_file());
    for link in [NAME, &partial, &second] {
        assert!(output.join(link).symlink_metadata().unwrap().is_symlink());
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_manifest_is_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = scratch("folder-link-manifest");
    let output = folder.join("output");
    fs::create_dir(&output).unwrap();
    symlink("../made", output.join("manifest.jsonl")).unwrap();
    let run = extract(&output);
    assert_eq!(run.status, Some(2));
    assert!(
        run.stderr.contains("there is a manifest.jsonl in it"),
        "{}",
        run.stderr
    );
    assert!(!folder.join("made").exists());
    assert_eq!(fs::read_dir(&output).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_that_the_user_names_leads_to_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = scratch("folder-link");
    fs::create_dir(folder.join("real")).unwrap();
    symlink("real", folder.join("link")).unwrap();
    symlink("nowhere", folder.join("dangling")).unwrap();
    assert_eq!(extract(&folder.join("link")).status, Some(0));
    assert!(folder.join("real").join(NAME).is_file());
    let run = extract(&folder.join("dangling"));
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert!(!folder.join("nowhere").exists());
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scratch("folder-forbidden");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        eprintln!("SKIPPED: permissions do not bind this user");
        return;
    }
    let run = extract(&folder.join("below"));
    assert_eq!(run.status, Some(2));
    assert!(
        run.stderr.ends_with("; get the right to write there\n"),
        "{}",
        run.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_nothing_is_claimed() {
    use std::process::Command;
    let folder = scratch("folder-full");
    let disk = folder.to_str().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=32k", "tmpfs", disk])
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("SKIPPED: no small disk can be mounted here, as only root may");
        return;
    }
    let run = extract(&folder);
    let whole = folder.join(NAME).exists();
    let partial = fs::metadata(folder.join(format!("{NAME}.partial")));
    let unmounted = Command::new("umount").arg(disk).status().unwrap();
    assert!(unmounted.success());
    assert_eq!((run.status, whole), (Some(2), false), "{}", run.stderr);
    assert!(
        run.stderr.contains("No space left on device"),
        "{}",
        run.stderr
    );
    assert!(!run.stdout.contains(SHA256), "{}", run.stdout);
    assert!(partial.unwrap().len() < 50_001);
}

#[test]
fn who_interrupts_it_has_a_manifest_that_says_what_was_read() {
    let folder = scratch("folder-interrupted");
    let mut child = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(["extract", "-", "-o"])
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It goes on for as long as there may be more.
    let input = child.stdin.take();
    let manifest = folder.join("manifest.jsonl");
    let said = (0..600).find_map(|_| {
        thread::sleep(Duration::from_millis(50));
        fs::read_to_string(&manifest)
            .ok()
            .filter(|text| text.ends_with('\n'))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    drop(input);
    let line: serde_json::Value = serde_json::from_str(&said.unwrap()).unwrap();
    assert_eq!(line["type"], "run");
}
