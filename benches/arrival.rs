//! Arrival in pieces by criterion.

use bits_benches::groups;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn arrival(criterion: &mut Criterion) {
    for mut measured in groups::all(|name| name.starts_with("arrival/")) {
        let mut group = criterion.benchmark_group(&measured.name);
        group.throughput(Throughput::Bytes(measured.bytes as u64));
        // Parsing again takes the square of the length: milliseconds.
        group.sampling_mode(SamplingMode::Flat);
        for entry in &mut measured.entries {
            group.bench_function(entry.name, |bencher| bencher.iter(|| (entry.run)()));
        }
        group.finish();
    }
}

criterion_group!(benches, arrival);
criterion_main!(benches);
