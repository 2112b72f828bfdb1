//! Statistics that can be put together from those of two neighbouring stretches of samples.

/// A statistic of a stretch of samples. Putting stretches together is associative up to rounding, and the order of
/// the operations depends on the samples alone, so equal samples give equal bits.
pub trait Aggregate: Clone {
    /// The statistic of one sample.
    fn of(value: f64, at_ms: i64) -> Self;
    /// The statistic of this stretch and the one that follows it.
    #[must_use]
    fn followed_by(&self, later: &Self) -> Self;
}
