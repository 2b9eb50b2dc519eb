//! The text of a password file.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use super::secret::Workspace;
use super::{BadPasswordRecord, BadUserName, Password, PasswordRecord, UserName};

/// The users of a password file, each with what is kept of the password.
#[derive(Clone, Debug, Default)]
pub(super) struct Passwords(BTreeMap<UserName, PasswordRecord>);

/// What is wrong with a line of a password file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    /// The number of the line, from 1.
    line: usize,
    why: BadLineKind,
}

/// Why a line is none of a password file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadLineKind {
    /// It has no colon.
    NoColon,
    /// What is before the colon is no name.
    User(BadUserName),
    /// What is behind the colon is nothing to check a password by.
    Record(BadPasswordRecord),
    /// An earlier line has that name.
    Repeated,
}

impl Passwords {
    /// Reads the text of a file, or gives the first line that is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, BadLine> {
        let mut users = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let bad = |why| BadLine { line: at + 1, why };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (user, record) = line.split_once(':').ok_or(bad(BadLineKind::NoColon))?;
            let user: UserName = user.parse().map_err(|it| bad(BadLineKind::User(it)))?;
            let record =
                PasswordRecord::parse(record).map_err(|it| bad(BadLineKind::Record(it)))?;
            if users.insert(user, record).is_some() {
                return Err(bad(BadLineKind::Repeated));
            }
        }
        Ok(Passwords(users))
    }

    /// How many users there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is such a user.
    pub(super) fn contains(&self, user: &UserName) -> bool {
        self.0.contains_key(user)
    }

    /// Whether that is the password of that user. Costs the same for users that there are not: as much as for one of
    /// those that there are, of whom `seed` chooses one; the caller makes it of the name.
    pub(super) fn check(
        &self,
        user: &UserName,
        password: &Password,
        seed: u64,
        workspace: &mut Workspace,
    ) -> bool {
        let record = self.0.get(user);
        let place = seed.checked_rem(self.0.len() as u64).unwrap_or(0);
        let place = usize::try_from(place).unwrap_or(0);
        let other = || self.0.values().nth(place).unwrap_or(&NOBODY);
        let is_of_record = record
            .unwrap_or_else(other)
            .is_of_within(password, workspace);
        record.is_some() && is_of_record
    }
}

/// Whose parameters a check has when there is no user at all.
static NOBODY: LazyLock<PasswordRecord> = LazyLock::new(|| {
    PasswordRecord::parse(concat!(
        "$argon2id$v=19$m=19456,t=2,p=1",
        "$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    ))
    .expect("that is a record")
});

/// The text of a password file in which the user has that record, and all else is as it was. Without a record, the user
/// is taken out; `None` if there was no such user.
///
/// `text` is to be one that [`Passwords`] can be read from.
pub(super) fn edited(
    text: &str,
    user: &UserName,
    record: Option<&PasswordRecord>,
) -> Option<String> {
    let is_of_user = |line: &str| {
        let name = line.split_once(':').map(|(name, _)| name.parse());
        name.is_some_and(|name| name.as_ref() == Ok(user))
    };
    let line = record.map_or_else(String::new, |record| format!("{user}:{record}\n"));
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    match lines.iter().position(|line| is_of_user(line)) {
        Some(at) => lines[at] = &line,
        None if record.is_none() => return None,
        None => {
            if !text.is_empty() && !text.ends_with('\n') {
                lines.push("\n");
            }
            lines.push(&line);
        }
    }
    Some(lines.concat())
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl fmt::Display for BadLineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadLineKind::NoColon => f.write_str(
                "there is no colon; a line is `USER:$argon2id$…`, a comment that begins with `#`, or empty",
            ),
            BadLineKind::User(why) => write!(f, "{why}; correct the name before the colon"),
            BadLineKind::Record(why) => {
                write!(f, "{why}; set the password anew with `bits passwd`")
            }
            BadLineKind::Repeated => {
                f.write_str("an earlier line has the same user; remove one of both")
            }
        }
    }
}

impl std::error::Error for BadLine {}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The cheapest record of a password that a file may hold.
    pub(crate) fn cheap(password: &str) -> String {
        use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};

        let params = Params::new(7168, 1, 1, None).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password(password.as_bytes())
            .unwrap()
            .to_string()
    }

    fn user(name: &str) -> UserName {
        name.parse().unwrap()
    }

    #[test]
    fn reads_users_comments_and_empty_lines() {
        let (a, b) = (cheap("one"), cheap("two"));
        for text in [
            format!("# who may upload\n\nalice:{a}\n#bob:{b}\nbob:{b}\n"),
            format!("alice:{a}\r\n\r\nbob:{b}"),
        ] {
            let passwords = Passwords::parse(&text).unwrap();
            assert_eq!(passwords.len(), 2);
            let check = |name, password| {
                let password = Password::new(password).unwrap();
                passwords.check(&user(name), &password, 7, &mut Workspace::default())
            };
            assert!(check("alice", "one") && check("bob", "two"));
            assert!(!check("alice", "two") && !check("Alice", "one") && !check("carol", "one"));
        }
    }

    #[test]
    fn a_file_without_users_admits_nobody() {
        let passwords = Passwords::parse("# nobody yet\n").unwrap();
        assert_eq!(passwords.len(), 0);
        let password = Password::new("x").unwrap();
        assert!(!passwords.check(&user("alice"), &password, 0, &mut Workspace::default()));
    }

    #[test]
    fn says_which_line_is_wrong_and_why() {
        let record = cheap("one");
        for (line, why) in [
            ("alice".to_owned(), BadLineKind::NoColon),
            (" ".to_owned(), BadLineKind::NoColon),
            (
                format!(" alice:{record}"),
                BadLineKind::User(BadUserName::Invisible),
            ),
            (format!(":{record}"), BadLineKind::User(BadUserName::Empty)),
            (
                format!("alice: {record}"),
                BadLineKind::Record(BadPasswordRecord::Form),
            ),
            (
                format!("alice:{record} "),
                BadLineKind::Record(BadPasswordRecord::Form),
            ),
            (
                format!("alice:{record}:"),
                BadLineKind::Record(BadPasswordRecord::Form),
            ),
            (
                "alice:secret".to_owned(),
                BadLineKind::Record(BadPasswordRecord::Form),
            ),
            (format!("bob:{record}"), BadLineKind::Repeated),
        ] {
            let text = format!("# one\nbob:{record}\n{line}\nalice\n");
            let expected = BadLine { line: 3, why };
            assert_eq!(Passwords::parse(&text).err(), Some(expected), "{line}");
        }
        let error = Passwords::parse("alice:$1$x$y\n").unwrap_err();
        let said =
            "line 1: this is no argon2id PHC string; set the password anew with `bits passwd`";
        assert_eq!(error.to_string(), said);
    }

    #[test]
    fn an_edit_keeps_all_else_as_it_was() {
        let (old, new) = (cheap("old"), PasswordRecord::parse(&cheap("new")).unwrap());
        let text = format!("# one\nalice:{old}\n\n# two\nbob:{old}");
        let edit = |name, record| edited(&text, &user(name), record);
        assert_eq!(
            edit("alice", Some(&new)).unwrap(),
            format!("# one\nalice:{new}\n\n# two\nbob:{old}")
        );
        assert_eq!(
            edit("carol", Some(&new)).unwrap(),
            format!("{text}\ncarol:{new}\n")
        );
        assert_eq!(
            edit("alice", None).unwrap(),
            format!("# one\n\n# two\nbob:{old}")
        );
        assert_eq!(edit("carol", None), None);
        assert_eq!(
            edited("", &user("carol"), Some(&new)).unwrap(),
            format!("carol:{new}\n")
        );
    }
}
