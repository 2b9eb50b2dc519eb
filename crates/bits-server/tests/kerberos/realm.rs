//! A realm of Kerberos on loopback, in a temporary folder.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) const REALM: &str = "FILES.TEST";

/// A key distribution centre, ended when it is dropped, and the files of its users and services.
pub(crate) struct Realm {
    folder: TempDir,
    centre: Child,
    caches: AtomicUsize,
}

/// The programs that are needed and not there.
pub(crate) fn missing() -> Vec<&'static str> {
    let mut programs = vec!["krb5kdc", "kdb5_util", "kadmin.local", "kinit"];
    programs.retain(|program| find(program).is_none());
    programs
}

/// Where a program is; some systems have those of a server where only root looks.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut programs = folders.map(|folder| folder.join(program));
    programs.find(|program| program.is_file())
}

impl Realm {
    /// With users alice and bob, and services of four hosts and of another kind, all with keys in keytabs of their
    /// names.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Free until the centre takes it.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let at = folder.path().display();
        let client = format!(
            "[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\ndns_lookup_realm = false\n\
             dns_canonicalize_hostname = false\nrdns = false\nudp_preference_limit = 1\n\
             [realms]\n{REALM} = {{\nkdc = 127.0.0.1:{port}\n}}\n"
        );
        let centre = format!(
            "[kdcdefaults]\nkdc_listen = \"\"\nkdc_tcp_listen = 127.0.0.1:{port}\n\
             [realms]\n{REALM} = {{\ndatabase_name = {at}/database\nkey_stash_file = {at}/stash\n\
             acl_file = {at}/acl\nsupported_enctypes = aes256-cts-hmac-sha1-96:normal\n}}\n\
             [logging]\nkdc = FILE:{at}/log\nadmin_server = FILE:{at}/log\n"
        );
        fs::write(folder.path().join("krb5.conf"), client).unwrap();
        fs::write(folder.path().join("kdc.conf"), centre).unwrap();
        fs::write(folder.path().join("acl"), "").unwrap();

        let run = |program: &str, arguments: &[&str]| run(folder.path(), program, arguments);
        run("kdb5_util", &["create", "-s", "-r", REALM, "-P", "master"]);
        for (principal, keytab) in [
            ("alice", "alice"),
            ("bob", "bob"),
            ("HTTP/files.test", "service"),
            ("HTTP/files2.test", "service"),
            ("ftp/files.test", "service"),
            ("HTTP/other.test", "other"),
            ("HTTP/localhost", "local"),
        ] {
            let keytab = format!("ktadd -k {at}/{keytab}.keytab {principal}");
            run(
                "kadmin.local",
                &["-q", &format!("addprinc -randkey {principal}")],
            );
            run("kadmin.local", &["-q", &keytab]);
        }
        let mut centre = command(folder.path(), "krb5kdc")
            .arg("-n")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = centre.try_wait().unwrap() {
                panic!("krb5kdc has ended: {status}");
            }
            assert!(Instant::now() < deadline, "krb5kdc does not listen");
            sleep(Duration::from_millis(20));
        }
        Realm {
            folder,
            centre,
            caches: AtomicUsize::new(0),
        }
    }

    /// The path of a file of the realm.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program in this realm's environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        command(self.folder.path(), program)
    }

    /// Gets a ticket of that user into a cache of its own.
    pub(crate) fn log_in(&self, user: &str) -> PathBuf {
        let number = self.caches.fetch_add(1, Ordering::Relaxed);
        let keytab = self.path(&format!("{user}.keytab"));
        let cache = self.path(&format!("{user}.{number}"));
        let arguments = [
            "-k",
            "-t",
            keytab.to_str().unwrap(),
            "-c",
            cache.to_str().unwrap(),
            user,
        ];
        run(self.folder.path(), "kinit", &arguments);
        cache
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        self.centre.kill().unwrap();
        self.centre.wait().unwrap();
    }
}

fn command(folder: &Path, program: impl AsRef<OsStr>) -> Command {
    let found = program.as_ref().to_str().and_then(find);
    let mut command = Command::new(found.as_deref().map_or(program.as_ref(), Path::as_os_str));
    command
        .env("KRB5_CONFIG", folder.join("krb5.conf"))
        .env("KRB5_KDC_PROFILE", folder.join("kdc.conf"))
        .env(
            "KRB5RCACHENAME",
            format!("file2:{}", folder.join("replays").display()),
        )
        .env_remove("KRB5CCNAME")
        .env_remove("KRB5_KTNAME")
        .env_remove("KRB5_CLIENT_KTNAME");
    command
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let output = command(folder, program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
}
