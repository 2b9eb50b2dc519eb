//! Who may write where.

use std::fmt;

use serde::Deserialize;

use crate::{BadTarget, Target};

/// Who may write beneath which path.
///
/// Of all rules whose path a target is at or beneath, the one with the longest path decides, and no other; the order of
/// the rules does not matter. Where no rule decides, nobody may write. Without any rule, every user may write
/// everywhere.
///
/// Paths are decoded, and compared segment by segment and byte by byte: `/drop` and `/drop/` both cover `/drop/a` and
/// not
/// `/dropped`. What they are compared with is the canonical text of a [`Target`], so that a rule cannot be dodged by
/// another spelling of a path. A file system for which two names are one (`a` and `A`) is another matter: do not keep
/// files on such a one.
///
/// ```
/// use bits_server::auth::{Rights, Rule};
///
/// let rule = |path: &str, users: &[&str]| Rule {
///     path: path.into(),
///     users: users.iter().map(|user| user.to_string()).collect(),
/// };
/// let rights = Rights::new([rule("/", &["@all"]), rule("/payroll/", &["alice"])])?;
/// assert!(rights.allow("bob", "/drop/a"));
/// assert!(rights.allow("alice", "/payroll/a") && !rights.allow("bob", "/payroll/a"));
/// # Ok::<(), bits_server::auth::BadRule>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(
    /// Those with the longest paths first. Paths end without a slash: the root's is empty.
    Vec<Rule>,
);

/// A rule of [`Rights`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The path that it is about, with all that is beneath.
    pub path: String,
    /// Who may write there: names of users, letter case counts; `@all` is every user. If empty, nobody.
    pub users: Vec<String>,
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadRule {
    /// Nothing can have that path.
    Path(String, BadTarget),
    /// Its path is percent-encoded.
    Encoded(String),
    /// Another rule has the same path.
    Repeated(String),
    /// That is neither a name nor a known group.
    User(String),
}

/// Stands for every user.
const ALL: &str = "@all";

impl Rights {
    /// Takes rules in any order.
    ///
    /// # Errors
    ///
    /// The first rule that cannot be used.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, BadRule> {
        let mut rights: Vec<Rule> = Vec::new();
        for Rule { mut path, users } in rules {
            if let Err(why) = Target::of_decoded(path.clone()) {
                return Err(BadRule::Path(path, why));
            }
            if is_encoded(&path) {
                return Err(BadRule::Encoded(path));
            }
            if let Some(user) = users.iter().find(|user| !is_user(user)) {
                return Err(BadRule::User(user.clone()));
            }
            if path.ends_with('/') {
                path.pop();
            }
            if rights.iter().any(|rule| rule.path == path) {
                return Err(BadRule::Repeated(path));
            }
            rights.push(Rule { path, users });
        }
        rights.sort_by_key(|rule| std::cmp::Reverse(rule.path.len()));
        Ok(Rights(rights))
    }

    /// Whether the user may write to the target of that canonical text.
    #[must_use]
    pub fn allow(&self, user: &str, path: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        // What is not canonical names nothing, and may look as if it were beneath something else.
        let is_target = Target::of_decoded(path.to_owned()).is_ok();
        let rule = self.0.iter().find(|rule| rule.covers(path));
        is_target && rule.is_some_and(|rule| rule.users.iter().any(|it| it == ALL || it == user))
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Rule {
    fn covers(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&*self.path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn is_user(text: &str) -> bool {
    text == ALL || !text.is_empty() && !text.starts_with('@') && super::user::is_visible(text)
}

fn is_encoded(path: &str) -> bool {
    let mut triples = path.as_bytes().windows(3);
    triples.any(|it| it[0] == b'%' && it[1..].iter().all(u8::is_ascii_hexdigit))
}

impl fmt::Display for BadRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRule::Path(path, why) => {
                write!(f, "no target has the path {path:?} of a right: {why}")
            }
            BadRule::Encoded(path) => {
                write!(
                    f,
                    "the path {path:?} of a right is encoded; write the characters that `%` stands for"
                )
            }
            BadRule::Repeated(path) => {
                write!(
                    f,
                    "two rights have the path {:?}; make one of both",
                    format!("{path}/")
                )
            }
            BadRule::User(user) => {
                write!(
                    f,
                    "{user:?} in a right is no user; name one, or `{ALL}` for every user"
                )
            }
        }
    }
}

impl std::error::Error for BadRule {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn rule(path: &str, users: &[&str]) -> Rule {
        Rule {
            path: path.to_owned(),
            users: users.iter().map(|&user| user.to_owned()).collect(),
        }
    }

    fn rights() -> Rights {
        Rights::new([
            rule("/drop", &["alice", "bob"]),
            rule("/drop/alice/", &["alice"]),
            rule("/drop/alice/open", &["@all"]),
            rule("/closed", &[]),
        ])
        .unwrap()
    }

    #[test]
    fn the_longest_path_decides_alone() {
        let rights = rights();
        for (path, who) in [
            ("/drop/a", &["alice", "bob"][..]),
            ("/drop", &["alice", "bob"]),
            ("/drop/", &["alice", "bob"]),
            ("/drop/alice", &["alice"]),
            ("/drop/alice/a/b", &["alice"]),
            ("/drop/alice/open/a", &["alice", "bob", "carol"]),
            ("/closed/a", &[]),
        ] {
            for user in ["alice", "bob", "carol"] {
                assert_eq!(
                    rights.allow(user, path),
                    who.contains(&user),
                    "{user} {path}"
                );
            }
        }
    }

    #[test]
    fn the_order_of_rules_does_not_matter() {
        let mut rules = rights().0;
        rules.reverse();
        let rules = rules.into_iter().map(|rule| Rule {
            path: rule.path + "/",
            ..rule
        });
        let other = Rights::new(rules).unwrap();
        assert!(other.allow("alice", "/drop/alice/a") && !other.allow("bob", "/drop/alice/a"));
    }

    #[test]
    fn paths_are_compared_by_whole_segments() {
        let rights = rights();
        for path in ["/dropped/a", "/dro", "/drop.a", "/Drop/a", "/x/drop/a"] {
            assert!(!rights.allow("alice", path), "{path}");
        }
        assert!(rights.allow("bob", "/drop/alicea"));
    }

    #[test]
    fn what_no_rule_names_is_forbidden_if_there_is_any() {
        assert!(!rights().allow("alice", "/a"));
        assert!(!rights().allow("alice", "/"));
        assert!(Rights::default().allow("alice", "/a"));
        assert!(Rights::default().is_empty() && !rights().is_empty());
        let everywhere = Rights::new([rule("/", &["alice"])]).unwrap();
        assert!(everywhere.allow("alice", "/") && everywhere.allow("alice", "/a/b"));
        assert!(!everywhere.allow("Alice", "/a/b"));
    }

    #[test]
    fn what_is_not_canonical_is_allowed_to_nobody() {
        let everywhere = Rights::new([rule("/", &["@all"])]).unwrap();
        for path in [
            "", "a", "//a", "/a//b", "/a/../b", "/a/./b", "/.", "/a\\b", "/a\0",
        ] {
            assert!(!everywhere.allow("alice", path), "{path:?}");
        }
    }

    #[test]
    fn refuses_rules_that_would_not_do_what_they_say() {
        let why = |rules: &[Rule]| Rights::new(rules.iter().cloned()).unwrap_err();
        for path in ["", "drop", "/a//b", "/a/../b", "/a\\b"] {
            assert!(matches!(why(&[rule(path, &[])]), BadRule::Path(it, _) if it == path));
        }
        assert_eq!(
            why(&[rule("/a%20b", &[])]),
            BadRule::Encoded("/a%20b".into())
        );
        assert!(Rights::new([rule("/100 % of it", &[])]).is_ok());
        for user in ["", "@everybody", "a b", "a\n"] {
            assert_eq!(
                why(&[rule("/", &["bob", user])]),
                BadRule::User(user.into())
            );
        }
        let twice = why(&[rule("/drop", &["bob"]), rule("/drop/", &["alice"])]);
        assert_eq!(
            twice.to_string(),
            "two rights have the path \"/drop/\"; make one of both"
        );
    }

    #[test]
    fn reads_rules_from_toml_and_refuses_other_keys() {
        #[derive(Deserialize)]
        struct Config {
            rights: Vec<Rule>,
        }
        let text = "[[rights]]\npath = \"/drop/\"\nusers = [\"alice\", \"@all\"]\n";
        let config: Config = toml::from_str(text).unwrap();
        assert_eq!(config.rights, [rule("/drop/", &["alice", "@all"])]);
        let text = format!("{text}group = \"x\"\n");
        assert!(toml::from_str::<Config>(&text).is_err());
    }

    /// A segment, as it may be spelled: encoded here and there.
    fn spelled(name: &str, encode: &[bool]) -> String {
        let spell = |(at, byte): (usize, u8)| match encode[at % encode.len()] {
            true => format!("%{byte:02x}"),
            false => char::from(byte).to_string(),
        };
        name.bytes().enumerate().map(spell).collect()
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_path_dodges_a_rule(
            names in prop::collection::vec(select(vec!["drop", "alice", "open", "a", "x%2fy", "closed", "..a"]), 1..5),
            encode in prop::collection::vec(any::<bool>(), 1..7),
        ) {
            let raw: String = names.iter().map(|name| format!("/{}", spelled(&name.replace('%', "p"), &encode))).collect();
            let plain: String = names.iter().map(|name| format!("/{}", name.replace('%', "p"))).collect();
            let target = Target::parse(raw.as_bytes()).unwrap().to_string();
            for user in ["alice", "bob", "carol"] {
                prop_assert_eq!(rights().allow(user, &target), rights().allow(user, &plain), "{}", raw);
            }
        }

        #[test]
        fn whatever_is_sent_is_refused_or_judged_by_its_names(raw in path()) {
            let Ok(target) = Target::parse(raw.as_bytes()) else { return Ok(()) };
            let text = target.to_string();
            let names: Vec<&str> = target.names().collect();
            let allowed = match names[..] {
                ["drop", "alice", "open", ..] => true,
                ["drop", "alice", ..] => false,
                ["drop", ..] => true,
                _ => false,
            };
            prop_assert_eq!(rights().allow("bob", &text), allowed, "{} {}", raw, text);
        }
    }

    /// Anything that might confuse.
    fn path() -> impl Strategy<Value = String> {
        let piece = select(vec![
            "/", "/", "//", "%2f", "%2F", "%5c", "\\", ".", "..", "%2e", "%2e%2e", "%252e", "drop",
            "alice", "open", "closed", "%64rop", "%00", "%", "a", "%c3%a9", ";", "?", "#",
        ]);
        let pieces = prop::collection::vec(piece, 0..10);
        pieces.prop_map(|pieces| format!("/{}", pieces.concat()))
    }
}
