//! Student's distribution: how far an average of few numbers may be from nothing by chance alone.

/// In how many of so many cases chance alone may lead to a proposal.
const CHANCE: f64 = 0.1;
/// Far above every quantile that is asked for.
const QUANTILE_MAX: f64 = 1e6;
/// Halvings of the range: more than a double has digits.
const HALVINGS: usize = 80;

/// So many standard errors chance alone exceeds in one of ten cases: in none of `searches` that are made at once, or in one
/// of them at least. `degrees` are those of freedom, at least one. To three decimals, as in printed tables.
pub(crate) fn quantile(degrees: usize, searches: usize) -> f64 {
    // Bonferroni: of ten searches each has a tenth of the chance.
    let chance = CHANCE / searches.max(1) as f64;
    let (mut low, mut high) = (0.0, QUANTILE_MAX);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if above(middle, degrees.max(1)) > chance { low = middle } else { high = middle }
    }
    (high * 1_000.0).round() / 1_000.0
}

/// How likely a number of Student's distribution is above `at`, which is not negative (Abramowitz and Stegun, 26.7.3-4).
fn above(at: f64, degrees: usize) -> f64 {
    let freedom = degrees as f64;
    let (sine, cosine) = (at / freedom.sqrt().hypot(at), freedom.sqrt() / freedom.sqrt().hypot(at));
    let is_even = degrees.is_multiple_of(2);
    let (mut term, mut sum) = (1.0, 0.0);
    // Of even degrees 1/2, 3/4 and so on lead from one term to the next, of odd ones 2/3, 4/5.
    for step in 1..=degrees / 2 {
        sum += term;
        let even = 2.0 * step as f64;
        term *= cosine * cosine * if is_even { (even - 1.0) / even } else { even / (even + 1.0) };
    }
    let within = if is_even {
        sine * sum
    } else {
        std::f64::consts::FRAC_2_PI * ((at / freedom.sqrt()).atan() + sine * cosine * sum)
    };
    (1.0 - within) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_printed_tables() {
        let tenth = [
            3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345,
            1.341, 1.337, 1.333, 1.330, 1.328,
        ];
        for (degrees, wanted) in (1..).zip(tenth) {
            assert_eq!(quantile(degrees, 1), wanted, "{degrees}");
        }
        // 95 % and 99 %.
        for (degrees, searches, wanted) in
            [(1, 2, 6.314), (4, 2, 2.132), (1, 10, 31.821), (2, 10, 6.965), (3, 10, 4.541), (19, 10, 2.539)]
        {
            assert_eq!(quantile(degrees, searches), wanted, "{degrees} of {searches}");
        }
    }
}
