//! The samples of the last while, with a statistic of them.

use serde::{Deserialize, Serialize};

use crate::{
    Aggregate,
    fixed_window::{FixedSums, FixedWindow, Stretch},
    sliding_window::SlidingWindow,
};

/// A statistic of the samples of a window: [`Moments`](crate::Moments), [`Counter`](crate::Counter) or
/// [`Line`](crate::Line).
pub trait Statistic: Clone + std::fmt::Debug {
    /// The longest span, in milliseconds, over which it is exact.
    const SPAN_MS_MAX: i64 = i64::MAX;
    /// Its sums over integers.
    #[doc(hidden)]
    type Sums: FixedSums;
    /// Its form over doubles.
    #[doc(hidden)]
    type Rounded: Aggregate + std::fmt::Debug + PartialEq;
    /// The statistic of a stretch in fixed point.
    #[doc(hidden)]
    fn of_fixed(stretch: &Stretch<Self::Sums>) -> Self;
    /// The statistic of a stretch that is not.
    #[doc(hidden)]
    fn of_rounded(rounded: Self::Rounded) -> Self;
}

/// The samples of the last `span_ms`, with a statistic of them in O(1) amortised a sample.
///
/// While the series is in fixed point the statistic is exact: sums are integers, so samples that leave are subtracted.
/// From the first sample on with which it is not, the statistic is made of doubles, never subtracting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "S::Rounded: Serialize", deserialize = "S::Rounded: Deserialize<'de>"))]
pub struct Window<S: Statistic> {
    span_ms: i64,
    form: Form<S>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "S::Rounded: Serialize", deserialize = "S::Rounded: Deserialize<'de>"))]
enum Form<S: Statistic> {
    Fixed(FixedWindow<S::Sums>),
    Rounded(SlidingWindow<S::Rounded>),
}

impl<S: Statistic> Window<S> {
    /// An empty window.
    #[must_use]
    pub fn new(span_ms: i64) -> Window<S> {
        let form = if span_ms <= S::SPAN_MS_MAX {
            Form::Fixed(FixedWindow::new())
        } else {
            Form::Rounded(SlidingWindow::new(span_ms))
        };
        Window { span_ms, form }
    }

    /// Adds a sample, which must not be older than those before it.
    ///
    /// Only this changes the window, so its state, and with it every rounding, depends on the samples alone and not
    /// on when somebody looked.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        match &mut self.form {
            Form::Fixed(window) => {
                if !window.push(at_ms.saturating_sub(self.span_ms), at_ms, value) {
                    let mut rounded = SlidingWindow::new(self.span_ms);
                    for (earlier_at_ms, earlier) in window.samples() {
                        rounded.push(earlier_at_ms, earlier);
                    }
                    rounded.push(at_ms, value);
                    self.form = Form::Rounded(rounded);
                }
            }
            Form::Rounded(window) => window.push(at_ms, value),
        }
    }

    /// The statistic of the samples in `(now - span, now]`; none when there are none. `now` is not before the newest.
    #[must_use]
    pub fn statistic(&self, now_ms: i64) -> Option<S> {
        match &self.form {
            Form::Fixed(window) => {
                window.stretch(now_ms.saturating_sub(self.span_ms)).map(|stretch| S::of_fixed(&stretch))
            }
            Form::Rounded(window) => window.statistic(now_ms).map(S::of_rounded),
        }
    }

    /// Whether its series is in fixed point so far, so that its statistic is exact.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        match &self.form {
            Form::Fixed(_) => true,
            Form::Rounded(_) => false,
        }
    }
}

impl<S: Statistic> PartialEq for Window<S> {
    fn eq(&self, other: &Window<S>) -> bool {
        let is_same = match (&self.form, &other.form) {
            (Form::Fixed(one), Form::Fixed(two)) => one == two,
            (Form::Rounded(one), Form::Rounded(two)) => one == two,
            (Form::Fixed(_), Form::Rounded(_)) | (Form::Rounded(_), Form::Fixed(_)) => false,
        };
        self.span_ms == other.span_ms && is_same
    }
}
