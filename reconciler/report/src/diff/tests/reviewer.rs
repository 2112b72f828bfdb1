//! What a reviewer reads off a diff is true, and nothing that hurts is missing from it.

use heal_program::{
    Action, ActionIndex, Approval, Argument, Asked, BinaryOperator, Channel, ChannelIndex, Dependency,
    Dimension, Entity, EntityIndex, Expression, Guard, Head, HttpRequest, Limit, Millis, OnTimeout,
    Operation, Param, ParamIndex, Policy, Require, Risk, Rung, SemanticHash, Severity, SharedGuard,
    SharedGuardIndex, SignalIndex, Step, UnaryOperator, Verify,
};

use super::{A, check_guard, hot, kinds, limit};
use crate::{
    DifferenceKind as Kind, ImpactDiff, SemanticChangeKind, Shift,
    testing::{Source, Story, at, diff, diff_of_courses, incident, on, one_policy},
};

fn details(diff: &ImpactDiff, kind: Kind) -> Vec<&str> {
    diff.differences.iter().filter(|it| it.kind == kind).map(|it| it.detail.as_str()).collect()
}

fn item(path: &str, meaning: &str) -> Head {
    Head { path: path.to_owned(), hash: SemanticHash::of([meaning.as_bytes()]), ..Head::default() }
}

/// A policy whose plan calls the action that stories run, which runs a program.
fn commands(program: &str) -> Source {
    let mut source = one_policy(0.9);
    source.0.actions = vec![Action {
        head: item("std.k8s.evict", program),
        parameters: Vec::new(),
        operation: Operation::Command { arguments: vec![Expression::Text(program.to_owned())], on: None },
        risk: Risk::Low,
        idempotent: true,
        timeout: Millis::from_minutes(1),
        replaces: Vec::new(),
        undo: None,
        affects: None,
    }]
    .into();
    source
}

#[test]
fn an_action_that_executes_something_else_is_another_run_and_needs_an_owner() {
    let story = || hot(Story::default(), &A, 100, 110).runs("heal", "hot", &A, at(100), at(100));
    let diff = diff((&commands("restart"), story()), (&commands("dropdb"), story()), Vec::new());
    assert_eq!(kinds(&diff), [Kind::Loosened, Kind::RunChanged]);
    assert_eq!(diff.headline, "changes what 1 run does (`recycle`) in 30 days of production");
    assert_eq!(
        details(&diff, Kind::RunChanged),
        ["evict(pod: a), where `std.k8s.evict` is command [\"dropdb\"], was command [\"restart\"]"]
    );
    let text = diff.to_text();
    assert!(text.contains("Needs an owner: 1 action does something else"), "{text}");
    assert!(
        text.contains("changed action `std.k8s.evict`: command [\"restart\"] → command [\"dropdb\"]"),
        "{text}"
    );
}

/// A policy that ends by telling a team.
fn pages(team: Option<&str>) -> Source {
    let mut source = one_policy(0.9);
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: "https://pages".to_owned(),
        placeholders: Vec::new(),
        secrets: Vec::new(),
        headers: Vec::new(),
        body: None,
        success: None,
    };
    let (head, timeout) = (item("page", "page"), Millis::from_minutes(1));
    source.0.channels = vec![Channel { head, parameters: Vec::new(), request, timeout }].into();
    if let Some(team) = team {
        let arguments = vec![Argument::Value(Expression::Text(team.to_owned()))];
        source.0.policies[0].ladder.push(Rung::Escalate { channel: Some(ChannelIndex(0)), arguments });
    }
    source.guard(|_| ())
}

#[test]
fn another_team_that_is_told_is_a_difference_and_needs_an_owner() {
    let told = || {
        let story = hot(Story::default(), &A, 100, 110);
        story.pages("heal", "hot", &A, (at(100), at(101)), "no plan is left").through("page")
    };
    let diff = diff((&pages(Some("sre")), told()), (&pages(Some("night")), told()), Vec::new());
    assert_eq!(kinds(&diff), [Kind::Loosened, Kind::EscalationAdded, Kind::EscalationRemoved]);
    assert_eq!(
        diff.headline,
        "sends 1 page to `page(\"night\")` instead of `page(\"sre\")` in 30 days of production"
    );
    assert_eq!(
        details(&diff, Kind::Loosened),
        ["escalate page(\"sre\") changed to escalate page(\"night\")"]
    );
}

#[test]
fn a_renamed_entity_that_is_told_of_is_no_difference() {
    let of = |entity: &str| {
        let mut source = pages(Some("sre"));
        let head = item(entity, "hosts");
        source.0.entities =
            vec![Entity { head, keys: vec!["host".to_owned()], fields: Vec::new(), feed: None }].into();
        let told = Argument::EntityFromKey(EntityIndex(0), vec!["host".to_owned()]);
        if let Some(Rung::Escalate { arguments, .. }) = source.0.policies[0].ladder.last_mut() {
            arguments.push(told);
        }
        source.guard(|_| ())
    };
    let told = || {
        let story = hot(Story::default(), &A, 100, 110);
        story.pages("heal", "hot", &A, (at(100), at(101)), "no plan is left").through("page")
    };
    let renamed = diff((&of("Host"), told()), (&of("Machine"), told()), Vec::new());
    assert!(renamed.differences.is_empty(), "{:?}", renamed.differences);
    let renamed = renamed.changes.iter().map(|it| (it.path.as_str(), it.from.as_deref(), it.change));
    let expected = [("Machine", Some("Host"), SemanticChangeKind::Renamed)];
    assert_eq!(renamed.collect::<Vec<_>>(), expected);
}

#[test]
fn whom_nobody_tells_any_more_is_loosened() {
    let said = "escalate page(\"sre\") removed: its ladder tells nobody";
    check_guard(&pages(Some("sre")), &pages(None), &[(Kind::Loosened, said)]);
    check_guard(&pages(None), &pages(Some("sre")), &[(Kind::Tightened, "escalate page(\"sre\") added")]);
}

#[test]
fn a_lower_severity_is_seen_by_whom_is_paged() {
    let with = |severity: Severity| {
        let mut source = one_policy(0.9);
        source.0.detectors[0].severity = severity;
        source
    };
    let story = || hot(Story::default(), &A, 100, 110);
    let diff = diff((&with(Severity::Critical), story()), (&with(Severity::Warning), story()), Vec::new());
    assert_eq!(diff.headline, "makes 1 firing of `hot` warning, not critical in 30 days of production");
    assert_eq!(details(&diff, Kind::Loosened), ["severity lowered from critical to warning"]);
}

#[test]
fn courses_that_differ_both_ways_keep_their_signs() {
    let told = |count: i64| {
        (0..count).fold(hot(Story::default(), &A, 100, 400), |story, minute| {
            story.pages("heal", "hot", &A, (at(100), at(101 + minute)), "told")
        })
    };
    // 1 → 6 where everything passes, 20 → 11 where everything fails.
    let diff = diff_of_courses(&one_policy(0.9), (told(1), told(20)), (told(6), told(11)));
    assert_eq!(diff.counted.escalations_by, Shift { min: -9, max: 5 });
    assert_eq!(diff.headline, "causes from 5 more to 9 fewer pages in 30 days of production");
    // 0 in the one course, 21 fewer in the other one.
    let diff = diff_of_courses(&one_policy(0.9), (told(4), told(25)), (told(4), told(4)));
    assert_eq!(diff.counted.escalations_by, Shift { min: -21, max: 0 });
    assert_eq!(diff.headline, "brings 0 to 21 fewer pages in 30 days of production");
}

#[test]
fn the_worst_delay_stands_beside_the_median_and_before_what_is_gained() {
    let days = [2, 3, 4, 5];
    let incidents = days.map(|day| incident(&format!("day {day}"), on(day, 0, 0), on(day, 23, 0), &[]));
    let story = |minutes: [i64; 4]| {
        days.iter().zip(minutes).fold(Story::default(), |story, (day, minute)| {
            let start = on(*day, 0, minute);
            story.fires("hot", &A, (start, start.plus(Millis::from_minutes(20))), &[])
        })
    };
    let source = one_policy(0.9);
    let diff =
        diff((&source, story([0, 10, 10, 10])), (&source, story([0, 15, 15, 715])), incidents.to_vec());
    assert_eq!(
        diff.headline,
        "detects 3 incidents 5 min later at the median (11 h 45 min at worst) in 30 days of production"
    );
    assert_eq!(diff.counted.detected_later_by, Some(Millis::from_minutes(5)));
    assert_eq!(diff.counted.detected_later_at_most, Some(Millis::from_minutes(705)));
    let text = diff.to_text();
    let first = text.lines().find(|line| line.starts_with("Later ")).unwrap();
    assert!(first.starts_with("Later 2026-10-05 11:55 UTC"), "the worst first: {text}");
    assert!(text.find("Later ").unwrap() < text.find("Lost none").unwrap());
}

#[test]
fn a_new_name_hides_no_loosening() {
    let named = |policy: &str, detector: &str, bound: f64, runs_max: u32| {
        Source::default()
            .signal("load", Dimension::RATIO, &["host"])
            .detector(detector, 0, bound, 0)
            .plan("recycle", Risk::Low)
            .policy(policy, 0, 0, (runs_max, 60))
    };
    let loosened = [(Kind::Loosened, "limit 6 per 1h raised to 9 per 1h")];
    check_guard(&named("heal", "hot", 0.9, 6), &named("cure", "hot", 0.9, 9), &loosened);
    check_guard(&named("heal", "hot", 0.9, 6), &named("cure", "warm", 0.9, 9), &loosened);
    // Nothing is the same but what it tries.
    check_guard(&named("heal", "hot", 0.9, 6), &named("cure", "warm", 0.8, 9), &loosened);

    let mut renamed = named("cure", "warm", 0.8, 9);
    renamed.0.plans[0].head.path = "bounce".to_owned();
    check_guard(&named("heal", "hot", 0.9, 6), &renamed, &loosened);

    let verifies = |plan: &str, verifies: bool| {
        let mut source = one_policy(0.9);
        source.0.plans[0].head = item(plan, &format!("{plan} {verifies}"));
        if verifies {
            source.0.plans[0].verifies = vec![below(0.5, "load < 0.5")];
        }
        source
    };
    let gone = [(Kind::Loosened, "verify load < 0.5 within 5m removed")];
    check_guard(&verifies("recycle", true), &verifies("bounce", false), &gone);
}

fn below(bound: f64, text: &str) -> Verify {
    let (signal, bound) = (Expression::Signal(SignalIndex(0)), Expression::Number(bound));
    let condition = Expression::Binary(BinaryOperator::Less, Box::new(signal), Box::new(bound));
    Verify { condition, within: Millis::from_minutes(5), text: text.to_owned() }
}

#[test]
fn a_verify_is_compared_with_the_one_that_reads_the_same() {
    let with = |signal: &str, verify: Verify| {
        let mut source = Source::default()
            .signal(signal, Dimension::RATIO, &["host"])
            .detector("hot", 0, 0.9, 0)
            .plan("recycle", Risk::Low)
            .policy("heal", 0, 0, (6, 60));
        source.0.signals[0].head.hash = SemanticHash::of([b"one signal".as_slice()]);
        source.0.plans[0].verifies = vec![verify];
        source
    };
    let (strict, lax) = (with("load", below(0.5, "load < 0.5")), with("load", below(0.8, "load < 0.8")));
    let said = "verify load < 0.5 within 5m changed to verify load < 0.8 within 5m";
    check_guard(&strict, &lax, &[(Kind::Loosened, said)]);
    let said = "verify load < 0.8 within 5m changed to verify load < 0.5 within 5m";
    check_guard(&lax, &strict, &[(Kind::Tightened, said)]);
    check_guard(&strict, &with("cpu", below(0.5, "cpu < 0.5")), &[]);
}

#[test]
fn a_param_that_is_raised_is_another_condition_though_it_is_written_as_before() {
    let with = |healthy: f64| {
        let mut source = one_policy(0.9);
        let (head, dimension) = (item("healthy", &healthy.to_string()), Dimension::RATIO);
        source.0.params = vec![Param { head, dimension, value: healthy, range: None }].into();
        let (signal, bound) = (Expression::Signal(SignalIndex(0)), Expression::Param(ParamIndex(0)));
        let condition = Expression::Binary(BinaryOperator::Less, Box::new(signal), Box::new(bound));
        let (within, text) = (Millis::from_minutes(5), "load < healthy".to_owned());
        source.0.plans[0].verifies = vec![Verify { condition, within, text }];
        source
    };
    let said = "verify load < healthy within 5m changed: load < healthy (healthy 80%), was load < healthy (healthy 50%)";
    check_guard(&with(0.5), &with(0.8), &[(Kind::Loosened, said)]);
    let said = "verify load < healthy within 5m changed: load < healthy (healthy 50%), was load < healthy (healthy 80%)";
    check_guard(&with(0.8), &with(0.5), &[(Kind::Tightened, said)]);
}

fn without_stories(base: &Source, head: &Source) -> ImpactDiff {
    diff((base, Story::default()), (head, Story::default()), Vec::new())
}

/// What the verify of head holds of base's: of `written` with the param at `was`, and at `is`.
fn check_moved(condition: &Expression, was: f64, is: f64, expected: Kind) {
    let with = |value: f64| {
        let mut source = one_policy(0.9);
        let (head, dimension) = (item("healthy", &value.to_string()), Dimension::RATIO);
        source.0.params = vec![Param { head, dimension, value, range: None }].into();
        let (condition, within) = (condition.clone(), Millis::from_minutes(5));
        source.0.plans[0].verifies = vec![Verify { condition, within, text: "it is well".to_owned() }];
        source
    };
    let diff = without_stories(&with(was), &with(is));
    let kinds: Vec<Kind> = diff.differences.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [expected], "{condition:?} from {was} to {is}: {:?}", diff.differences);
}

#[test]
fn whether_a_bound_that_is_reckoned_holds_less_is_reckoned() {
    use BinaryOperator as B;
    let binary = |operator, left: &Expression, right: &Expression| {
        Expression::Binary(operator, Box::new(left.clone()), Box::new(right.clone()))
    };
    let not = |operand: Expression| Expression::Unary(UnaryOperator::Not, Box::new(operand));
    let (load, param) = (Expression::Signal(SignalIndex(0)), Expression::Param(ParamIndex(0)));
    let rest = binary(B::Subtract, &Expression::Number(2.0), &param);
    let half = binary(B::Multiply, &param, &Expression::Number(0.5));
    let turned = binary(B::Multiply, &load, &Expression::Number(-1.0));
    let (tightened, loosened) = (Kind::Tightened, Kind::Loosened);
    for (condition, raised) in [
        (binary(B::Less, &load, &param), loosened),
        (binary(B::GreaterOrEqual, &param, &load), loosened),
        (binary(B::Greater, &load, &param), tightened),
        (not(binary(B::Less, &load, &param)), tightened),
        (binary(B::Less, &load, &rest), tightened),
        (not(binary(B::Less, &load, &rest)), loosened),
        (binary(B::LessOrEqual, &load, &half), loosened),
        (binary(B::Less, &turned, &param), loosened),
        (binary(B::Or, &binary(B::Less, &load, &param), &binary(B::Less, &load, &half)), loosened),
    ] {
        let lowered = if raised == loosened { tightened } else { loosened };
        check_moved(&condition, 0.5, 0.8, raised);
        check_moved(&condition, 0.8, 0.5, lowered);
    }
    // One bound rises as the other falls: nothing is proved, and that is not to hold as much.
    let both = binary(B::Or, &binary(B::Less, &load, &param), &binary(B::Less, &load, &rest));
    check_moved(&both, 0.5, 0.8, loosened);
    check_moved(&both, 0.8, 0.5, loosened);
}

#[test]
fn the_edge_of_a_bound_counts() {
    let with = |operator: BinaryOperator, bound: f64| {
        let mut source = one_policy(0.9);
        let (signal, number) = (Expression::Signal(SignalIndex(0)), Expression::Number(bound));
        let condition = Expression::Binary(operator, Box::new(signal), Box::new(number));
        let text = format!("{operator:?} {bound}");
        source.0.plans[0].verifies = vec![Verify { condition, within: Millis::from_minutes(5), text }];
        source
    };
    use BinaryOperator as B;
    let kind = |was: &Source, is: &Source| {
        without_stories(was, is).differences.iter().map(|it| it.kind).collect::<Vec<_>>()
    };
    assert_eq!(kind(&with(B::Less, 0.5), &with(B::LessOrEqual, 0.5)), [Kind::Loosened]);
    assert_eq!(kind(&with(B::LessOrEqual, 0.5), &with(B::Less, 0.5)), [Kind::Tightened]);
    assert_eq!(kind(&with(B::Less, 0.5), &with(B::LessOrEqual, 0.4)), [Kind::Tightened]);
    assert_eq!(kind(&with(B::LessOrEqual, 0.4), &with(B::Less, 0.5)), [Kind::Loosened]);
}

#[test]
fn a_step_with_a_new_name_hides_no_other_action() {
    let with = |name: &str, action: u32| {
        let mut source = commands("restart");
        let mut other = source.0.actions[0].clone();
        other.head = item("std.k8s.swap", "swap");
        source.0.actions = vec![source.0.actions[0].clone(), other].into();
        source.0.plans[0].steps = vec![Step {
            name: name.to_owned(),
            action: ActionIndex(action),
            arguments: Vec::new(),
            timeout: Millis::from_minutes(1),
            retries_max: 0,
            retry_every: Millis::ZERO,
            after: Vec::new(),
            fan: None,
        }];
        source
    };
    let said = "step again calls std.k8s.swap, was std.k8s.evict";
    check_guard(&with("once", 0), &with("again", 1), &[(Kind::Loosened, said)]);
    check_guard(&with("once", 0), &with("again", 0), &[]);
}

#[test]
fn an_incident_that_goes_on_is_not_said_to_be_far() {
    let source = one_policy(0.9);
    let others = vec![incident("slow stock", at(90), at(200), &[("host", "stock")])];
    let diff = diff((&source, Story::default()), (&source, hot(Story::default(), &A, 100, 110)), others);
    let text = diff.to_text();
    assert!(text.contains("; during slow stock, which is of `host=stock`."), "{text}");
    assert!(!text.contains("no incident within"), "{text}");
}

#[test]
fn what_depends_on_what_is_a_change_and_less_of_it_is_loosened() {
    let with = |edges: &[(&str, &str)]| {
        let mut source = one_policy(0.9);
        let keys = vec!["host".to_owned()];
        source.0.entities =
            vec![Entity { head: item("std.Service", "service"), keys, fields: vec![], feed: None }].into();
        let edge = |(from, to): &(&str, &str)| Dependency { from: (*from).to_owned(), to: (*to).to_owned() };
        source.0.topology = edges.iter().map(edge).collect();
        source
    };
    let (with, without) = (with(&[("web", "cart")]), with(&[]));
    let quiet = diff((&with, Story::default()), (&without, Story::default()), Vec::new());
    assert_eq!(
        details(&quiet, Kind::Loosened),
        ["web -> cart removed: what fires of web no longer waits for cart"]
    );
    assert_eq!(
        (quiet.changes[0].path.as_str(), quiet.changes[0].change),
        ("web -> cart", SemanticChangeKind::Removed)
    );
    assert!(quiet.policies[0].changed, "what it decides hangs on it");
}

#[test]
fn what_goes_into_shadow_is_done_by_nobody() {
    let (live, mut shadow) = (one_policy(0.9), one_policy(0.9));
    shadow.0.policies[0].shadow = true;
    let outage = vec![incident("outage", at(90), at(200), &[])];
    let story = || {
        let story = hot(Story::default(), &A, 100, 110).runs("heal", "hot", &A, at(100), at(100));
        story.pages("heal", "hot", &A, (at(100), at(105)), "told")
    };
    let back = diff((&shadow, story()), (&live, story()), outage.clone());
    let text = back.to_text().replace("\n  ", " ");
    assert!(text.contains("base saw it in shadow only, where nobody acts"), "{text}");
    let diff = diff((&live, story()), (&shadow, story()), outage);
    assert_eq!(
        diff.headline,
        "puts `heal` into shadow, misses 1 incident that base catches, with 1 fewer run of `recycle` and 1 fewer page in \
         30 days of production"
    );
    assert_eq!((diff.head.totals.caught, diff.head.totals.runs.max), (0, 0));
    assert!(diff.to_text().contains("head sees it in shadow only, where nobody acts"));
    assert!(kinds(&diff).contains(&Kind::RunRemoved) && kinds(&diff).contains(&Kind::EscalationRemoved));
}

#[test]
fn another_unit_is_said_to_be_beyond_what_a_recording_shows() {
    let with = |scale: f64, unit: &str| {
        let mut source = one_policy(0.9);
        source.0.signals[0].scale = scale;
        source.0.signals[0].unit = Some(unit.to_owned());
        source.0.signals[0].head.hash = SemanticHash::of([unit.as_bytes()]);
        source
    };
    let (percent, ratio) = (with(0.01, "percent"), with(1.0, "ratio"));
    let diff = diff((&percent, Story::default()), (&ratio, Story::default()), Vec::new());
    let text = diff.to_text();
    assert!(
        text.contains(
            "! Unknown live: signal `load` reads its samples in another unit (unit percent → ratio)"
        ),
        "{text}"
    );
    assert_eq!(diff.changes.last().unwrap().details, ["unit percent → ratio"]);
}

#[test]
fn a_shared_limit_is_in_the_worst_case() {
    let shared = |runs_max| {
        let mut source = one_policy(0.9).guard(|guard| guard.shared = vec![SharedGuardIndex(0)]);
        let limits = vec![Limit { runs_max, window: Millis::from_minutes(60), per: Vec::new() }];
        let guard = Guard { limits, ..Guard::default() };
        source.0.shared_guards = vec![SharedGuard { head: item("fleet", "fleet"), guard }].into();
        source
    };
    let diff = diff((&shared(2), Story::default()), (&shared(9), Story::default()), Vec::new());
    let case = |report: &crate::Report| report.policies[0].worst_case.unwrap().to_string();
    assert_eq!((case(&diff.base).as_str(), case(&diff.head).as_str()), ("2/h", "6/h"));
    // Another name of it is no loosening.
    let mut renamed = shared(2);
    renamed.0.shared_guards[0].head.path = "armada".to_owned();
    check_guard(&shared(2), &renamed, &[]);
}

#[test]
fn a_limit_that_was_there_all_along_replaces_nothing() {
    let with = |limits: Vec<Limit>| one_policy(0.9).guard(|guard| guard.limits = limits);
    let (day, hour) = (limit(10, 1440, &[]), limit(6, 60, &[]));
    check_guard(
        &with(vec![day.clone(), hour.clone()]),
        &with(vec![hour]),
        &[(Kind::Loosened, "limit 10 per 1d removed")],
    );
}

#[test]
fn longer_waits_and_fewer_conditions_are_loosened() {
    let asks = |minutes: i64| {
        let (asked, timeout) = (Asked::Team("sre".to_owned()), Millis::from_minutes(minutes));
        let on_timeout = OnTimeout::Escalate;
        one_policy(0.9).guard(|guard| {
            guard.approval = Some(Approval { asked, quorum: 1, condition: None, timeout, on_timeout });
        })
    };
    let said = "a request for approval waits 4h, was 15m";
    check_guard(&asks(15), &asks(240), &[(Kind::Loosened, said)]);
    let acts = |text: Option<&str>| {
        let mut source = one_policy(0.9);
        let condition =
            |text: &str| Require { condition: Expression::KeyField(text.to_owned()), text: text.to_owned() };
        let policy: &mut Policy = &mut source.0.policies[0];
        policy.condition = text.map(condition);
        source
    };
    check_guard(&acts(Some("important")), &acts(None), &[(Kind::Loosened, "where important removed")]);
    check_guard(&acts(None), &acts(Some("important")), &[(Kind::Tightened, "where important added")]);
}

#[test]
fn a_run_of_another_plan_on_the_same_rung_is_one_difference() {
    let story = |plan: &str| {
        let mut trace = hot(Story::default(), &A, 100, 110).runs("heal", "hot", &A, at(100), at(100)).trace();
        for event in &mut trace.events {
            if let heal_engine::TraceKind::RunStarted { plan: own, .. }
            | heal_engine::TraceKind::RunEnded { plan: own, .. } = &mut event.kind
            {
                *own = plan.to_owned();
            }
        }
        trace.events.into_iter().fold(Story::default(), |mut story, event| {
            story.push(event.at, event.kind);
            story
        })
    };
    let source = one_policy(0.9);
    let diff = diff((&source, story("recycle")), (&source, story("replace")), Vec::new());
    assert_eq!(kinds(&diff), [Kind::RunChanged]);
    assert_eq!(diff.headline, "changes what 1 run does (`replace`) in 30 days of production");
    assert_eq!(details(&diff, Kind::RunChanged), ["instead of `recycle`: evict(pod: a)"]);
}

#[test]
fn a_changed_item_says_through_what() {
    let diff = diff((&one_policy(0.9), Story::default()), (&one_policy(0.8), Story::default()), Vec::new());
    let said = |kind: &str| {
        let change = diff.changes.iter().find(|change| change.kind == kind).unwrap();
        change.details.join("; ")
    };
    assert_eq!(said("detector"), "when load > 0.9 → load > 0.8");
    assert_eq!(said("policy"), "through `hot`");
    let guards = guards();
    assert_eq!(guards, ["limit 6 per 1h → limit 9 per 1h"]);
}

fn guards() -> Vec<String> {
    let with = |runs_max| one_policy(0.9).guard(move |guard| guard.limits = vec![limit(runs_max, 60, &[])]);
    let diff = diff((&with(6), Story::default()), (&with(9), Story::default()), Vec::new());
    diff.changes[0].details.clone()
}
