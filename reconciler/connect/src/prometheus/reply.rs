//! Prometheus' answers: JSON in, series out.

use std::collections::BTreeMap;

use heal_program::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::PrometheusError;

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryAnswer {
    /// The series, sorted by labels.
    pub series: Vec<RawSeries>,
    /// What Prometheus has to say about the query: warnings and notes.
    pub warnings: Vec<String>,
}

/// A series as Prometheus has it: values in its unit, not-a-number among them.
#[derive(Clone, Debug, PartialEq)]
pub struct RawSeries {
    /// Its labels, `__name__` among them if it has a name.
    pub labels: BTreeMap<String, String>,
    /// Its samples, ascending in time.
    pub samples: Vec<RawSample>,
    /// How many points hold a histogram and no number.
    pub histograms_count: u64,
}

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawSample {
    /// When, as the answer says it.
    pub at: Timestamp,
    /// The value.
    pub value: f64,
}

impl QueryAnswer {
    /// Adds a later piece of the same query.
    pub(crate) fn join(&mut self, later: QueryAnswer) {
        let mut series: BTreeMap<BTreeMap<String, String>, RawSeries> = std::mem::take(&mut self.series)
            .into_iter()
            .map(|series| (series.labels.clone(), series))
            .collect();
        for mut piece in later.series {
            match series.get_mut(&piece.labels) {
                Some(known) => {
                    let last = known.samples.last().map(|sample| sample.at);
                    piece.samples.retain(|sample| last.is_none_or(|last| sample.at > last));
                    known.samples.append(&mut piece.samples);
                    known.histograms_count += piece.histograms_count;
                }
                None => {
                    series.insert(piece.labels.clone(), piece);
                }
            }
        }
        self.series = series.into_values().collect();
        for warning in later.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    status: String,
    data: Option<Data>,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", tag = "resultType", content = "result")]
enum Data {
    Vector(Vec<Element>),
    Matrix(Vec<Element>),
    Scalar(Point),
    String(IgnoredAny),
}

#[derive(Deserialize, Default)]
struct Element {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    value: Option<Point>,
    #[serde(default)]
    values: Vec<Point>,
    #[serde(default)]
    histogram: Option<IgnoredAny>,
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

/// Seconds, and the value as text.
#[derive(Deserialize)]
struct Point(f64, String);

/// Reads the answer to either kind of query.
pub(crate) fn read(body: &[u8]) -> Result<QueryAnswer, PrometheusError> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))?;
    if envelope.status != "success" {
        return Err(malformed(&format!("it reports `{}` {}", envelope.status, envelope.error)));
    }
    let elements = match envelope.data {
        Some(Data::Vector(elements) | Data::Matrix(elements)) => elements,
        Some(Data::Scalar(point)) => vec![Element { value: Some(point), ..Element::default() }],
        Some(Data::String(_)) => return Err(malformed("its result is a text, not numbers")),
        None => return Err(malformed("it has no data")),
    };
    let mut series =
        elements.into_iter().map(series_of).collect::<Result<Vec<RawSeries>, PrometheusError>>()?;
    series.sort_by(|one, other| one.labels.cmp(&other.labels));
    if series.windows(2).any(|pair| matches!(pair, [one, other] if one.labels == other.labels)) {
        return Err(malformed("it has two series with the same labels"));
    }
    let warnings =
        envelope.warnings.iter().chain(&envelope.infos).map(|text| super::error::shown(text)).collect();
    Ok(QueryAnswer { series, warnings })
}

fn series_of(element: Element) -> Result<RawSeries, PrometheusError> {
    let mut samples = Vec::new();
    for Point(at, text) in element.value.into_iter().chain(element.values) {
        let at = time_of(at).ok_or_else(|| malformed("a sample has a time that is none"))?;
        let value = text.parse().map_err(|_| malformed(&format!("`{text}` is not a number")))?;
        if samples.last().is_some_and(|last: &RawSample| last.at >= at) {
            return Err(malformed("the samples of a series are not in the order of time"));
        }
        samples.push(RawSample { at, value });
    }
    let histograms_count = element.histogram.iter().count() + element.histograms.len();
    Ok(RawSeries { labels: element.metric, samples, histograms_count: histograms_count as u64 })
}

/// Seconds to whole milliseconds; doubles hold those of this age exactly.
fn time_of(seconds: f64) -> Option<Timestamp> {
    const MILLISECONDS_MAX: f64 = 9.0e15;
    let milliseconds = (seconds * 1_000.0).round();
    (milliseconds.abs() <= MILLISECONDS_MAX).then_some(Timestamp(milliseconds as i64))
}

fn malformed(what: &str) -> PrometheusError {
    PrometheusError::Malformed { what: super::error::shown(what) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use heal_program::Timestamp;
    use proptest::prelude::*;

    use super::{RawSample, read};
    use crate::PrometheusError;

    #[test]
    fn a_vector_comes_sorted_with_its_own_times() {
        let answer = read(
            br#"{"status":"success","warnings":["w\nw"],"infos":["i"],"data":{"resultType":"vector","result":[
                {"metric":{"__name__":"up","job":"b"},"value":[1700000000.123,"1"]},
                {"metric":{"job":"a"},"value":[1700000000.123,"NaN"]},
                {"metric":{"job":"c"},"histogram":[1700000000.123,{"count":"1"}]}]}}"#,
        )
        .unwrap();
        assert_eq!(answer.warnings, ["w w", "i"]);
        let jobs: Vec<&str> = answer.series.iter().map(|series| series.labels["job"].as_str()).collect();
        assert_eq!(jobs, ["b", "a", "c"], "by labels, `__name__` first");
        assert_eq!(answer.series[0].samples, [RawSample { at: Timestamp(1_700_000_000_123), value: 1.0 }]);
        assert!(answer.series[1].samples[0].value.is_nan());
        assert_eq!((answer.series[2].samples.len(), answer.series[2].histograms_count), (0, 1));
    }

    #[test]
    fn scalars_and_matrices_are_series_too() {
        let scalar =
            read(br#"{"status":"success","data":{"resultType":"scalar","result":[5,"+Inf"]}}"#).unwrap();
        assert_eq!(scalar.series[0].samples[0].value, f64::INFINITY);
        let matrix = read(
            br#"{"status":"success","data":{"resultType":"matrix","result":[
                {"metric":{},"values":[[1,"1e-3"],[2.5,"-4"]]}]}}"#,
        )
        .unwrap();
        let seen: Vec<(i64, f64)> =
            matrix.series[0].samples.iter().map(|sample| (sample.at.0, sample.value)).collect();
        assert_eq!(seen, [(1_000, 0.001), (2_500, -4.0)]);
    }

    #[test]
    fn what_is_no_answer_is_said() {
        let cases: [(&[u8], &str); 9] = [
            (b"<html>", "expected value"),
            (b"{}", "missing field `status`"),
            (br#"{"status":"success"}"#, "no data"),
            (br#"{"status":"error","error":"boom"}"#, "boom"),
            (br#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#, "a text, not numbers"),
            (
                br#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#,
                "`x` is not a number",
            ),
            (
                br#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}}"#,
                "a time that is none",
            ),
            (
                br#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{}},{"metric":{}}]}}"#,
                "the same labels",
            ),
            (
                br#"{"status":"success","data":{"resultType":"matrix","result":[{"values":[[2,"1"],[1,"1"]]}]}}"#,
                "order of time",
            ),
        ];
        for (body, said) in cases {
            let error = read(body).unwrap_err();
            assert!(
                matches!(error, PrometheusError::Malformed { .. }) && error.to_string().contains(said),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_number_of_milliseconds_comes_back(at in -8_000_000_000_000_i64..8_000_000_000_000) {
            let text = super::super::seconds(at);
            let body = format!(r#"{{"status":"success","data":{{"resultType":"scalar","result":[{text},"1"]}}}}"#);
            prop_assert_eq!(read(body.as_bytes()).unwrap().series[0].samples[0].at, Timestamp(at));
        }
    }
}
