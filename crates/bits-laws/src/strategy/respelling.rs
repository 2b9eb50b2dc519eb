//! The same head in another spelling: order of fields, case of names, blanks around values.

use proptest::collection::vec;
use proptest::prelude::*;

/// How to respell a head.
#[derive(Clone, Debug)]
pub struct Respelling {
    choices: Vec<u32>,
}

/// Any respelling.
pub fn respelling() -> impl Strategy<Value = Respelling> {
    vec(any::<u32>(), 64).prop_map(|choices| Respelling { choices })
}

impl Respelling {
    /// A head with the same meaning: its fields in another order, their names in another case, and
    /// other blanks around their values.
    #[must_use]
    pub fn respell(&self, head: &[u8]) -> Vec<u8> {
        let mut choices = self.choices.iter().copied().cycle();
        let mut choose = |bound: usize| choices.next().map_or(0, |choice| choice as usize % bound);
        let body = head.strip_suffix(b"\r\n\r\n").expect("a whole head");
        let mut lines: Vec<Vec<u8>> = split_lines(body);
        let mut respelled = lines.remove(0);
        while !lines.is_empty() {
            let line = lines.remove(choose(lines.len()));
            let colon = line.iter().position(|&byte| byte == b':').expect("a colon");
            respelled.extend_from_slice(b"\r\n");
            for &byte in &line[..colon] {
                let upper = choose(2) == 0;
                respelled.push(if upper {
                    byte.to_ascii_uppercase()
                } else {
                    byte.to_ascii_lowercase()
                });
            }
            respelled.push(b':');
            respelled.extend((0..choose(3)).map(|_| b" \t"[choose(2)]));
            respelled.extend_from_slice(line[colon + 1..].trim_ascii_start());
            respelled.extend((0..choose(3)).map(|_| b" \t"[choose(2)]));
        }
        respelled.extend_from_slice(b"\r\n\r\n");
        respelled
    }
}

fn split_lines(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut rest = head;
    while let [byte, next @ ..] = rest {
        match rest {
            [b'\r', b'\n', next @ ..] => {
                lines.push(Vec::new());
                rest = next;
            }
            _ => {
                lines.last_mut().expect("a line").push(*byte);
                rest = next;
            }
        }
    }
    lines
}
