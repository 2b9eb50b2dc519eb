//! Serializing by criterion, and packets from what hyper hands over.

use bits_benches::groups;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn serialize(criterion: &mut Criterion) {
    let is_wanted = |name: &str| name.starts_with("serialize/") || name.starts_with("map/");
    for mut measured in groups::all(is_wanted) {
        let mut group = criterion.benchmark_group(&measured.name);
        let bytes = measured.bytes * measured.heads;
        group.throughput(Throughput::Bytes(bytes as u64));
        for entry in &mut measured.entries {
            group.bench_function(entry.name, |bencher| bencher.iter(|| (entry.run)()));
        }
        group.finish();
    }
}

criterion_group!(benches, serialize);
criterion_main!(benches);
