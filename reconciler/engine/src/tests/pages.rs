//! Pages for runs by themselves, whose policy or firing is gone: they reach whom the ladder names.

use heal_program::*;

use super::scenario::*;
use crate::*;

const CART: &[&str] = &["cart", "eu"];

/// A ladder of a plan and of the team `dba`, who are told in a channel of one body.
fn paging() -> Program {
    let told = Rung::Escalate {
        channel: Some(ChannelIndex(0)),
        arguments: vec![Argument::Value(Expression::Text("dba".to_owned()))],
    };
    let mut program = program(vec![run_plan(0), told], guard());
    let field = |name: &str, expression| (name.to_owned(), Value::Expression(expression));
    let body = Value::Object(vec![
        field("team", Expression::KeyField("team".to_owned())),
        field("why", Expression::Episode(EpisodeField::Reason)),
    ]);
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: "https://pages.example".to_owned(),
        placeholders: Vec::new(),
        secrets: Vec::new(),
        headers: Vec::new(),
        body: Some(body),
        success: None,
    };
    program.channels = vec![Channel {
        head: Head { path: "page".to_owned(), hash: hash_of("page"), ..Head::default() },
        parameters: vec![Parameter { name: "team".to_owned(), kind: FieldKind::Text }],
        request,
        timeout: minutes(1),
    }]
    .into();
    program
}

/// Team and reason of each page, as they are sent.
fn told(world: &World) -> Vec<String> {
    let texts = |value: &Value| match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::Expression(Expression::Text(text)) => format!("{name}: {text}"),
                other => format!("{name}: {other:?}"),
            })
            .collect::<Vec<_>>()
            .join(", "),
        other => format!("{other:?}"),
    };
    let pages = world.told.iter().filter_map(|request| match request {
        Request::Escalate { channel, arguments, request, .. } => {
            let body = request.as_ref().and_then(|request| request.body.as_ref()).map(texts);
            let to = arguments.get("team").map(ToString::to_string);
            Some(format!("{channel:?} {to:?}: {}", body.unwrap_or_default()))
        }
        _ => None,
    });
    pages.collect()
}

#[test]
fn a_run_in_flight_whose_policy_is_gone_tells_whom_its_ladder_named() {
    let mut world = World::new(paging());
    world.outcomes.push_back(None);
    world.feed(CART, 0, &steady(11.0, 1));
    let mut without = paging();
    (without.policies, without.channels) = (Vec::new().into(), Vec::new().into());
    world.tell(Timestamp(0), Input::ProgramSwap(Box::new(without)));
    let id = world.unanswered[0];
    let outcome = Outcome::Failed { reason: "no such unit".to_owned() };
    world.tell(Timestamp(MINUTE), Input::EffectResult { id, outcome });
    assert_eq!(
        told(&world),
        ["Some(\"page\") Some(\"dba\"): team: dba, why: a run in flight failed: no such unit"]
    );
}

#[test]
fn a_success_that_is_not_taken_back_tells_whom_its_ladder_names() {
    let mut program = paging();
    let step = program.plans[0].steps[0].clone();
    program.plans[0].undo = vec![step];
    program.plans[0].revert = Some(Revert::OnClear);
    let mut world = World::new(program);
    world.feed(CART, 0, &[steady(11.0, 1), vec![None; 9]].concat());
    assert_eq!(
        told(&world),
        [
            "Some(\"page\") Some(\"dba\"): team: dba, why: `first` is not taken back: its detector never cleared"
        ]
    );
}
