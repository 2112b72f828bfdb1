//! What items and statements are called elsewhere, and here.

use heal_diagnostics::{Diagnostic, Safety, TextRange};

use super::errors::Stop;
use super::hints::one;
use super::reader::Reader;
use super::words::{AN_ITEM, Words, block_of, words};
use crate::scan::slice;

/// What items are called elsewhere, and here.
const ITEMS: &[(&str, &str)] = &[
    ("alert", "detector"),
    ("alarm", "detector"),
    ("rule", "detector"),
    ("metric", "signal"),
    ("gauge", "signal"),
    ("playbook", "plan"),
    ("runbook", "plan"),
    ("resource", "entity"),
    ("variable", "param"),
    ("import", "use"),
    ("include", "use"),
];

/// What a word of another language is here.
enum Meant {
    /// A statement of this name.
    Statement(&'static str),
    /// Something that is said otherwise.
    Otherwise(&'static str),
}

use Meant::{Otherwise, Statement};

/// What statements of a kind of block are called elsewhere, and here.
const STATEMENTS: &[(&str, &[&str], Meant)] = &[
    ("action", &["kubectl"], Statement("kubernetes")),
    ("action", &["run", "exec", "shell", "script", "cmd"], Statement("command")),
    ("action", &["rollback"], Statement("undo")),
    ("action", &["headers"], Statement("header")),
    ("action", &["url", "method"], Otherwise("a request is one statement: `http POST \"https://...\"`")),
    ("detector", &["expr", "expression", "condition", "if"], Statement("when")),
    ("detector", &["labels"], Otherwise("a detector has no labels: `severity critical` says how bad it is")),
    (
        "detector",
        &["annotations", "summary", "description", "message"],
        Otherwise(
            "what it is for stands in a `///` comment before it, and what people are told behind `escalate`",
        ),
    ),
    ("detector", &["keep_firing_for"], Otherwise("`clear when ... for 10m` says when it is over")),
    (
        "entity",
        &["key", "keys", "id"],
        Otherwise("the key stands in the head: `entity Pod by (namespace, pod)`"),
    ),
    ("guard", &["rate_limit", "max"], Statement("limit")),
    (
        "guard",
        &["max_unavailable", "maxUnavailable", "max_concurrent", "max_parallel", "parallel"],
        Statement("concurrency"),
    ),
    ("guard", &["maintenance", "blackout"], Statement("freeze")),
    ("guard", &["approve", "approvers"], Statement("approval")),
    ("guard", &["circuit_breaker"], Statement("breaker")),
    ("plan", &["run", "do", "task"], Statement("step")),
    (
        "plan",
        &["wait", "sleep"],
        Otherwise("a plan does not sleep: `verify ... within 5m` waits for what it must bring about"),
    ),
    (
        "plan",
        &["depends_on", "needs"],
        Otherwise("the order of steps stands in the braces of one: `step b = restart(pod) { after a }`"),
    ),
    ("plan", &["rollback", "on_failure"], Statement("undo")),
    ("policy", &["if", "when", "unless"], Otherwise("`where` says for which keys, and a detector `when`")),
    ("policy", &["do", "run", "action", "remediate"], Statement("try")),
    ("policy", &["else", "otherwise"], Statement("then")),
    ("policy", &["dry_run"], Statement("shadow")),
    ("signal", &["interval", "scrape_interval", "period", "resolution"], Statement("every")),
    (
        "signal",
        &["query", "expr", "promql"],
        Otherwise("a query stands behind its source: `from prometheus \"...\"`"),
    ),
    ("signal", &["unit"], Otherwise("the unit stands behind the type: `signal latency: duration in ms`")),
    ("signal", &["labels"], Otherwise("what tells its series apart stands in the head: `by (service)`")),
    ("step", &["depends_on", "dependsOn", "needs", "requires"], Statement("after")),
    ("step", &["retries", "attempts"], Statement("retry")),
    ("test", &["assert"], Statement("expect")),
];

impl Reader<'_> {
    /// The diagnostic of a stop at a word that is another one here.
    pub(super) fn by_synonym(&self, stop: &Stop) -> Option<Diagnostic> {
        self.item_elsewhere(stop).or_else(|| self.statement_elsewhere(stop))
    }

    /// `alert slow {`
    fn item_elsewhere(&self, stop: &Stop) -> Option<Diagnostic> {
        let word = slice(self.text, stop.found);
        let (_, meant) = ITEMS.iter().find(|(elsewhere, _)| *elsewhere == word)?;
        if !stop.expected.iter().any(|rule| matches!(words(*rule), Words::Main(AN_ITEM))) {
            return None;
        }
        let diagnostic = self.habit(stop.found, format!("`{word}` is called `{meant}` here"));
        // `import "std/k8s"`
        let (text, _) = self.found(stop.found.end);
        let path = slice(self.text, text).strip_prefix('"').and_then(|path| path.strip_suffix('"'));
        if let Some(path) = path.filter(|_| *meant == "use") {
            let meant = format!("use {}", path.trim_start_matches(['.', '/']).replace('/', "."));
            let place = TextRange::new(stop.found.start, text.end);
            return Some(diagnostic.with_fix(format!("write `{meant}`"), Safety::Unsafe, place, meant));
        }
        Some(diagnostic.with_fix(format!("write `{meant}`"), Safety::Unsafe, stop.found, *meant))
    }

    /// `expr: wait > 5m`, `retries = 3`
    fn statement_elsewhere(&self, stop: &Stop) -> Option<Diagnostic> {
        let word = slice(self.text, stop.found);
        let block = stop.expected.iter().find_map(|rule| block_of(*rule))?;
        let (_, _, meant) =
            STATEMENTS.iter().find(|(of, elsewhere, _)| *of == block && elsewhere.contains(&word))?;
        let meant = match meant {
            Otherwise(help) => {
                let message = format!("there is no `{word}` in the braces of {}", one(block));
                return Some(self.habit(stop.found, message).with_help(*help));
            }
            Statement(meant) => *meant,
        };
        let (sign, _) = self.found(stop.found.end);
        let is_sign = matches!(slice(self.text, sign), ":" | "=");
        let place = if is_sign { TextRange::new(stop.found.start, sign.end) } else { stop.found };
        let diagnostic = self.habit(stop.found, format!("`{word}` is called `{meant}` here"));
        let text = self.apart(place, meant);
        Some(diagnostic.with_fix(format!("write `{meant}`"), Safety::Unsafe, place, text))
    }
}
