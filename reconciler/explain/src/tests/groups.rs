//! What is explained hangs on the group that it is about, and on no other one.

use heal_engine::TraceKind;
use heal_simulator::Groups;
use heal_telemetry::NewSeries;

use super::fixture::{Ran, at, guarded, ran, series, values};
use crate::{Explanation, Question};

/// A detector and a policy that nothing ties to the others.
const APART: &str = "
signal heat: count by (host) { from metric \"heat\" every 1m }
detector hot { when heat > 50 for 1m }
policy cool { on hot where heat[host] > 1 try escalate }
";

/// What a policy on an event reads hangs on time, which ties everything.
const TIE: &str = "
event tick by (service) { from event \"tick\" }
policy tied { on tick where load[service] > 1 try escalate }
";

fn of(tie: &str) -> Ran {
    let load = |service: &str, shift: usize| {
        let parts = [(10 + shift, 5.0), (20, 12.0), (8, 5.0), (20, 14.0), (30, 3.0)];
        series("load", service, 0, &values(&parts))
    };
    // What has no service is no cause of what services do.
    let heat = NewSeries {
        labels: [("host".to_owned(), "a".to_owned())].into(),
        ..series("heat", "a", 0, &values(&[(22, 1.0), (30, 70.0), (40, 1.0)]))
    };
    let package = format!("{}{APART}{tie}", guarded("cooldown 10m limit 1 per 1h per service"));
    ran(&package, vec![load("a", 0), load("b", 5), heat], vec![])
}

/// The answer, but for what the programs are called, and where things are written.
fn bare(ran: &Ran, question: &Question<'_>) -> String {
    let told = ran.answer(question).unwrap();
    format!(
        "{:?}",
        Explanation { program: Default::default(), places: Vec::new(), notes: Vec::new(), ..told }
    )
}

#[test]
fn what_is_explained_is_the_same_whatever_else_is_decided_beside_it() {
    let (apart, tied) = (of(""), of(TIE));
    let groups = |ran: &Ran| Groups::of(&ran.program, &ran.recording).all().len();
    assert_eq!((groups(&apart), groups(&tied)), (2, 1));
    let mut count = 0;
    let traces = std::iter::once(&apart.simulation.trace).chain(&apart.simulation.failing);
    for event in traces.flat_map(|trace| &trace.events) {
        let id = match &event.kind {
            TraceKind::FiringStarted { firing, .. } => *firing,
            TraceKind::RunStarted { run, .. } => *run,
            TraceKind::Withheld { policy, firing, rung, reason, .. } => {
                heal_report::withheld_id(policy, *firing, *rung, reason)
            }
            _ => continue,
        };
        let of = |ran: &Ran| bare(ran, &Question::Id(&ran.sought(&id.to_string())));
        assert_eq!(of(&apart), of(&tied));
        count += 1;
    }
    assert!(count > 8, "{count}");
    for minute in (0..90).step_by(3) {
        for name in ["busy", "heal", "hot", "cool", "busy[b]"] {
            let question = Question::At(name, at(minute));
            assert_eq!(bare(&apart, &question), bare(&tied, &question), "{name} at {minute}");
        }
    }
}
