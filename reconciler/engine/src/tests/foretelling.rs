//! Firings that are foretold from whole series are those of an engine that is told sample by sample, reading by reading.

use std::collections::{BTreeMap, BTreeSet};

use heal_detection::columns::FixedColumn;
use heal_program::*;
use proptest::prelude::*;

use super::scenario::*;
use crate::*;

/// Series by signal and key: times in milliseconds, values.
type Recorded = BTreeMap<(SignalIndex, Key), (Vec<i64>, Vec<f64>)>;

const HOURS: i64 = 3;

/// `load by (service, zone)`, `errors by (service)`, `heat by (zone)`, two detectors of which the second may read the
/// first, and a policy on the first that may ask (`is_asked`) whether the second rests. Its ladder has several rungs, of
/// which one is verified and one is repeated, and a cooldown within which keys fire again.
fn world_of(conditions: [Expression; 3], holds: [i64; 3], (has_clear, is_asked): (bool, bool)) -> Program {
    let again = match run_plan(1) {
        Rung::Plan { plan, arguments, .. } => Rung::Plan { plan, arguments, again: Some(minutes(2)) },
        other => other,
    };
    let cooldown = Some(Cooldown { span: minutes(6), per: Vec::new() });
    let mut program =
        program(vec![run_plan(0), run_plan(1), again, escalate()], Guard { cooldown, ..guard() });
    program.plans[0].verifies =
        vec![Verify { condition: Expression::Bool(true), text: "true".to_owned(), within: minutes(4) }];
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (path, keys) in [("errors", names(&["service"])), ("heat", names(&["zone"]))] {
        let mut signal = program.signals[0].clone();
        signal.head = Head { path: path.to_owned(), hash: hash_of(path), ..Head::default() };
        signal.keys = keys;
        program.signals.push(signal);
    }
    program.signals.iter_mut().for_each(|signal| signal.keys_max = 100);
    let [when, second, clear] = conditions;
    let mut detector = program.detectors[0].clone();
    detector.head.path = "worse".to_owned();
    detector.head.hash = hash_of("worse");
    detector.when = second;
    detector.hold = minutes(holds[1]);
    program.detectors[0].when = when;
    program.detectors[0].hold = minutes(holds[0]);
    if has_clear {
        program.detectors[0].clear = Some(Clear { when: clear, hold: minutes(holds[2]) });
    }
    program.detectors.push(detector);
    if is_asked {
        let rests = Expression::Unary(UnaryOperator::Not, Expression::Firing(DetectorIndex(1)).into());
        program.policies[0].condition = Some(Require { condition: rests, text: "!worse".to_owned() });
    }
    program
}

/// An engine that lives through a recording; with `foretold`, one that is told what only the others read.
fn live(program: &Program, recorded: &Recorded, passes: bool, foretold: bool) -> Vec<TraceEvent> {
    let end = Timestamp(HOURS * 60 * MINUTE);
    let mut engine = Engine::new(program.clone()).assuming_verify(passes);
    let mut told: BTreeSet<SignalIndex> = (0..).take(program.signals.len()).map(SignalIndex).collect();
    if foretold {
        let (prophecies, still_told) = foretell(program, recorded, end);
        engine = engine.foretold(prophecies);
        told = still_told;
    }
    let mut samples: Vec<(i64, SignalIndex, &Key, f64)> = Vec::new();
    for ((signal, key), (times, values)) in recorded {
        if told.contains(signal) {
            samples.extend(times.iter().zip(values).map(|(at, value)| (*at, *signal, key, *value)));
        }
    }
    samples.sort_by_key(|(at, signal, key, _)| (*at, *signal, (*key).clone()));
    let mut samples = samples.into_iter().peekable();
    let mut events = Vec::new();
    loop {
        let due = engine.poll_deadline().filter(|due| *due <= end);
        let next = samples.peek().map(|(at, ..)| Timestamp(*at)).filter(|at| *at <= end);
        let now = match (next, due) {
            (None, None) => break,
            (Some(next), due) if due.is_none_or(|due| next <= due) => {
                let (_, signal, key, value) = samples.next().unwrap();
                engine.handle(next, Input::Sample { signal, key: key.clone(), at: next, value }).unwrap();
                next
            }
            (_, due) => {
                let due = due.unwrap();
                engine.handle(due, Input::Watermark { until: due }).unwrap();
                due
            }
        };
        while let Some(effect) = engine.poll_effect() {
            if matches!(effect.request, Request::Act { .. }) {
                engine
                    .handle(now, Input::EffectResult { id: effect.id, outcome: Outcome::Succeeded })
                    .unwrap();
            }
        }
        events.extend(engine.drain_trace());
    }
    events
}

struct Series<'r> {
    program: &'r Program,
    recorded: &'r Recorded,
    fixed: &'r BTreeMap<&'r (SignalIndex, Key), Option<FixedColumn>>,
    key: BTreeMap<&'r str, &'r str>,
}

impl Known for Series<'_> {
    fn samples(&self, signal: SignalIndex) -> Option<Samples<'_>> {
        let keys = &self.program.signal(signal)?.keys;
        let key: Option<Key> =
            keys.iter().map(|name| self.key.get(name.as_str()).map(|it| (*it).to_owned())).collect();
        let place = (signal, key?);
        let (times_ms, values) = self.recorded.get(&place)?;
        let fixed = self.fixed.get(&place)?.as_ref().map(FixedColumn::as_fixed);
        Some(Samples { times_ms, values, fixed, runs: None })
    }
}

fn foretell(
    program: &Program,
    recorded: &Recorded,
    end: Timestamp,
) -> (BTreeMap<DetectorIndex, Prophecy>, BTreeSet<SignalIndex>) {
    let foreteller = Foreteller::new(program, |_| Extent::Whole);
    let fixed: BTreeMap<_, _> =
        recorded.iter().map(|(place, (_, values))| (place, FixedColumn::of(values))).collect();
    let mut prophecies: BTreeMap<DetectorIndex, Prophecy> = BTreeMap::new();
    for level in foreteller.levels() {
        let truths: BTreeMap<_, _> = prophecies.iter().map(|(at, it)| (*at, it.truths())).collect();
        let mut of_level: BTreeMap<DetectorIndex, Prophecy> =
            level.iter().map(|it| (*it, Prophecy::default())).collect();
        for detector in level {
            let names = &program.detector(detector).unwrap().keys;
            let mut born: BTreeMap<Key, Timestamp> = BTreeMap::new();
            for signal in foreteller.signals(detector) {
                if program.signal(signal).unwrap().keys != *names {
                    continue;
                }
                for ((_, key), (times, _)) in recorded.iter().filter(|((other, _), _)| *other == signal) {
                    let Some(first) = times.first() else { continue };
                    let at = born.entry(key.clone()).or_insert(Timestamp(*first));
                    *at = (*at).min(Timestamp(*first));
                }
            }
            let spare = Spare::default();
            for (key, born) in born {
                let known = Series {
                    program,
                    recorded,
                    fixed: &fixed,
                    key: names.iter().map(String::as_str).zip(key.iter().map(String::as_str)).collect(),
                };
                let truths = |detector: DetectorIndex, key: &Key| {
                    truths.get(&detector).and_then(|of| of.get(key)).cloned().unwrap_or_default()
                };
                for (detector, prophecy) in
                    foreteller.foretell(&[(detector, born)], &key, &known, &truths, (end, &spare))
                {
                    of_level.get_mut(&detector).unwrap().extend(prophecy);
                }
            }
        }
        of_level.values_mut().for_each(Prophecy::sort);
        prophecies.extend(of_level);
    }
    (prophecies, foreteller.told_signals())
}

fn signal() -> impl Strategy<Value = SignalIndex> {
    (0u32..3).prop_map(SignalIndex)
}

fn span() -> impl Strategy<Value = Millis> {
    prop_oneof![Just(minutes(1)), Just(minutes(4)), Just(minutes(15)), Just(Millis(90_000))]
}

fn forecast() -> impl Strategy<Value = Learned> {
    (span(), span()).prop_map(|(ahead, train)| Learned::Forecast {
        ahead,
        train,
        method: ForecastMethod::Linear,
    })
}

fn number() -> impl Strategy<Value = Expression> {
    let function = prop_oneof![
        Just(WindowFunction::Avg),
        Just(WindowFunction::Min),
        Just(WindowFunction::Max),
        Just(WindowFunction::Sum),
        Just(WindowFunction::Count),
        Just(WindowFunction::Stddev),
        Just(WindowFunction::Median),
        Just(WindowFunction::Quantile(9_000)),
        Just(WindowFunction::Rate),
        Just(WindowFunction::Increase),
        Just(WindowFunction::Delta),
        Just(WindowFunction::Slope),
        Just(WindowFunction::Lag),
        Just(WindowFunction::Ewma),
    ];
    let window = (function, signal(), span()).prop_map(|(function, signal, span)| Expression::Window {
        function,
        signal,
        span,
    });
    let part = prop_oneof![Just(LearnedPart::Value), Just(LearnedPart::Lower), Just(LearnedPart::Upper)];
    let learned = (signal(), forecast(), part).prop_map(|(signal, model, part)| Expression::Learned {
        signal,
        model,
        part,
    });
    let baseline = signal().prop_map(|signal| Expression::Learned {
        signal,
        model: Learned::Baseline { season: minutes(20), train: minutes(60) },
        part: LearnedPart::Score,
    });
    let leaf = prop_oneof![
        3 => signal().prop_map(Expression::Signal),
        4 => window,
        1 => learned,
        1 => baseline,
        2 => (0i32..40).prop_map(|number| Expression::Number(f64::from(number) / 2.0)),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        let operator = prop_oneof![
            Just(BinaryOperator::Add),
            Just(BinaryOperator::Subtract),
            Just(BinaryOperator::Multiply),
            Just(BinaryOperator::Divide),
        ];
        prop_oneof![
            (operator, inner.clone(), inner.clone()).prop_map(|(operator, left, right)| Expression::Binary(
                operator,
                left.into(),
                right.into()
            )),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| Expression::Or(left.into(), right.into())),
            (signal(), forecast(), inner.clone()).prop_map(|(signal, model, threshold)| Expression::TimeTo {
                signal,
                model,
                threshold: threshold.into()
            }),
            inner.prop_map(|operand| Expression::Unary(UnaryOperator::Negate, operand.into())),
        ]
    })
}

fn condition(reads_detector: bool) -> impl Strategy<Value = Expression> {
    let comparison = prop_oneof![
        Just(BinaryOperator::Less),
        Just(BinaryOperator::LessOrEqual),
        Just(BinaryOperator::Greater),
        Just(BinaryOperator::GreaterOrEqual),
        Just(BinaryOperator::Equal),
        Just(BinaryOperator::NotEqual),
    ];
    let compare = (comparison, number(), number())
        .prop_map(|(operator, left, right)| Expression::Binary(operator, left.into(), right.into()));
    let absent = (signal(), span()).prop_map(|(signal, span)| Expression::Absent { signal, span });
    let firing =
        Just(if reads_detector { Expression::Firing(DetectorIndex(0)) } else { Expression::Bool(true) });
    let zone = Just(Expression::Binary(
        BinaryOperator::Equal,
        Expression::KeyField("zone".to_owned()).into(),
        Expression::Text("eu".to_owned()).into(),
    ));
    prop_oneof![6 => compare, 1 => absent, 1 => firing, 1 => zone].prop_recursive(3, 8, 2, |inner| {
        let logic = prop_oneof![Just(BinaryOperator::And), Just(BinaryOperator::Or)];
        prop_oneof![
            (logic, inner.clone(), inner.clone()).prop_map(|(operator, left, right)| Expression::Binary(
                operator,
                left.into(),
                right.into()
            )),
            inner.clone().prop_map(|operand| Expression::Unary(UnaryOperator::Not, operand.into())),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(condition, then, otherwise)| {
                Expression::Conditional(condition.into(), then.into(), otherwise.into())
            }),
            (inner.clone(), inner)
                .prop_map(|(value, fallback)| Expression::Or(value.into(), fallback.into())),
        ]
    })
}

/// Samples of one series: a step each, which may be missing, off the grid, or doubled.
fn series() -> impl Strategy<Value = (Vec<i64>, Vec<f64>)> {
    let value = prop_oneof![
        8 => (0i32..200).prop_map(|number| f64::from(number) / 10.0),
        1 => Just(12.5),
        1 => -1e6..1e6f64,
    ];
    let sample = proptest::option::weighted(0.9, (value, prop_oneof![5 => Just(0i64), 1 => 0i64..59_000]));
    (0i64..40, proptest::collection::vec(sample, 0..120)).prop_map(|(first, samples)| {
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for (at, (value, late)) in (first..).zip(samples).filter_map(|(at, sample)| Some((at, sample?))) {
            times.push(at * MINUTE + late);
            values.push(value);
        }
        (times, values)
    })
}

fn recorded() -> impl Strategy<Value = Recorded> {
    proptest::collection::vec(series(), 6).prop_map(|all| {
        let keys: [(u32, &[&str]); 6] = [
            (0, &["cart", "eu"]),
            (0, &["cart", "us"]),
            (0, &["shop", "eu"]),
            (1, &["cart"]),
            (2, &["eu"]),
            (2, &["us"]),
        ];
        let keyed = keys.into_iter().zip(all).map(|((signal, key), series)| {
            ((SignalIndex(signal), key.iter().map(|part| (*part).to_owned()).collect()), series)
        });
        keyed.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_foretold_is_what_an_engine_sees_sample_by_sample(
        when in condition(false),
        second in condition(true),
        clear in condition(false),
        holds in (0i64..4, 0i64..3, 0i64..3),
        has_clear in any::<bool>(),
        is_asked in any::<bool>(),
        recorded in recorded(),
        passes in any::<bool>(),
    ) {
        let holds = [holds.0, holds.1, holds.2];
        let program = world_of([when, second, clear], holds, (has_clear, is_asked));
        let (streamed, foretold) = (live(&program, &recorded, passes, false), live(&program, &recorded, passes, true));
        prop_assert_eq!(streamed, foretold);
    }
}

#[test]
fn only_what_decisions_read_is_still_told() {
    let mut program = world_of([loaded(), loaded(), loaded()], [0, 0, 0], (false, false));
    let foreteller = Foreteller::new(&program, |_| Extent::Whole);
    assert_eq!(foreteller.levels(), [[DetectorIndex(0), DetectorIndex(1)]]);
    assert_eq!(foreteller.told_signals(), BTreeSet::new());
    program.policies[0].condition = Some(Require {
        text: "errors > 10".to_owned(),
        condition: above(Expression::Signal(SignalIndex(1)), 10.0),
    });
    assert_eq!(Foreteller::new(&program, |_| Extent::Whole).told_signals(), [SignalIndex(1)].into());
}

#[test]
fn what_hangs_on_events_other_keys_or_broken_series_is_not_foretold() {
    let total = Expression::Aggregate {
        function: AggregateFunction::Sum,
        by: Vec::new(),
        keys: vec!["service".to_owned(), "zone".to_owned()],
        operand: Expression::Signal(SignalIndex(0)).into(),
    };
    let program = world_of(
        [above(total, 10.0), Expression::Firing(DetectorIndex(0)), loaded()],
        [0, 0, 0],
        (false, false),
    );
    assert!(Foreteller::new(&program, |_| Extent::Whole).levels().is_empty(), "the second reads the first");
    let program = world_of([loaded(), loaded(), loaded()], [0, 0, 0], (false, false));
    assert!(Foreteller::new(&program, |_| Extent::Parted).levels().is_empty());
}
