//! How the files of a session are named.
//!
//! Beneath the staging folder, each user has a folder, and each session a few files in it.

use bits_packet::Guid;

/// The state of a session.
pub(super) const STATE: &str = "state";
/// The same before it is whole.
pub(super) const NEW: &str = "new";
/// What it has received.
pub(super) const DATA: &str = "data";
/// The same file, about to take the place of another.
pub(super) const OUT: &str = "out";

/// The folder of those whom nobody asked for a name.
const ANYBODY: &str = "anybody";

/// The folder of a user: no two have the same, in whatever letter case a file system compares names.
pub(super) fn folder_of(user: Option<&str>) -> String {
    let Some(user) = user else {
        return ANYBODY.to_owned();
    };
    let mut name = String::from("user-");
    for byte in user.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    name
}

/// The name of a file of a session.
pub(super) fn name_of(id: Guid, part: &str) -> String {
    format!("{:032x}.{part}", id.as_u128())
}

/// The session and the part that a file is of; `None` if it is none of a session.
pub(super) fn parse(name: &str) -> Option<(Guid, &str)> {
    let (digits, part) = name.split_once('.')?;
    let id = Guid::new(u128::from_str_radix(digits, 16).ok()?);
    (name_of(id, part) == name).then_some((id, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_users_share_a_folder() {
        let users = [
            None,
            Some(""),
            Some("anybody"),
            Some("alice"),
            Some("Alice"),
            Some("%41lice"),
            Some("../x"),
            Some("a b"),
            Some("ä@EXAMPLE.NET"),
        ];
        let names: Vec<String> = users.iter().map(|user| folder_of(*user)).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(
                !names[..at]
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(name)),
                "{name}"
            );
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_%".contains(&byte)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_names_its_session() {
        let id = Guid::new(0x3f25);
        for part in [STATE, NEW, DATA, OUT] {
            assert_eq!(parse(&name_of(id, part)), Some((id, part)));
        }
        for name in [
            "lock",
            ".state",
            "3f25.state",
            "+0000000000000000000000000003f25.state",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
