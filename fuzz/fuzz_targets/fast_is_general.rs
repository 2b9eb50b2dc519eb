#![no_main]

use bits_laws::targets::fast_is_general;

libfuzzer_sys::fuzz_target!(|input: &[u8]| fast_is_general::fast_is_general(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Every other time as libFuzzer does, and always where the input holds no head.
    let mutated = match seed % 2 {
        0 => None,
        _ => fast_is_general::mutate(&data[..size], max_size, seed),
    };
    match mutated {
        Some(input) => {
            data[..input.len()].copy_from_slice(&input);
            input.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
});
