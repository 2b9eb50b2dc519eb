#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| bits_laws::targets::capture_file(input));
