#![no_main]

use bits_laws::targets::mutate_fields;

libfuzzer_sys::fuzz_target!(|input: &[u8]| mutate_fields::mutate_fields(input));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Every fourth time as libFuzzer does, so that what no edit makes comes about too.
    if seed.is_multiple_of(4) {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let head = mutate_fields::mutate(&data[..size], max_size, seed);
    data[..head.len()].copy_from_slice(&head);
    head.len()
});
