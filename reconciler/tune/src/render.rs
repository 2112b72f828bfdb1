//! What tuning comes to, for a terminal.

use heal_program::{Millis, Timestamp};
use heal_report::{Figures, quantity};

use crate::{
    BeforeAfter, Block, CostFrom, CostSource, Costed, Impact, ParamChange, Proposal, Refused, Saving, Tuning,
    cost::same,
};

/// Columns that a terminal is taken to have.
const COLUMNS_MAX: usize = 100;
/// Blanks between columns.
const GAP: &str = "  ";

/// How places and the next command are written for a person.
#[derive(Clone, Copy)]
pub struct Shown<'s> {
    /// The path of a file of the package as the person would open it.
    pub path: &'s dyn Fn(&str) -> String,
    /// The command that says what a proposal does once it is applied.
    pub next: &'s str,
}

impl Tuning {
    /// As text of at most 100 columns, but for lines of policies and commands.
    #[must_use]
    pub fn to_text(&self, shown: Shown<'_>) -> String {
        let mut text = String::new();
        let day = |at: Timestamp| at.to_string().chars().take(10).collect::<String>();
        let recording = &self.recording;
        let count = match self.proposals.len() {
            0 => "no proposal".to_owned(),
            1 => "1 proposal".to_owned(),
            more => format!("{more} proposals"),
        };
        let headline = format!(
            "{count}, from {} incidents in recording {}, {} to {}",
            recording.incidents,
            recording.name,
            day(recording.start),
            day(recording.end)
        );
        wrap(&mut text, &headline, "", "  ");
        wrap(&mut text, &self.costs(), "", "  ");
        let simulations = match self.simulations {
            1 => "1 simulation".to_owned(),
            more => format!("{} simulations", number(more as f64)),
        };
        // Those tell what is proposed from what is there, with all that a report has.
        let more = match self.proposals.len() {
            0 => String::new(),
            proposals => format!(", and {} for the impact of what is proposed", 2 * proposals),
        };
        let budget = number(self.budget as f64);
        wrap(&mut text, &format!("{simulations} of at most {budget}{more}"), "", "  ");
        for proposal in &self.proposals {
            text.push('\n');
            proposal.write(&mut text, shown, self.searches);
        }
        if self.proposals.is_empty() && self.refused.is_empty() {
            let nothing = "there is nothing to tune: the package has no `param`; `param NAME: TYPE in LOW..HIGH = VALUE` gives \
                           a number a name and says which values may be chosen";
            wrap(&mut text, nothing, "", "  ");
        }
        if !self.refused.is_empty() {
            text.push_str("\nno proposal for\n");
        }
        for refused in &self.refused {
            refused.write(&mut text);
        }
        if !self.proposals.is_empty() {
            text.push_str(
                "\nNothing was edited. Apply what you agree with by hand, and see all that it changes:\n",
            );
            text.push_str(&format!("  {}\n", shown.next));
        }
        text
    }

    fn costs(&self) -> String {
        let CostFrom { missed, false_alarm, action, minute } = self.cost_from;
        let parts = [
            ("missed incident", self.cost.missed, missed),
            ("false alarm", self.cost.false_alarm, false_alarm),
            ("action", self.cost.action, action),
            ("minute", self.cost.minute, minute),
        ];
        let source = |source: CostSource| match source {
            CostSource::Default => "by default",
            CostSource::Manifest => "by [tune.cost] of heal.toml",
            CostSource::Caller => "by --cost",
        };
        if parts.iter().all(|(_, _, from)| *from == missed) {
            let said: Vec<String> =
                parts.iter().map(|(what, cost, _)| format!("{what} {}", number(*cost))).collect();
            return format!("cost: {}, all {}", said.join(", "), source(missed));
        }
        let said: Vec<String> = parts
            .iter()
            .map(|(what, cost, from)| format!("{what} {} {}", number(*cost), source(*from)))
            .collect();
        format!("cost: {}", said.join(", "))
    }
}

impl Proposal {
    fn write(&self, text: &mut String, shown: Shown<'_>, searches: usize) {
        for change in &self.params {
            change.write(text, shown);
        }
        text.push_str("\n  on time that it was not chosen on, block by block\n");
        table(text, &self.blocks());
        if let Some(saving) = &self.evidence.saving {
            wrap(text, &saving.text(self.evidence.held_out.len(), searches), "  ", "  ");
        }
        let incidents = self.evidence.incidents.len();
        wrap(text, &format!("it rests on {incidents} incidents"), "  ", "  ");
        text.push_str("\n  on the whole recording\n");
        table(text, &figures(&self.impact, self.evidence.whole));
        wrap(text, &self.impact.headline, "  ", "  ");
        for gate in &self.impact.gates_broken {
            wrap(text, &gate.to_string(), "  ! ", "    ");
        }
        for note in &self.notes {
            wrap(text, note, "  note: ", "    ");
        }
    }

    fn blocks(&self) -> Vec<Vec<String>> {
        let minute = |at: Timestamp| at.to_string().chars().take(16).collect::<String>().replace('T', " ");
        let heading = ["from", "until", "incidents", "chosen before it", "cost now", "proposed"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        for Block { from, until, values, costs } in &self.evidence.held_out {
            let chosen: Vec<&str> =
                self.params.iter().filter_map(|it| values.get(&it.path)).map(String::as_str).collect();
            rows.push(vec![
                minute(*from),
                minute(*until),
                costs.now.tally.incidents.to_string(),
                chosen.join(", "),
                cost(&costs.now),
                cost(&costs.proposed),
            ]);
        }
        rows
    }
}

impl ParamChange {
    fn write(&self, text: &mut String, shown: Shown<'_>) {
        let place = format!("{}:{}", (shown.path)(&self.file), self.line);
        text.push_str(&format!(
            "`{}`: {} instead of {}\n  {place}\n",
            self.path, self.proposed.text, self.present.text
        ));
        text.push_str(&format!("  - {}\n  + {}\n", self.line_before, self.line_after));
        let [low, high] = &self.same_cost;
        let further = if self.same_cost_open { ", and maybe further," } else { "" };
        if low != high {
            let alike = format!("any value from {} to {}{further} costs the same", low.text, high.text);
            wrap(text, &alike, "  ", "  ");
        }
        let [first, last] = &self.tried;
        let (tried, all) = (number(self.tried_count as f64), number(self.values_count as f64));
        let count =
            if tried == all { format!("all {all} values") } else { format!("{tried} of {all} values") };
        wrap(text, &format!("tried {count} from {} to {}", first.text, last.text), "  ", "  ");
    }
}

impl Saving {
    fn text(&self, blocks: usize, searches: usize) -> String {
        let mean = number(self.mean);
        let mut text = if same(self.min, self.max) {
            // Few numbers that happen to be equal bound nothing.
            format!(
                "saves {mean} in each of {blocks} blocks: too few and too equal to say how much less it may be"
            )
        } else {
            let among = match searches {
                0 | 1 => String::new(),
                more => format!(" of {more} searches at once"),
            };
            format!(
                "saves {mean} a block on average, with a standard error of {}: at least {} in nine of ten cases{among}; from {} to {} over {blocks} blocks",
                number(self.standard_error),
                number(self.at_least),
                number(self.min),
                number(self.max),
            )
        };
        if self.passing != self.failing {
            let (passing, failing) = (number(self.passing), number(self.failing));
            text.push_str(&format!("; {passing} if every verification passes, {failing} if none does"));
        }
        text
    }
}

impl Refused {
    fn write(&self, text: &mut String) {
        let names: Vec<String> = self.params.iter().map(|path| format!("`{path}`")).collect();
        wrap(text, &format!("{}: {}", names.join(", "), self.why), "  ", "    ");
        for note in &self.notes {
            wrap(text, note, "    note: ", "      ");
        }
    }
}

/// A row a figure, before and after.
fn figures(impact: &Impact, whole: Option<BeforeAfter>) -> Vec<Vec<String>> {
    let mut rows = vec![["", "now", "proposed"].map(str::to_owned).to_vec()];
    let mut row = |name: &str, of: &dyn Fn(&Figures) -> String| {
        rows.push(vec![name.to_owned(), of(&impact.base), of(&impact.head)]);
    };
    let span = |span: Option<Millis>| span.map_or_else(|| "–".to_owned(), |span| span.to_string());
    row("incidents caught", &|it| format!("{} of {}", it.caught, it.incidents));
    row("median time to detect", &|it| span(it.median_time_to_detect));
    row("false alarms", &|it| it.false_alarms.map_or_else(|| "–".to_owned(), |count| count.to_string()));
    row("plans started", &|it| it.runs.to_string());
    row("actions", &|it| it.actions.to_string());
    row("withheld", &|it| it.withheld_count().to_string());
    row("approvals", &|it| it.approvals.to_string());
    row("pages", &|it| it.escalations.to_string());
    if let Some(BeforeAfter { now, proposed }) = whole {
        let mut row = |name: &str, of: &dyn Fn(&Costed) -> String| {
            rows.push(vec![name.to_owned(), of(&now), of(&proposed)]);
        };
        row("incidents unnoticed for", &|it| it.tally.unnoticed.to_string());
        row("fired outside incidents for", &|it| it.tally.misled.to_string());
        row("cost", &cost);
    }
    rows
}

fn number(value: f64) -> String {
    // A difference of costs that is nothing but rounding.
    quantity(if value.abs() < 1e-6 { 0.0 } else { value }, "")
}

/// A cost, as a range where it hangs on verifications.
fn cost(costed: &Costed) -> String {
    let (passing, failing) = (number(costed.cost_passing), number(costed.cost_failing));
    if passing == failing {
        return passing;
    }
    let is_ascending = costed.cost_passing <= costed.cost_failing;
    if is_ascending { format!("{passing}..{failing}") } else { format!("{failing}..{passing}") }
}

/// Rows in columns of their natural widths, two blanks in.
fn table(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|it| it.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    for row in rows {
        let mut line = String::from(GAP);
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.chars().count())));
            line.push_str(GAP);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// Words up to the edge.
fn wrap(text: &mut String, content: &str, first: &str, rest: &str) {
    let mut line = first.to_owned();
    let mut length = line.chars().count();
    let mut is_empty = true;
    for word in content.split_whitespace() {
        let letters = word.chars().count();
        if !is_empty && length + 1 + letters > COLUMNS_MAX {
            text.push_str(&line);
            text.push('\n');
            line = rest.to_owned();
            length = line.chars().count();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += letters;
        is_empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}
