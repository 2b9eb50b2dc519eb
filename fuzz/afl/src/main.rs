//! Any fuzz target by name, under AFL++: `TARGET=packet cargo afl fuzz …`; see `fuzz/README.md`.

fn main() {
    let name = std::env::var("TARGET").expect("TARGET names no fuzz target");
    let target = bits_laws::targets::by_name(&name);
    afl::fuzz!(|input: &[u8]| (target.law)(input));
}
