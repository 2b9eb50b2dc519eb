//! Parsing by criterion: for baselines and for a look at the spread.
//!
//!     cargo bench --bench parse -- 'sessions/bits' --save-baseline before

use std::hint::black_box;

use bits_benches::rivals::READERS;
use bits_laws::traffic::{corpora, each_of_ten};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn parse(criterion: &mut Criterion) {
    let mut all = corpora();
    all.extend(each_of_ten());
    for corpus in all {
        let mut group = criterion.benchmark_group(format!("parse/{}", corpus.name));
        let bytes = corpus
            .heads
            .iter()
            .map(|head| head.bytes.len() as u64)
            .sum();
        group.throughput(Throughput::Bytes(bytes));
        for (name, read) in READERS {
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    for head in &corpus.heads {
                        black_box(read(black_box(&head.bytes), black_box(head.kind)));
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
