//! Any fuzz target by name, under honggfuzz: `TARGET=packet cargo hfuzz run …`; see `fuzz/README.md`.

fn main() {
    let name = std::env::var("TARGET").expect("TARGET names no fuzz target");
    let target = bits_laws::targets::by_name(&name);
    loop {
        honggfuzz::fuzz!(|input: &[u8]| { (target.law)(input) });
    }
}
