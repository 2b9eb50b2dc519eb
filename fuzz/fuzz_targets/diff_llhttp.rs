#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| bits_laws::targets::diff_llhttp(
    input,
    bits_fuzz::llhttp::read
));
