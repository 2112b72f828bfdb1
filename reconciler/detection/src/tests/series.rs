//! Series of all kinds, with grids to look at them from.

use proptest::{collection::vec as of, prelude::*};

use crate::columns::Steps;

/// A series, a span and a grid.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) times_ms: Vec<i64>,
    pub(super) values: Vec<f64>,
    pub(super) span_ms: i64,
    pub(super) steps: Steps,
}

fn decimal(integer: i64, decimals: u32) -> f64 {
    integer as f64 / 10_i64.pow(decimals) as f64
}

/// Values of one kind.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let count = 0usize..120;
    let level = (-20_000i64..20_000, 0u32..5);
    prop_oneof![
        (0u32..=9, of(-10_000i64..10_000, count.clone()))
            .prop_map(|(decimals, all)| all.iter().map(|it| decimal(*it, decimals)).collect()),
        of((-1_000i64..1_000, 0u32..=6), count.clone())
            .prop_map(|all| all.iter().map(|(it, decimals)| decimal(*it, *decimals)).collect()),
        // Rarely more decimals, so that a scale changes late.
        of((0i64..90, prop_oneof![9 => Just(0u32), 1 => 1u32..=9]), count.clone())
            .prop_map(|all| all.iter().map(|(it, decimals)| decimal(*it, *decimals)).collect()),
        // Around the largest integers.
        of((-1i64 << 45..1 << 45, 0i64..6), count.clone())
            .prop_map(|all| all.iter().map(|(it, shift)| (it >> shift) as f64).collect()),
        // Flat, and flat after a while.
        (level.clone(), level, 0usize..100, count.clone()).prop_map(|(one, two, at, count)| {
            (0..count).map(|it| if it < at { decimal(one.0, one.1) } else { decimal(two.0, two.1) }).collect()
        }),
        // No decimals of any length from a point on.
        (0usize..120, of(-10_000i64..10_000, count.clone())).prop_map(|(from, all)| {
            let value = |(at, it): (usize, &i64)| {
                if at < from { decimal(*it, 2) } else { (*it as f64).sin() * 100.0 }
            };
            all.iter().enumerate().map(value).collect()
        }),
        of(proptest::num::f64::NORMAL | proptest::num::f64::ZERO, count.clone()),
        of(prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(-1.0)], count),
    ]
}

fn times(count: usize) -> impl Strategy<Value = Vec<i64>> {
    let irregular = prop_oneof![
        2 => Just(15_000i64), 6 => 1i64..40_000, 1 => Just(0i64), 1 => 40_000i64..2_000_000,
    ];
    let gapped = prop_oneof![20 => Just(15_000i64), 1 => (1i64..200).prop_map(|it| it * 15_000)];
    let apart = prop_oneof![Just(vec![15_000; count]), of(gapped, count), of(irregular, count),];
    (prop_oneof![Just(1_790_000_000_000i64), -100_000i64..100_000], apart).prop_map(|(start, apart)| {
        let mut now = start;
        let mut times = Vec::new();
        for step in apart {
            times.push(now);
            now += step;
        }
        times
    })
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let every = prop_oneof![Just(15_000i64), Just(60_000), 1i64..50_000];
    let grid = (every, -400_000i64..400_000, 0usize..200, any::<bool>());
    let span = prop_oneof![(1i64..60).prop_map(|it| it * 15_000), 1i64..2_000_000];
    (values(), span, grid).prop_flat_map(|(values, span_ms, (every_ms, offset, count, is_aligned))| {
        times(values.len()).prop_map(move |times_ms| {
            let offset = if is_aligned { offset / 15_000 * 15_000 } else { offset };
            let first_ms = times_ms.first().copied().unwrap_or_default() + offset;
            let steps = Steps { first_ms, every_ms, count };
            Case { times_ms, values: values.clone(), span_ms, steps }
        })
    })
}

impl Case {
    /// The samples up to a time.
    pub(super) fn until(&self, now_ms: i64) -> impl Iterator<Item = (i64, f64)> {
        let samples = self.times_ms.iter().copied().zip(self.values.iter().copied());
        samples.take_while(move |(at_ms, _)| *at_ms <= now_ms)
    }
}
