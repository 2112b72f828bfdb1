//! Actions and channels: what they do, what they may send, and the least risk of it.

use heal_program::{Argument, EpisodeField, Expression, Operation, Value};

use super::fixture::{check, fixed, only};

const WORLD: &str = "
entity Service by (service) { tier: text }
entity Pod by (namespace, pod) { service: Service }
";

#[track_caller]
fn check_action(text: &str) -> crate::TypedProgram {
    check(&format!("{WORLD}{text}"))
}

#[test]
fn a_request_has_placeholders_headers_secrets_and_a_body() {
    let typed = check_action(
        r#"action restart(pod: Pod, reason: text, key: text) {
  http POST "https://api.example.com/{pod.namespace}/pods/{pod.pod}?why={reason}#{reason}"
  secret token = env("API_TOKEN")
  secret other = file("/run/secrets/other")
  header "Authorization" token
  header "X-Other" other
  body {force: true, "grace-period": 30s, tags: ["a", key], deep: {list: [{name: reason}, {name: "x"}]}}
  success status == 202 || status in [200, 201]
  risk low
  idempotent
}
"#,
    );
    let Operation::Http(request) = &typed.nodes.actions[0].operation else { panic!("a request") };
    assert_eq!(request.method, "POST");
    let names: Vec<&str> = request.placeholders.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["pod.namespace", "pod.pod", "reason"]);
    assert_eq!(request.placeholders[2].1, Expression::KeyField("reason".to_owned()));
    let secrets: Vec<&str> = request.secrets.iter().map(|secret| secret.reference.as_str()).collect();
    assert_eq!(secrets, ["API_TOKEN", "/run/secrets/other"]);
    assert_eq!(request.headers[0], ("Authorization".to_owned(), Expression::Secret("token".to_owned())));
    let Some(Value::Object(body)) = &request.body else { panic!("a body") };
    assert_eq!(body[1], ("grace-period".to_owned(), Value::Expression(Expression::Number(30.0))));
    assert!(
        matches!(&body[3].1, Value::Object(deep) if matches!(&deep[0].1, Value::List(items) if items.len() == 2))
    );
    let mut reads = Vec::new();
    request.success.as_ref().unwrap().walk(&mut |node| {
        if let Expression::Variable(name) = node {
            reads.push(name.clone());
        }
    });
    assert_eq!(reads, ["status", "status"]);
}

#[test]
fn a_request_says_what_is_wrong_with_it() {
    check_action(
        r#"action a(pod: Pod, why: text) {
  http POST "https://api.example.com/{pod}/{nothing}/{pod.tier}"
//                                    ^^^ HEAL0201 `pod` is the entity `Pod`, and text is needed here
//                                          ^^^^^^^ HEAL0101 unknown name `nothing`
//                                                        ^^^^ HEAL0210 `Pod` has no field `tier`
  secret why = env("A")
//       ^^^ HEAL0102 `why` is a parameter of `a` already
  secret key = env("A KEY")
//                 ^^^^^^^ HEAL0005 this is no name of an environment variable
  secret old = vault("x")
//             ^^^^^ HEAL0101 unknown store `vault`
  header "X Y" why
//       ^^^^^ HEAL0005 `X Y` is no name of a header
  header "x-key" key
  header "X-Key" key
//       ^^^^^^^ HEAL0102 the header `X-Key` stands twice in `a`
  header "X-Old" 5
//               ^ HEAL0201 `5` is a number without a unit, and text is needed here
  body {a: 1, b: old, a: pod}
//                    ^ HEAL0102 the entry `a` stands twice in `a`
//                       ^^^ HEAL0201 `pod` is the entity `Pod`, and only its fields have values
  success key == "x"
//        ^^^ HEAL0101 unknown name `key`
  risk low
  idempotent
}
action b(service: Service) {
  command ["x"]
  header "A" "b"
//^^^^^^^^^^^^^^ HEAL0312 `header` belongs to a request, and `b` makes none
  body {a: 1}
//^^^^^^^^^^^ HEAL0312 `body` belongs to a request, and `b` makes none
  risk low
  idempotent
}
"#,
    );
}

#[test]
fn an_address_is_whole_and_chooses_no_host_for_a_secret() {
    check_action(
        r#"action a(service: Service) { http POST "api.example.com/x" risk low idempotent }
//                                     ^^^^^^^^^^^^^^^^^^^ HEAL0005 `api.example.com/x` is not an address
action b(service: Service) { http PUT "https://x.example.com/{service.service" risk low idempotent }
//                                                           ^ HEAL0005 this brace has no partner
action c(service: Service) { http PUT "https://x.example.com/{service .x}" risk low idempotent }
//                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ HEAL0005 there is no ' ' in an address
action d(service: Service) { http PATCH "https://{service.service}.local/restart" risk low idempotent }
action dollar(service: Service) { http PUT "https://x.example.com/${service.service}" risk low idempotent }
//                                                                ^ HEAL0005 a placeholder is written `{service.service}`, without a `$`
action e(service: Service) {
  http DELETE "https://{service.service}.local/restart"
//                      ^^^^^^^^^^^^^^^ HEAL0005 `service.service` chooses the host that the secrets are sent to
  secret key = env("KEY")
  header "X-Key" key
  risk low
  idempotent
}
action f(service: Service) { http POST "https://" risk low idempotent }
//                                     ^^^^^^^^^^ HEAL0005 `https://` is not an address
action g(service: Service) { http POST "https://x.example.com/{1}" risk low idempotent }
//                                                             ^ HEAL0005 `1` is not a name
"#,
    );
    let text = r#"channel c { http POST "hooks.example.com/x" }"#;
    assert_eq!(fixed(text), r#"channel c { http POST "https://hooks.example.com/x" }"#);
}

#[test]
fn a_secret_that_nothing_sends_is_a_warning() {
    check_action(
        r#"channel c {
  http POST "https://example.com"
  secret key = env("KEY")
//       ^^^ HEAL0901 the secret `key` is not used
}
"#,
    );
}

#[test]
fn a_channel_tells_of_the_episode() {
    let typed = check_action(
        r#"channel page(service: text, severity: text = "high") {
  http POST "https://events.example.com/{service}"
  secret key = env("PAGERDUTY_KEY")
  body {routing_key: key, dedup_key: episode.id, payload: {summary: episode.summary, at: episode.started}}
  success status == 202
  timeout 5s
}
channel odd {
  http POST "https://example.com"
  body {a: episode.sumary, b: episode}
//                 ^^^^^^ HEAL0210 `episode` has no field `sumary`
//                            ^^^^^^^ HEAL0101 unknown name `episode`
}
channel none { timeout 5s }
//      ^^^^ HEAL0004 the channel `none` has no `http`
"#,
    );
    assert!(typed.nodes.channels.is_empty());
    let typed = check_action(
        r#"channel page { http POST "https://example.com" body {id: episode.id} timeout 5s }
"#,
    );
    let Some(Value::Object(body)) = &typed.nodes.channels[0].request.body else { panic!("a body") };
    assert_eq!(body[0].1, Value::Expression(Expression::Episode(EpisodeField::Id)));
    assert_eq!(typed.nodes.channels[0].timeout, heal_program::Millis::from_seconds(5));
}

#[test]
fn kubernetes_takes_options() {
    let typed = check_action(
        "action scale(pod: Pod, by: ratio) { kubernetes scale_out pod {by: by, kind: \"Deployment\"} risk low idempotent }\n",
    );
    let Operation::Kubernetes { verb, target, options } = &typed.nodes.actions[0].operation else {
        panic!("a request")
    };
    assert_eq!((verb.as_str(), target.as_str(), options.len()), ("scale_out", "pod", 2));
    assert_eq!(options[0].1, Value::Expression(Expression::KeyField("by".to_owned())));
}

#[test]
fn the_least_risk_follows_from_what_an_action_says() {
    check_action(
        r#"action a(pod: Pod) { kubernetes a pod risk low idempotent }
action b(pod: Pod) { kubernetes b pod risk low undo a(pod) }
action c(pod: Pod) { kubernetes c pod risk low }
//                                         ^^^ HEAL0303 `c` says risk `low`, and it can neither be taken back nor safely done twice
action d(pod: Pod) { kubernetes d pod risk medium }
action e(name: text) { command ["e", name] risk low idempotent }
//                                              ^^^ HEAL0303 `e` says risk `low`, and what it reaches is not one entity that its caller names
action f(name: text) { command ["f", name] risk medium }
//                                              ^^^^^^ HEAL0303 `f` says risk `medium`, and it can neither be taken back nor safely done twice, and what it reaches is not one entity
action g(name: text) { command ["g", name] risk high }
action h(pod: Pod) { kubernetes h pod risk low timeout 0s }
//                                                     ^^ HEAL0211 `0s` is no time at all
//                                         ^^^ HEAL0303 `h` says risk `low`, and it can neither be taken back nor safely done twice
"#,
    );
    let diagnostic = only(&format!("{WORLD}action c(pod: Pod) {{ kubernetes c pod risk low }}\n"));
    assert_eq!(
        diagnostic.help,
        [
            "the least risk of such an action is `medium`",
            "say `idempotent` if doing it twice is as good as once, or `undo ACTION` if it can be taken back"
        ]
    );
    assert_eq!(diagnostic.fixes[0].edits[0].text, "medium");
}

#[test]
fn actions_take_each_other_back() {
    let typed = check_action(
        r#"action grow(pod: Pod, by: ratio = 50%) { kubernetes grow pod {by: by} risk low undo shrink(by: by, pod: pod) }
action shrink(pod: Pod, by: ratio) { kubernetes shrink pod {by: by} risk low undo grow(pod) }
"#,
    );
    let [grow, shrink] = typed.nodes.actions.as_slice() else { panic!("two actions") };
    let (taken_back_by, arguments) = grow.undo.as_ref().unwrap();
    assert_eq!(typed.nodes.action(*taken_back_by).unwrap().head.path, "shrink");
    let by = Argument::Value(Expression::KeyField("by".to_owned()));
    assert_eq!(*arguments, [Argument::Entity("pod".to_owned()), by]);
    // What is not given has its default.
    assert_eq!(shrink.undo.as_ref().unwrap().1[1], Argument::Value(Expression::Number(0.5)));
}

#[test]
fn what_takes_back_and_what_is_replaced_make_sense() {
    check_action(
        r#"action a(pod: Pod) { kubernetes a pod risk low undo nothing(pod) }
//                                                  ^^^^^^^ HEAL0101 unknown action `nothing`
action b(pod: Pod) { kubernetes b pod risk low undo c }
//                                                  ^ HEAL0209 `c` needs `pod: Pod`
action c(pod: Pod) { kubernetes c pod risk low idempotent replaces pod replaces pod }
//                                                                              ^^^ HEAL0102 the replaced parameter `pod` stands twice in `c`
action d(pod: Pod) { kubernetes d pod risk low replaces pod undo c(pod) }
//                                                                 ^^^ HEAL0309 `pod` is another one after `d`, which replaces it
action e(pod: Pod, name: text) { kubernetes e pod risk low idempotent replaces name }
//                                                                             ^^^^ HEAL0201 `name` is not an entity
"#,
    );
}

#[test]
fn defaults_are_constants_of_their_type() {
    check_action(
        r#"action a(pod: Pod = 5, by: ratio = 3s, name: text = nothing) { kubernetes a pod risk medium }
//                  ^ HEAL0105 an entity has no default: whoever calls names it
//                                 ^^ HEAL0209 `3s` is a duration, and a ratio is needed here
//                                                  ^^^^^^^ HEAL0101 unknown name `nothing`
action b(load: signal ratio) { command ["x"] risk high }
//       ^^^^ HEAL0105 `load` is telemetry, and an action takes values and entities
action c(pod: Pod, grace: duration = 10s, more: duration = 2 * grace) { kubernetes c pod risk medium }
//                                                             ^^^^^ HEAL0105 `grace` is a parameter, and a default is the same in every call
"#,
    );
}
