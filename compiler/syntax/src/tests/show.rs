//! A tree as text for tests: one line a node, brackets around every operation, no ranges.

use crate::tree::*;

/// A whole file.
pub(super) fn file(tree: &ParsedFile) -> String {
    let mut out = String::new();
    for line in &tree.documentation {
        out += &format!("//! {line}\n");
    }
    for one in &tree.items {
        out += &item(&one.value);
    }
    out
}

fn item(item: &Item) -> String {
    let mut out: String = item.documentation.iter().map(|line| format!("/// {line}\n")).collect();
    out += if item.public { "pub " } else { "" };
    out += &kind(&item.kind);
    if item.incomplete {
        out += "  incomplete\n";
    }
    out
}

fn kind(kind: &ItemKind) -> String {
    match kind {
        ItemKind::Use(one) => {
            let names =
                one.names.as_ref().map(|names| format!(" {{{}}}", list(names, |name| name.value.clone())));
            format!("use {}{}\n", path(&one.module), names.unwrap_or_default())
        }
        ItemKind::Param(one) => {
            let range = one.range.as_ref();
            let range = range.map(|(low, high)| format!(" in {}..{}", expression(low), expression(high)));
            let (name, type_) = (&one.name.value, type_name(&one.type_));
            format!("param {name}: {type_}{} = {}\n", range.unwrap_or_default(), expression(&one.value))
        }
        ItemKind::Let(one) => format!("let {} = {}\n", one.name.value, expression(&one.value)),
        ItemKind::Function(one) => {
            let parameters = list(&one.parameters, parameter);
            format!("fn {}({parameters}) = {}\n", one.name.value, expression(&one.value))
        }
        ItemKind::Entity(one) => {
            format!("entity {}{}\n", one.name.value, keys(&one.keys))
                + &statements(&one.statements, entity_statement)
        }
        ItemKind::Signal(one) => {
            let word = if one.counter { "counter" } else { "signal" };
            let (name, type_) = (&one.name.value, type_name(&one.type_));
            format!("{word} {name}: {type_}{}{}\n", unit(one.unit.as_ref()), keys(&one.keys))
                + &statements(&one.statements, signal_statement)
        }
        ItemKind::Event(one) => {
            format!("event {}{}\n", one.name.value, keys(&one.keys))
                + &statements(&one.statements, event_statement)
        }
        ItemKind::Source(one) => {
            format!("source {}\n", one.name.value) + &statements(&one.statements, source_statement)
        }
        ItemKind::Detector(one) => {
            let parameters = parameters(one.parameters.as_deref());
            format!("detector {}{parameters}\n", one.name.value)
                + &statements(&one.statements, detector_statement)
        }
        ItemKind::Topology(one) => {
            format!("topology {} -> {}\n", one.from.value, list(&one.to, |name| name.value.clone()))
        }
        ItemKind::Action(one) => {
            format!("action {}({})\n", one.name.value, list(&one.parameters, parameter))
                + &statements(&one.statements, action_statement)
        }
        ItemKind::Channel(one) => {
            format!("channel {}({})\n", one.name.value, list(&one.parameters, parameter))
                + &statements(&one.statements, channel_statement)
        }
        ItemKind::Plan(one) => {
            format!("plan {}({})\n", one.name.value, list(&one.parameters, parameter))
                + &statements(&one.statements, plan_statement)
        }
        ItemKind::Policy(one) => {
            let parameters = parameters(one.parameters.as_deref());
            format!("policy {}{parameters}\n", one.name.value)
                + &statements(&one.statements, policy_statement)
        }
        ItemKind::SharedGuard(one) => {
            format!("guard shared {}\n", one.name.value) + &statements(&one.statements, guard_statement)
        }
        ItemKind::Instance(one) => {
            let word = match one.kind {
                InstanceKind::Detector => "detector",
                InstanceKind::Policy => "policy",
            };
            format!("{word} {} = {}\n", one.name.value, call(&one.template))
        }
        ItemKind::Test(one) => {
            format!("test {:?}\n", one.name.value) + &statements(&one.statements, test_statement)
        }
    }
}

fn statements<T>(all: &[Spanned<T>], show: impl Fn(&T) -> String) -> String {
    all.iter().map(|one| format!("  {}\n", show(&one.value))).collect()
}

fn parameters(all: Option<&[Parameter]>) -> String {
    all.map(|all| format!("({})", list(all, parameter))).unwrap_or_default()
}

fn unit(one: Option<&Name>) -> String {
    one.map(|unit| format!(" in {}", unit.value)).unwrap_or_default()
}

fn entity_statement(one: &EntityStatement) -> String {
    match one {
        EntityStatement::Field(field) => {
            let source = field.source.as_ref().map(|source| format!(" from {}", sample_source(source)));
            let (name, type_) = (&field.name.value, type_name(&field.type_));
            format!("{name}: {type_}{}{}", unit(field.unit.as_ref()), source.unwrap_or_default())
        }
        EntityStatement::From(source) => format!("from {}", sample_source(source)),
        EntityStatement::Every(time) => format!("every {}", expression(time)),
        EntityStatement::StaleAfter(time) => format!("stale after {}", expression(time)),
        EntityStatement::AtMost(count) => format!("at most {}", expression(count)),
    }
}

fn signal_statement(one: &SignalStatement) -> String {
    match one {
        SignalStatement::From(source) => format!("from {}", sample_source(source)),
        SignalStatement::Every(time) => format!("every {}", expression(time)),
        SignalStatement::StaleAfter(time) => format!("stale after {}", expression(time)),
        SignalStatement::AtMost(count) => format!("at most {}", expression(count)),
    }
}

fn sample_source(one: &SampleSource) -> String {
    match one {
        SampleSource::Prometheus(query) => format!("prometheus {:?}", query.value),
        SampleSource::Metric(name, all) => format!("metric {:?}{}", name.value, matchers(all)),
        SampleSource::Logs(source) => logs(source),
    }
}

fn logs(one: &LogSource) -> String {
    let pattern = one.pattern.as_ref().map(|pattern| format!(" match {:?}", pattern.value));
    let reading = match &one.reading {
        LogReading::CountPer(time) => format!(" count per {}", expression(time)),
        LogReading::Value(name) => format!(" value {}", name.value),
        LogReading::Line => String::new(),
    };
    format!("logs {:?}{}{}{reading}", one.name.value, pattern.unwrap_or_default(), matchers(&one.matchers))
}

fn matchers(all: &[Matcher]) -> String {
    if all.is_empty() {
        return String::new();
    }
    format!(" where {}", list(all, |one| format!("{} {:?}", one.name.value, one.value.value)))
}

fn event_statement(one: &EventStatement) -> String {
    match one {
        EventStatement::From(source, all) => format!("from {}{}", path(source), matchers(all)),
        EventStatement::FromNamed(name, all) => format!("from event {:?}{}", name.value, matchers(all)),
        EventStatement::FromLogs(source) => format!("from {}", logs(source)),
        EventStatement::AtMost(count) => format!("at most {}", expression(count)),
    }
}

fn source_statement(one: &SourceStatement) -> String {
    match one {
        SourceStatement::Webhook(place) => format!("webhook {:?}", place.value),
        SourceStatement::Secret(one) => secret(one),
        SourceStatement::Signature(header, key) => format!("signature {:?} {}", header.value, key.value),
        SourceStatement::Each(list) => format!("each {}", expression(list)),
        SourceStatement::Where(condition) => format!("where {}", expression(condition)),
        SourceStatement::Event(names, fields) => format!("event{} {}", keys(names), object(fields)),
    }
}

fn secret(one: &Secret) -> String {
    format!("secret {} = {} {:?}", one.name.value, one.store.value, one.reference.value)
}

fn detector_statement(one: &DetectorStatement) -> String {
    match one {
        DetectorStatement::When(condition) => format!("when {}", expression(condition)),
        DetectorStatement::For(time) => format!("for {}", expression(time)),
        DetectorStatement::Clear(condition, time) => {
            format!("clear when {}{}", expression(condition), after(" for ", time.as_ref()))
        }
        DetectorStatement::Severity(name) => format!("severity {}", name.value),
    }
}

fn action_statement(one: &ActionStatement) -> String {
    match one {
        ActionStatement::Command(words, host) => {
            let host = host.as_ref().map(|host| format!(" on {}", host.value)).unwrap_or_default();
            format!("command [{}]{host}", list(words, expression))
        }
        ActionStatement::Kubernetes(verb, target, options) => {
            let options = options.as_ref().map(|one| format!(" {}", object(one))).unwrap_or_default();
            format!("kubernetes {} {}{options}", verb.value, target.value)
        }
        ActionStatement::Http(method, url) => format!("http {:?} {:?}", method.value, url.value),
        ActionStatement::Secret(one) => secret(one),
        ActionStatement::Header(name, value) => format!("header {:?} {}", name.value, expression(value)),
        ActionStatement::Body(one) => format!("body {}", object(one)),
        ActionStatement::Success(condition) => format!("success {}", expression(condition)),
        ActionStatement::Risk(risk) => format!("risk {}", risk.value),
        ActionStatement::Timeout(time) => format!("timeout {}", expression(time)),
        ActionStatement::Idempotent => "idempotent".to_owned(),
        ActionStatement::Replaces(name) => format!("replaces {}", name.value),
        ActionStatement::Affects(affects) => affected(affects),
        ActionStatement::Undo(one) => format!("undo {}", call(one)),
    }
}

fn affected(affects: &Affects) -> String {
    let names = list(&affects.names, path);
    if names.is_empty() { "affects nothing".to_owned() } else { format!("affects {names}") }
}

fn channel_statement(one: &ChannelStatement) -> String {
    match one {
        ChannelStatement::Http(method, url) => format!("http {:?} {:?}", method.value, url.value),
        ChannelStatement::Secret(one) => secret(one),
        ChannelStatement::Header(name, value) => format!("header {:?} {}", name.value, expression(value)),
        ChannelStatement::Body(one) => format!("body {}", object(one)),
        ChannelStatement::Success(condition) => format!("success {}", expression(condition)),
        ChannelStatement::Timeout(time) => format!("timeout {}", expression(time)),
    }
}

fn plan_statement(one: &PlanStatement) -> String {
    match one {
        PlanStatement::Risk(risk) => format!("risk {}", risk.value),
        PlanStatement::Require(condition) => format!("require {}", expression(condition)),
        PlanStatement::Disturbs(one) => {
            let everywhere = if one.everywhere { " everywhere" } else { "" };
            format!("disturbs {}{everywhere} for {}", path(&one.signal), expression(&one.span))
        }
        PlanStatement::Affects(affects) => affected(affects),
        PlanStatement::Step(one) => step(one),
        PlanStatement::ForEach(one) => {
            let head = format!("for each {} in {}", one.variable.value, path(&one.entity));
            let condition = after(" where ", one.condition.as_ref());
            let at_most = after(" at most ", one.at_most.as_ref());
            format!("{head}{condition}{at_most} {}", steps(&one.steps))
        }
        PlanStatement::Verify(condition, time) => {
            format!("verify {} within {}", expression(condition), expression(time))
        }
        PlanStatement::Undo(all) => format!("undo {}", steps(all)),
        PlanStatement::Always(all) => format!("always {}", steps(all)),
        PlanStatement::RevertAfter(time) => format!("revert after {}", expression(time)),
        PlanStatement::RevertOnClear => "revert on clear".to_owned(),
    }
}

fn steps(all: &[Spanned<Step>]) -> String {
    format!("{{{}}}", list(all, |one| step(&one.value)))
}

fn step(one: &Step) -> String {
    let option = |one: &Spanned<StepOption>| match &one.value {
        StepOption::Timeout(time) => format!(" timeout {}", expression(time)),
        StepOption::Retry(count, pause) => {
            format!(" retry {}{}", expression(count), after(" every ", pause.as_ref()))
        }
        StepOption::After(names) => format!(" after {}", list(names, |name| name.value.clone())),
    };
    let options: String = one.options.iter().map(option).collect();
    format!("step {} = {}{options}", one.name.value, call(&one.call))
}

fn policy_statement(one: &PolicyStatement) -> String {
    match one {
        PolicyStatement::On(detector) => format!("on {}", path(detector)),
        PolicyStatement::Where(condition) => format!("where {}", expression(condition)),
        PolicyStatement::Rung(rung) => {
            let kind = match &rung.kind {
                RungKind::Plan(plan) => call(plan),
                RungKind::Choose(plans) => format!("choose [{}]", list(plans, call)),
                RungKind::Escalate(channel) => {
                    let channel = channel.as_ref().map(|one| format!(" {}", call(one)));
                    format!("escalate{}", channel.unwrap_or_default())
                }
            };
            format!("{:?} {kind}{}", rung.word, after(" again every ", rung.again.as_ref()))
        }
        PolicyStatement::Guard(guards) => {
            format!("guard {{{}}}", list(guards, |one| guard_statement(&one.value)))
        }
        PolicyStatement::Shadow => "shadow".to_owned(),
    }
}

fn guard_statement(one: &GuardStatement) -> String {
    let per =
        |paths: &[Path]| if paths.is_empty() { String::new() } else { format!(" per {}", list(paths, path)) };
    match one {
        GuardStatement::Shared(name) => format!("shared {}", path(name)),
        GuardStatement::Limit(limits) => {
            let limit = |one: &Spanned<Limit>| {
                let one = &one.value;
                format!("{} per {}{}", expression(&one.runs), expression(&one.window), per(&one.per))
            };
            format!("limit {}", list(limits, limit))
        }
        GuardStatement::Cooldown(time, paths) => format!("cooldown {}{}", expression(time), per(paths)),
        GuardStatement::BlastRadius { share, entity, per: paths, within } => {
            let (share, within) = (expression(share), expression(within));
            format!("blast_radius {share} of {}{} within {within}", path(entity), per(paths))
        }
        GuardStatement::Concurrency(runs, paths) => format!("concurrency {}{}", expression(runs), per(paths)),
        GuardStatement::Breaker { failures, window, per: paths, open_for } => {
            let (failures, window) = (expression(failures), expression(window));
            format!("breaker {failures} in {window}{} open {}", per(paths), expression(open_for))
        }
        GuardStatement::Approval { quorum, asked, when, timeout, otherwise } => {
            let quorum = quorum.as_ref().map(|one| format!("{} of ", expression(one))).unwrap_or_default();
            let asked = match asked {
                Asked::Team(team) => format!("{:?}", team.value),
                Asked::Channel(channel) => call(channel),
            };
            let mut out = format!("approval {quorum}{asked}");
            out += &after(" when ", when.as_ref());
            out += &after(" timeout ", timeout.as_ref());
            out + &otherwise.as_ref().map(|word| format!(" else {}", word.value)).unwrap_or_default()
        }
        GuardStatement::Canary(waves, settle) => {
            let waves: Vec<String> = waves.iter().map(expression).collect();
            format!("canary {}{}", waves.join(" then "), after(" settle ", settle.as_ref()))
        }
        GuardStatement::Freeze(calendar) => format!("freeze {:?}", calendar.value),
        GuardStatement::Only(calendar) => format!("only {:?}", calendar.value),
        GuardStatement::Storm { firings, window, open_for } => {
            let (firings, window) = (expression(firings), expression(window));
            format!("storm {firings} in {window} open {}", expression(open_for))
        }
        GuardStatement::EscalateWithheld(time) => format!("withheld {}", expression(time)),
    }
}

fn test_statement(one: &TestStatement) -> String {
    match one {
        TestStatement::Start(time) => format!("start {:?}", time.value),
        TestStatement::RunFor(time) => format!("run for {}", expression(time)),
        TestStatement::GivenSeries(what, samples) => {
            format!("given {} = {}", selected(what), series(samples))
        }
        TestStatement::GivenEntity(what, fields) => format!("given {} = {}", selected(what), object(fields)),
        TestStatement::GivenEvent(what, times) => {
            format!("given {} at {}", selected(what), list(times, expression))
        }
        TestStatement::On(one) => {
            let step = one.step.as_ref().map(|step| format!(" step {}", step.value)).unwrap_or_default();
            format!("on {}{step}: {}", path(&one.plan), effect(&one.effect))
        }
        TestStatement::Stop(what, at, time) => {
            format!("stop {} at {}{}", selected(what), expression(at), after(" for ", time.as_ref()))
        }
        TestStatement::Decide(decision, team, time) => {
            format!("{decision:?} {:?} after {}", team.value, expression(time))
        }
        TestStatement::Replay(name) => format!("replay {:?}", name.value),
        TestStatement::Expect(one) => {
            let no = if one.negated { "no " } else { "" };
            let qualifiers = one.qualifiers.iter().map(|one| format!(" {}", qualifier(&one.value)));
            format!("expect {no}{}{}", subject(&one.subject), qualifiers.collect::<String>())
        }
    }
}

fn selected(one: &Selected) -> String {
    path(&one.path) + &one.key.as_ref().map(object).unwrap_or_default()
}

fn series(one: &Series) -> String {
    let segments: Vec<String> = one.segments.iter().map(|one| segment(&one.value)).collect();
    segments.join(" then ")
}

fn segment(one: &Segment) -> String {
    let lasting = |time: &Option<Expression>| after(" for ", time.as_ref());
    match one {
        Segment::Steady(value, time) => format!("{}{}", expression(value), lasting(time)),
        Segment::Rising(value, time) => format!("rising {}{}", expression(value), lasting(time)),
        Segment::Falling(value, time) => format!("falling {}{}", expression(value), lasting(time)),
        Segment::To(value, time) => format!("to {}{}", expression(value), lasting(time)),
        Segment::Wave(low, high, period, time) => {
            let period = expression(period);
            format!("wave {}..{} every {period}{}", expression(low), expression(high), lasting(time))
        }
        Segment::Missing(time) => format!("missing{}", lasting(time)),
        Segment::Values(notation) => format!("values {:?}", notation.value),
    }
}

fn effect(one: &Effect) -> String {
    match one {
        Effect::Becomes(what, samples) => format!("{} = {}", selected(what), series(samples)),
        Effect::SucceedsAfter(time) => format!("succeeds after {}", expression(time)),
        Effect::Fails(text) => {
            format!("fails{}", text.as_ref().map(|text| format!(" {:?}", text.value)).unwrap_or_default())
        }
        Effect::Hangs => "hangs".to_owned(),
        Effect::Lies => "lies".to_owned(),
        Effect::Half => "half".to_owned(),
    }
}

fn subject(one: &Subject) -> String {
    match one {
        Subject::Item(what) => selected(what),
        Subject::AnyFiring => "<firing>".to_owned(),
        Subject::AnyPlan => "<plan>".to_owned(),
        Subject::AnyAction => "<action>".to_owned(),
        Subject::Escalate => "<escalate>".to_owned(),
        Subject::Approval(team) => {
            format!(
                "<approval>{}",
                team.as_ref().map(|team| format!(" {:?}", team.value)).unwrap_or_default()
            )
        }
    }
}

fn qualifier(one: &Qualifier) -> String {
    match one {
        Qualifier::At(from, to) => format!("at {}{}", expression(from), after("..", to.as_ref())),
        Qualifier::Until(from, to) => format!("until {}{}", expression(from), after("..", to.as_ref())),
        Qualifier::Exactly(count) => format!("exactly {}", expression(count)),
        Qualifier::AtLeast(count) => format!("at least {}", expression(count)),
        Qualifier::AtMost(count) => format!("at most {}", expression(count)),
        Qualifier::Withheld(guard) => {
            format!(
                "withheld{}",
                guard.as_ref().map(|guard| format!(" by {}", guard.value)).unwrap_or_default()
            )
        }
        Qualifier::Ends(word) => format!("ends {}", word.value),
        Qualifier::WithinOfIncidents(time) => format!("within {} of incidents", expression(time)),
        Qualifier::OutsideIncidents => "outside incidents".to_owned(),
        Qualifier::Because(text) => format!("because {:?}", text.value),
    }
}

fn call(one: &Call) -> String {
    let arguments = one.arguments.as_ref().map(|all| format!("({})", list(all, argument)));
    format!("{}{}", path(&one.target), arguments.unwrap_or_default())
}

fn argument(one: &CallArgument) -> String {
    let name = one.name.as_ref().map(|name| format!("{}: ", name.value)).unwrap_or_default();
    format!("{name}{}", expression(&one.value))
}

/// An expression with brackets around every operation.
pub(super) fn expression(one: &Expression) -> String {
    match one.kind.as_ref() {
        ExpressionKind::Number { digits, unit } => match unit {
            Some(unit) => format!("{digits}'{unit}"),
            None => digits.clone(),
        },
        ExpressionKind::Text(text) => format!("{text:?}"),
        ExpressionKind::Bool(value) => value.to_string(),
        ExpressionKind::List(elements) => format!("[{}]", list(elements, expression)),
        ExpressionKind::Name(name) => name.clone(),
        ExpressionKind::Field(receiver, name) => format!("{}.{}", expression(receiver), name.value),
        ExpressionKind::Call { receiver, function, arguments } => {
            let receiver = receiver.as_ref().map(|one| format!("{}.", expression(one))).unwrap_or_default();
            format!("{receiver}{}({})", function.value, list(arguments, argument))
        }
        ExpressionKind::Index(receiver, index) => format!("{}[{}]", expression(receiver), expression(index)),
        ExpressionKind::Unary(operator, operand) => format!("({:?} {})", operator.value, expression(operand)),
        ExpressionKind::Binary(left, operator, right) => {
            format!("({} {:?} {})", expression(left), operator.value, expression(right))
        }
        ExpressionKind::Conditional(condition, positive, negative) => {
            format!("({} ? {} : {})", expression(condition), expression(positive), expression(negative))
        }
    }
}

fn parameter(one: &Parameter) -> String {
    let type_ = match &one.type_ {
        ParameterType::Value(type_) => type_name(type_),
        ParameterType::Series { counter, type_, keys } => {
            let word = if *counter { "counter" } else { "signal" };
            format!("{word} {}{}", type_name(type_), pattern(keys))
        }
        ParameterType::Detector(keys) => format!("detector{}", pattern(keys)),
    };
    format!("{}: {type_}{}", one.name.value, after(" = ", one.default.as_ref()))
}

fn pattern(one: &KeyPattern) -> String {
    match one {
        KeyPattern::None => String::new(),
        KeyPattern::Variable(name) => format!(" by {}", name.value),
        KeyPattern::Fields(names) => keys(names),
    }
}

fn type_name(one: &TypeName) -> String {
    let name = path(&one.path) + &one.per.as_ref().map(|per| format!("/{}", per.value)).unwrap_or_default();
    if one.many { format!("[{name}]") } else { name }
}

fn object(one: &Object) -> String {
    format!(
        "{{{}}}",
        list(&one.entries, |entry| format!("{:?}: {}", entry.name.value, object_value(&entry.value)))
    )
}

fn object_value(one: &ObjectValue) -> String {
    match one {
        ObjectValue::Expression(value) => expression(value),
        ObjectValue::Object(value) => object(value),
        ObjectValue::List(values) => format!("*[{}]", list(values, object_value)),
    }
}

/// A word and the expression after it; nothing if nothing follows.
fn after(word: &str, one: Option<&Expression>) -> String {
    one.map(|one| format!("{word}{}", expression(one))).unwrap_or_default()
}

fn path(one: &Path) -> String {
    one.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
}

fn keys(keys: &[Name]) -> String {
    if keys.is_empty() { String::new() } else { format!(" by ({})", list(keys, |key| key.value.clone())) }
}

fn list<T>(all: &[T], show: impl Fn(&T) -> String) -> String {
    all.iter().map(show).collect::<Vec<_>>().join(", ")
}
