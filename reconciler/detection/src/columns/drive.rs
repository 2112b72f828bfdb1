//! A streaming form, told samples and asked at each step.

use super::samples::{Samples, Steps};

/// A streaming form.
pub(super) trait Streaming {
    fn push(&mut self, at_ms: i64, value: f64);
}

macro_rules! streaming {
    ($($form:ty),*) => {$(
        impl Streaming for $form {
            fn push(&mut self, at_ms: i64, value: f64) {
                <$form>::push(self, at_ms, value);
            }
        }
    )*};
}

streaming!(crate::Baseline, crate::Ewma, crate::Extremes, crate::SortedWindow);

impl<S: crate::Statistic> Streaming for crate::Window<S> {
    fn push(&mut self, at_ms: i64, value: f64) {
        crate::Window::push(self, at_ms, value);
    }
}

/// Tells a form the samples up to each step, and then looks at it.
pub(super) fn drive<K: Streaming>(
    samples: &Samples<'_>,
    steps: Steps,
    mut form: K,
    mut look: impl FnMut(usize, i64, &K),
) {
    let mut coming = samples.times_ms.iter().zip(samples.values).peekable();
    for step in 0..steps.count {
        let now_ms = steps.at_ms(step);
        while let Some((at_ms, value)) = coming.next_if(|(at_ms, _)| **at_ms <= now_ms) {
            form.push(*at_ms, *value);
        }
        look(step, now_ms, &form);
    }
}

/// The same for what fills a column.
pub(super) fn drive_into<K: Streaming>(
    samples: &Samples<'_>,
    steps: Steps,
    form: K,
    out: &mut [f64],
    value: impl Fn(&K, i64) -> Option<f64>,
) {
    drive(samples, steps.within(out.len()), form, |step, now_ms, form| {
        put(out, step, value(form, now_ms).unwrap_or(f64::NAN));
    });
}

/// Writes the value of a step.
#[inline]
pub(super) fn put(out: &mut [f64], step: usize, value: f64) {
    if let Some(place) = out.get_mut(step) {
        *place = value;
    }
}
