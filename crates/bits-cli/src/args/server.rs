//! The arguments of the verbs of a server.

pub use crate::passwd::PasswdArgs;
pub use crate::serve::options::ServeArgs;
pub use crate::sessions::SessionsVerb;

pub(super) const SERVE_EXAMPLES: &str = "\
Examples:
  bits serve drop                                  take files into the folder drop, from this machine
  bits serve drop --listen 0.0.0.0:443 --passwords users --tls-certificate cert.pem --tls-key key.pem
                                                   the same from everywhere, by users with passwords
  BITS_MAX_FILE=2GiB bits serve drop --config bits.toml
                                                   options from the environment and a file

Sizes: 500B, 64KiB, 8MiB, 2GiB. Times: 30s, 5m, 14d. A configuration file names the options as flags do, without
dashes in front; rights stand only there:
  listen = [\"127.0.0.1:8080\"]
  passwords = \"/etc/bits/users\"
  max-file = \"2GiB\"
  strict = true
  [[rights]]
  path = \"/payroll/\"
  users = [\"alice\"]

Exit status: 0 ended as told, 1 ended at once by a second signal, 2 usage or I/O error.";

pub(super) const SESSIONS_EXAMPLES: &str = "\
Examples:
  bits sessions list drop                 id, state, bytes, idle since, user, target
  bits sessions list --json drop          a JSON object for each
  bits sessions cancel drop --user alice  end all that alice has

Exit status: 0 done, 1 there was no such session, 2 usage or I/O error.";

pub(super) const PASSWD_EXAMPLES: &str = "\
Examples:
  bits passwd users alice                       ask for alice's password
  pwgen 20 1 | bits passwd --stdin users alice  take it from a script
  bits passwd --delete users alice              alice may not come any more

Exit status: 0 done, 1 there was no such user, 2 usage or I/O error.";
