//! Servers and queries of which nothing can be recorded, and how long one tries.

use super::{Run, answer, http, stretch};
use crate::history::back_off::pause_after;
use crate::history::query::bound_to_the_range;
use crate::{HistoryError, PrometheusError};

#[track_caller]
fn check(query: &str, reply: &str, said: &str) {
    let folder = tempfile::tempdir().unwrap();
    let reply = reply.to_owned();
    let run = Run::new(folder.path(), (0, 10_000), move |_| reply.clone().into_bytes());
    let error = run.fetch(&stretch(query, 10)).0.unwrap_err().to_string();
    assert!(error.contains(said), "{error}");
    drop(run);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    let has_arrived = said.contains("no value");
    assert_eq!(left, usize::from(has_arrived), "{said}");
}

#[test]
fn each_error_says_what_to_do() {
    let bad = r#"{"status":"error","errorType":"bad_data","error":"1:1: parse error: no"}"#;
    check(
        "sum(",
        &http("400 Bad Request", "", bad),
        "refuses the query with status 400: 1:1: parse error: no",
    );
    check(
        "x",
        &http("404 Not Found", "", "404 page not found"),
        "is this the address of Prometheus, up to the path",
    );
    check("x", &http("200 OK", "", "<html>"), "is this the address of Prometheus, up to the path");
    check("x", &http("401 Unauthorized", "", ""), "check the token or password");
    check(
        "x",
        &http("302 Found", "location: https://b.example/\r\n", ""),
        "at `https://b.example/`: use that one",
    );
    check("x", &http("503 Busy", "", "later"), "status 503: later; what has arrived is kept");
    let empty = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    check(
        "x",
        &http("200 OK", "", empty),
        "Prometheus has no value of the query from 2024-01-01T00:00:00Z to",
    );
    let histograms = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{},"histograms":[[1704067200,{"count":"1"}]]}]}}"#;
    check(
        "x",
        &http("200 OK", "", histograms),
        "gives 1 histograms, and a recording holds numbers: ask for one",
    );
    check("x @ end()", "", "`@ end()`, which means another time for every range");
}

#[test]
fn modifiers_are_found_where_they_are_and_not_in_texts() {
    for query in ["x @ end()", "x@end ( )", "sum(rate(x[5m] @ start()))", "x{a=\"@ end\"} @\nstart()"] {
        assert!(bound_to_the_range(query).is_some(), "{query}");
    }
    for query in [
        "x",
        "x @ 1704067200",
        "x{a=\"@ end()\"}",
        r#"x{a="\"@ end()"}"#,
        "x{a=`\\`} # @ end()",
        "end()",
        "x @ ending",
        "x{a=\"@ start()",
    ] {
        assert_eq!(bound_to_the_range(query), None, "{query}");
    }
}

#[test]
fn pauses_double_up_to_half_a_minute_and_end() {
    let busy = PrometheusError::Unavailable { status: 429, message: String::new(), retry_after: None };
    let pauses: Vec<u128> = (1..=12)
        .map_while(|failures| pause_after(failures, &busy, 10))
        .map(|pause| pause.as_millis())
        .collect();
    assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    assert_eq!(pause_after(u32::MAX, &busy, u32::MAX).unwrap().as_secs(), 30);
    let malformed = PrometheusError::Malformed { what: String::new() };
    assert_eq!((1..9).map_while(|failures| pause_after(failures, &malformed, 10)).count(), 2);
    let refused = PrometheusError::Refused { status: 400, message: String::new() };
    assert_eq!(pause_after(1, &refused, 10), None);
}

#[test]
fn a_server_that_says_when_it_wants_to_be_asked_again_is_left_alone_until_then() {
    let pause = |failures: u32, seconds: u64| {
        let retry_after = Some(std::time::Duration::from_secs(seconds));
        let busy = PrometheusError::Unavailable { status: 503, message: String::new(), retry_after };
        pause_after(failures, &busy, 10).unwrap().as_millis()
    };
    assert_eq!([pause(1, 0), pause(1, 7), pause(9, 7), pause(1, 86_400)], [250, 7_000, 30_000, 300_000]);
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    let run = Run::new(folder.path(), (1, 10), move |request| {
        count += 1;
        match count {
            1 => http("429 Slow", "retry-after: 1\r\n", "").into_bytes(),
            3 => http("503 Slow", "retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "").into_bytes(),
            _ => answer(request),
        }
    });
    let (found, seen) = run.fetch(&stretch("x", 20));
    assert!(found.is_ok());
    let waits: Vec<&String> = seen.iter().filter(|seen| seen.contains(": ")).collect();
    assert_eq!(waits, ["1: 1s", "1: 250ms"]);
}

#[test]
fn a_server_in_trouble_is_asked_again_and_gives_the_same_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let calm = Run::new(&folder.path().join("calm"), (0, 10), answer);
    let expected = calm.fetch(&stretch("x", 20)).0.unwrap();
    let mut count = 0;
    let run = Run::new(&folder.path().join("troubled"), (2, 10), move |request| {
        count += 1;
        let whole = answer(request);
        match count {
            1 => http("429 Slow", "", "").into_bytes(),
            3 => http("500 Oh", "", "").into_bytes(),
            // The connection breaks.
            5 => Vec::new(),
            // Cut off, as the length says, and as nothing but the text says.
            7 => whole[..whole.len() - 20].to_vec(),
            9 => {
                let text = String::from_utf8(whole[..whole.len() - 20].to_vec()).unwrap();
                text.replace("content-length", "x-length").into_bytes()
            }
            _ => whole,
        }
    });
    let (found, seen) = run.fetch(&stretch("x", 20));
    assert_eq!(found.unwrap(), expected);
    assert_eq!(seen.iter().filter(|seen| seen.as_str() == "1: 250ms").count(), 5, "{seen:?}");
}

#[test]
fn trying_again_has_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::new(folder.path(), (2, 10), |_| http("503 Busy", "", "").into_bytes());
    let (error, seen) = run.fetch(&stretch("x", 20));
    assert!(matches!(error, Err(HistoryError::Interrupted { .. })), "{error:?}");
    assert_eq!(seen, ["1: 250ms", "2: 500ms"]);
}
