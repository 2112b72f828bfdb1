//! Lists of jobs: which columns are what, what names and words stand for, and what is wrong in its place.

use heal_telemetry::Verdict;
use proptest::prelude::*;

use super::check_total;
use crate::{ImportError, Imported, OutcomeColumn, OutcomeImport};

fn read(import: &OutcomeImport, text: &str) -> Result<Imported, ImportError> {
    import.read("folder/jobs.csv", text.as_bytes())
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

fn lines(imported: &Imported) -> String {
    let lines = imported.outcomes.iter().map(|outcome| {
        let labels: Vec<String> =
            outcome.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let end = outcome.end.map_or_else(|| "?".to_owned(), |end| end.to_string());
        format!(
            "{} to {end} {} [{}] {} id={} note={} file={}",
            outcome.start,
            outcome.item,
            labels.join(" "),
            outcome.verdict.text(),
            outcome.source,
            outcome.note,
            outcome.file
        )
    });
    lines.chain(imported.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn eighty_thousand_rows_are_read_without_counting_their_lines() {
    let row = |second: i64| format!("{},heal,done,h1\n", heal_program::Timestamp(second * 1_000));
    let rows: String = (0..80_000).map(row).collect();
    let text = format!("start,plan,outcome,host\n{rows}");
    let began = std::time::Instant::now();
    assert_eq!(read(&OutcomeImport::default(), &text).unwrap().outcomes.len(), 80_000);
    // Counted for each row it takes minutes.
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
    let other = text + &row(7).replace("done", "failed");
    check_refused(
        &OutcomeImport::default(),
        &other,
        " line 80002: line 9 has another run of `heal` on the same target that began at 1970-01-01T00:00:07Z, too: leave one \
         of them out",
    );
}

#[track_caller]
fn check_refused(import: &OutcomeImport, text: &str, expected: &str) {
    assert_eq!(read(import, text).unwrap_err().to_string(), format!("`folder/jobs.csv`{expected}"));
}

#[test]
fn a_list_of_ones_own_needs_no_word() {
    let text = "start,end,plan,outcome,note,id,service\n\
                2026-05-01 12:00:00,2026-05-01 12:01:00,shop.refill,passed,fine,17,cart\n\
                2026-05-01T15:00:00+02:00,,shop.refill,step failed,,18,cart\n\
                1777636800,,shop.restart,unknown,,,\n";
    insta::assert_snapshot!(lines(&read(&OutcomeImport::default(), text).unwrap()), @r"
    2026-05-01T12:00:00Z to 2026-05-01T12:01:00Z shop.refill [service=cart] passed id=17 note=fine file=jobs.csv
    2026-05-01T12:00:00Z to ? shop.restart [] unknown id= note= file=jobs.csv
    2026-05-01T13:00:00Z to ? shop.refill [service=cart] step failed id=18 note= file=jobs.csv
    ");
}

#[test]
fn jobs_of_another_tool_have_their_own_columns_names_and_words() {
    let text = "ID,Name,Status,Started,Finished,limit,launched_by\n\
                7,Restart service,successful,2026-07-01 12:00:00,2026-07-01 12:00:40,cart,ann\n\
                8,Restart service,failed,2026-07-01 13:00:00,2026-07-01 13:00:40,cart,ann\n\
                9,Backup,successful,2026-07-01 14:00:00,2026-07-01 14:10:00,db,cron\n\
                10,Restart service,canceled,2026-07-01 15:00:00,2026-07-01 15:00:40,cart,ann\n\
                11,Restart service,,2026-07-01 16:00:00,,cart,ann\n";
    let import = OutcomeImport {
        plans: pairs(&[("shop.recycle", "Restart service")]),
        words: vec![
            (Some(Verdict::Done), "successful".to_owned()),
            (Some(Verdict::StepFailed), "failed".to_owned()),
            (None, "canceled".to_owned()),
        ],
        keys: pairs(&[("service", "limit")]),
        zone: "Europe/Berlin".parse().unwrap(),
        columns: vec![(OutcomeColumn::Note, "launched_by".to_owned())],
    };
    insta::assert_snapshot!(lines(&read(&import, text).unwrap()), @r"
    2026-07-01T10:00:00Z to 2026-07-01T10:00:40Z shop.recycle [service=cart] done id=7 note=ann file=jobs.csv
    2026-07-01T11:00:00Z to 2026-07-01T11:00:40Z shop.recycle [service=cart] step failed id=8 note=ann file=jobs.csv
    1 row is not over and was left out
    1 row was skipped for its outcome
    1 row of other names was left out: `Backup`
    ");
    check_refused(
        &OutcomeImport { plans: pairs(&[("shop.recycle", "Restart servce")]), ..import.clone() },
        text,
        ": `--plan shop.recycle=Restart servce`: no row has that name; other names there are `Backup`, `Restart service`",
    );
    check_refused(
        &OutcomeImport { words: Vec::new(), ..import },
        text,
        " line 2, column 3: `successful` is no outcome: say what it stands for, as `--outcome done='successful'` where its \
         steps were done and nobody says whether that helped, else `passed`, `failed`, `step_failed`, `unknown`, or `skip` \
         to leave it out",
    );
}

#[test]
fn the_same_row_twice_is_one_and_another_one_is_refused() {
    let header = "start,plan,outcome,service";
    let row = "2026-05-01 12:00:00,refill,passed,cart";
    let both = read(&OutcomeImport::default(), &format!("{header}\n{row}\n{row}\n")).unwrap();
    assert_eq!(both.outcomes.len(), 1);
    let other = row.replace("passed", "failed");
    check_refused(
        &OutcomeImport::default(),
        &format!("{header}\n{row}\n\n{other}\n"),
        " line 4: line 2 has another run of `refill` on the same target that began at 2026-05-01T12:00:00Z, too: leave one of \
         them out",
    );
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let plain = OutcomeImport::default();
    let check = |row: &str, expected: &str| {
        check_refused(&plain, &format!("start,end,plan,outcome,service\n{row}\n"), expected);
    };
    check("", ": has no outcome");
    check(
        "nonsense,,refill,passed,cart",
        " line 2, column 1: its start `nonsense` is not a time: write it as `2014-03-14 03:31:00` or in RFC 3339",
    );
    check(",,refill,passed,cart", " line 2, column 1: it has no start");
    check(
        "2026-05-01 12:00:00,2026-05-01 11:00:00,refill,passed,cart",
        " line 2, column 2: this run of `refill` ends before it starts",
    );
    check(
        "2026-05-01 12:00:00,,Re fill,passed,cart",
        " line 2, column 3: `Re fill` is no name of a plan or action: say which it is, as `--plan PLAN='Re fill'`; rows of other names are left out then",
    );
    check(
        "2026-05-01 12:00:00,,,passed,cart",
        " line 2, column 3: it does not say which plan or action was run",
    );
    check(
        "2026-05-01 12:00:00,2026-05-01 12:00:01,refill,,cart",
        " line 2, column 4: it is over and has no outcome: write `passed`, `failed`, `step failed`, `done` or `unknown`",
    );
    check("2026-05-01 12:00:00,,refill,passed", " line 2: has 4 cells, and the header 5");
    check("2026-05-01 12:00:00,,refill,,cart", ": has no outcome: 1 row is not over and was left out");
    check_refused(&plain, "", ": is empty: the first row must name the columns");
    check_refused(
        &plain,
        "start;plan;outcome\n",
        ": line 1: the cells are apart by `;`, and `,` is needed: `tr ';' ',' < folder/jobs.csv > COMMAS` makes it so",
    );
    check_refused(
        &plain,
        "when,plan,outcome\n",
        ": has no column for the start: name it with `--column start=NAME`; it has `when`, `plan`, `outcome`",
    );
    let named = OutcomeImport { columns: vec![(OutcomeColumn::Start, "wen".to_owned())], ..plain.clone() };
    check_refused(&named, "when,plan,outcome\n", ": has no column `wen`; it has `when`, `plan`, `outcome`");
    check_refused(&plain, "start,plan,outcome,a,a\n", ": has two columns `a`");
    let packed = plain.read("x", &[0x1f, 0x8b, 1]).unwrap_err().to_string();
    assert_eq!(packed, "`x`: is packed with gzip: unpack it first, `gzip -dc x > UNPACKED`");
    let binary = plain.read("x", b"start,plan,outcome\n\xff,b,c\n").unwrap_err().to_string();
    assert_eq!(binary, "`x` line 2: is not UTF-8");
}

proptest! {
    /// Any bytes are outcomes that can be recorded, or one error in a line.
    #[test]
    fn any_bytes_are_outcomes_or_one_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        text in "(start|plan|outcome|service|a|2026-05-01 12:00:00|refill|passed|done|,|,|,|\n|\"| ){0,60}",
    ) {
        let import = OutcomeImport::default();
        check_total(import.read("x", &bytes));
        for read in [import.read("x", text.as_bytes()), import.read("x", format!("start,plan,outcome,service\n{text}").as_bytes())] {
            if let Ok(imported) = &read {
                prop_assert!(!imported.outcomes.is_empty());
            }
            check_total(read);
        }
    }
}
