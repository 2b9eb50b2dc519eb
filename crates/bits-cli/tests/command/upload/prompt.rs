//! Passwords that are asked for on a terminal.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::Place;
use super::server::{Server, plain};

/// A terminal, and who sits at it.
struct Terminal {
    user: File,
    device: OwnedFd,
}

impl Terminal {
    fn new() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let user = openpt(flags).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let device = ioctl_tiocgptpeer(&user, flags).unwrap();
        let terminal = Terminal {
            user: user.into(),
            device,
        };
        assert!(terminal.echoes());
        terminal
    }

    /// `bits` in a session of its own on this terminal.
    fn run(&self, place: &Place, arguments: &[&str]) -> Child {
        let bits = place.command(arguments);
        let mut command = Command::new("setsid");
        command.args(["--ctty", env!("CARGO_BIN_EXE_bits")]);
        command.args(bits.get_args()).current_dir(&place.0);
        for (name, value) in bits.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(self.device.try_clone().unwrap());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.device).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ISIG | LocalModes::ICANON)
    }

    fn wait_for_prompt(&self) {
        for _ in 0..3000 {
            if !self.echoes() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("no password is asked for");
    }
}

/// A server that asks for the password "secret".
fn guarded() -> Server {
    Server::new(|_, head| {
        let is_in = head.contains("Authorization: Basic bWU6c2VjcmV0\r\n");
        (!is_in).then(|| plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"))
    })
}

#[test]
fn a_password_is_asked_for_when_the_server_wants_one() {
    let place = Place::new("prompt");
    let server = guarded();
    let mut terminal = Terminal::new();
    let child = terminal.run(
        &place,
        &["send", "--user", "me", "report.zip", &server.url()],
    );
    terminal.wait_for_prompt();
    assert_eq!(server.packets(), ["Ping"]);
    terminal.user.write_all(b"secret\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(*server.file.lock().unwrap(), b"0123456789");
    assert!(terminal.echoes());
}

#[test]
fn no_password_is_asked_for_in_vain() {
    let place = Place::new("prompt-none");
    let terminal = Terminal::new();
    let open = Server::new(|_, _| None);
    let other = Server::new(|_, _| Some(plain(401, "WWW-Authenticate: Digest realm=\"x\"\r\n")));
    for (server, expected) in [(open, 0), (other, 4)] {
        let arguments = ["send", "--user", "me", "report.zip", &server.url()];
        let output = terminal.run(&place, &arguments).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{output:?}");
    }
}

#[test]
fn an_interruption_of_the_prompt_leaves_the_terminal_as_it_was() {
    let place = Place::new("prompt-interrupted");
    let server = guarded();
    let url = server.url();
    for arguments in [
        &["send", "--user", "me", "report.zip", &url][..],
        &["ping", "--user", "me", &url],
    ] {
        for by_key in [true, false] {
            let mut terminal = Terminal::new();
            let child = terminal.run(&place, arguments);
            terminal.wait_for_prompt();
            if by_key {
                terminal.user.write_all(b"\x03").unwrap();
            } else {
                let id = child.id().to_string();
                let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
                assert!(killed.success());
            }
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(8), "{output:?}");
            assert!(terminal.echoes(), "{arguments:?}");
        }
    }
    assert_eq!(place.states(), 0);
}
