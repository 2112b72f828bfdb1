//! The rules of the grammar as people call them. Every rule is here, so a new one does not compile until it has words.

use super::grammar::Rule;

/// What a rule is called in a message.
pub(super) enum Words {
    /// What it stands for.
    Main(&'static str),
    /// A keyword, said in backticks.
    Keyword(String),
    /// A way to go on with what stands before, which is said only if there is no other.
    Further(&'static str),
    /// Never said.
    None,
}

/// What an item is called.
pub(super) const AN_ITEM: &str = "an item";

/// What a rule is called.
#[rustfmt::skip]
#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn words(rule: Rule) -> Words {
    use Rule as R;
    match rule {
        R::item | R::use_item | R::param | R::let_item | R::fn_item | R::topology | R::entity | R::signal |
        R::event | R::source | R::detector | R::action | R::channel | R::plan | R::policy | R::shared_guard |
        R::test | R::kw_action | R::kw_channel | R::kw_counter | R::kw_detector | R::kw_entity | R::kw_event |
        R::kw_fn | R::kw_let | R::kw_param | R::kw_plan | R::kw_policy | R::kw_pub | R::kw_signal | R::kw_source |
        R::kw_test | R::kw_topology | R::kw_use => Words::Main(AN_ITEM),
        R::entity_head | R::signal_head | R::event_head | R::source_head | R::detector_head | R::action_head |
        R::channel_head | R::plan_head | R::policy_head | R::shared_head | R::selected | R::path | R::name |
        R::plain_name | R::head_name => Words::Main("a name"),
        R::entity_statement | R::signal_statement | R::event_statement | R::source_statement |
        R::detector_statement | R::action_statement | R::channel_statement | R::plan_statement |
        R::policy_statement | R::guard_statement | R::test_statement => Words::Main("a statement"),
        R::field => Words::Main("a field"),
        R::relation | R::relation_start | R::type_name | R::series_type | R::detector_type => Words::Main("a type"),
        R::matcher => Words::Main("a label"),
        R::equals => Words::Main("`=`"),
        R::step => Words::Main("a step"),
        R::step_option => Words::Main("an option"),
        R::open_for => Words::Main("`open for`"),
        R::allowance | R::quorum | R::number => Words::Main("a number"),
        R::test_head | R::text => Words::Main("a text"),
        R::series => Words::Main("a series"),
        R::segment => Words::Main("a segment"),
        R::steady | R::expression | R::operand | R::prefix | R::group | R::boolean | R::nothing | R::map | R::reference => Words::Main("an expression"),
        R::effect => Words::Main("an effect"),
        R::subject => Words::Main("a subject"),
        R::qualifier => Words::Main("a qualifier"),
        R::unit => Words::Main("a unit"),
        R::parameter => Words::Main("a parameter"),
        R::call => Words::Main("a call"),
        R::object => Words::Main("an object"),
        R::entry => Words::Main("an entry"),
        R::operator => Words::Main("an operator"),
        R::list => Words::Main("a list"),
        R::argument => Words::Main("an argument"),
        R::open => Words::Main("`{`"),
        R::close | R::brace_close => Words::Main("`}`"),
        R::paren_close => Words::Main("`)`"),
        R::bracket_close => Words::Main("`]`"),
        R::comma => Words::Main("`,`"),
        R::colon | R::else_colon => Words::Main("`:`"),
        R::arrow => Words::Main("`->`"),
        R::dots => Words::Main("`..`"),
        R::equal => Words::Main("`==`"),
        R::use_names | R::step_body | R::brace_open => Words::Further("`{`"),
        R::names | R::parameters | R::arguments | R::paren_open => Words::Further("`(`"),
        R::instance | R::made_from | R::default => Words::Further("`=`"),
        R::selection | R::dot => Words::Further("`.`"),
        R::index | R::bracket_open => Words::Further("`[`"),
        R::argument_colon => Words::Further("`:`"),
        R::question => Words::Further("`?`"),
        R::slash => Words::Further("`/`"),
        R::and => Words::Further("`&&`"),
        R::kw_affects | R::kw_after | R::kw_again | R::kw_always | R::kw_approval | R::kw_approve | R::kw_at | R::kw_because |
        R::kw_blast_radius | R::kw_body | R::kw_breaker | R::kw_by | R::kw_canary | R::kw_choose | R::kw_clear |
        R::kw_command | R::kw_concurrency | R::kw_cooldown | R::kw_count | R::kw_DELETE | R::kw_disturbs |
        R::kw_each | R::kw_else | R::kw_escalate | R::kw_every | R::kw_everywhere | R::kw_exactly | R::kw_expect |
        R::kw_failed | R::kw_failures | R::kw_falling | R::kw_firings | R::kw_for | R::kw_freeze | R::kw_from |
        R::kw_given | R::kw_guard | R::kw_header | R::kw_http | R::kw_idempotent | R::kw_in | R::kw_incident |
        R::kw_incidents | R::kw_inconclusive | R::kw_keys | R::kw_kubernetes | R::kw_least | R::kw_limit |
        R::kw_logs | R::kw_match | R::kw_metric | R::kw_most | R::kw_no | R::kw_nothing | R::kw_of | R::kw_on | R::kw_only |
        R::kw_open | R::kw_outside | R::kw_passed | R::kw_PATCH | R::kw_per | R::kw_POST | R::kw_prometheus |
        R::kw_PUT | R::kw_reject | R::kw_rejected | R::kw_replaces | R::kw_replay | R::kw_require | R::kw_retry |
        R::kw_revert | R::kw_rising | R::kw_risk | R::kw_run | R::kw_secret | R::kw_settle | R::kw_severity |
        R::kw_shadow | R::kw_shared | R::kw_signature | R::kw_skipped | R::kw_stale | R::kw_start | R::kw_step |
        R::kw_stop | R::kw_storm | R::kw_success | R::kw_then | R::kw_timeout | R::kw_to | R::kw_try | R::kw_undo |
        R::kw_until | R::kw_value | R::kw_values | R::kw_verify | R::kw_wave | R::kw_webhook | R::kw_when |
        R::kw_where | R::kw_withheld | R::kw_within | R::kw_succeeds | R::kw_fails | R::kw_hangs | R::kw_lies |
        R::kw_half | R::kw_missing | R::kw_firing | R::kw_any_event | R::kw_any_plan | R::kw_any_action | R::kw_any_escalation |
        R::kw_any_approval => Words::Keyword(keyword(rule)),
        // Rules that always fail at a rule inside them, and rules for the compiler only.
        R::line | R::byte_order_mark | R::first_item | R::next_item | R::unknown_item | R::bounds |
        R::entity_body | R::bad_entity_statement | R::entity_start | R::signal_body | R::from |
        R::prometheus | R::metric | R::logs | R::pattern | R::count_per | R::log_value | R::matchers | R::every |
        R::stale | R::at_most | R::bad_signal_statement | R::event_body | R::event_from | R::named_event |
        R::narrowed | R::bad_event_statement | R::source_body | R::webhook | R::signature |
        R::each | R::made_event | R::bad_source_statement | R::source_start | R::detector_body | R::when | R::for_ |
        R::clear | R::severity | R::bad_detector_statement | R::detector_start | R::action_body |
        R::command | R::kubernetes | R::http | R::secret | R::header | R::body | R::success | R::risk | R::timeout |
        R::idempotent | R::replaces | R::affects | R::undo_call | R::bad_action_statement | R::action_start | R::request_start |
        R::channel_body | R::bad_channel_statement | R::plan_body | R::require | R::verify | R::disturbs |
        R::for_each | R::most | R::undo_steps | R::always | R::revert_after | R::revert_on_clear |
        R::bad_plan_statement | R::plan_start | R::steps_body | R::bad_step | R::retry | R::after |
        R::bad_step_option | R::option_start | R::policy_body | R::on | R::where_ | R::rung | R::choose |
        R::escalate | R::escalate_end | R::again | R::shadow | R::bad_policy_statement | R::policy_start | R::guard |
        R::guard_body | R::share | R::limit | R::cooldown | R::blast_radius | R::concurrency | R::breaker |
        R::canary | R::settle | R::freeze | R::only | R::storm | R::per | R::approval |
        R::approval_when | R::approval_timeout | R::approval_else | R::withheld | R::bad_guard_statement |
        R::guard_start | R::test_body | R::start | R::run_for | R::given | R::event_times | R::values | R::rising |
        R::falling | R::toward | R::wave | R::missing | R::lasting | R::answer | R::succeeds | R::fails | R::hangs |
        R::lies | R::half | R::becomes | R::stop | R::decide | R::replay | R::expect | R::any_firing | R::any_plan |
        R::any_action | R::any_escalation | R::any_approval | R::exactly | R::times_least | R::times_most |
        R::begins | R::until | R::was_withheld | R::withheld_by | R::ends | R::because | R::in_incidents | R::no_incidents |
        R::bad_test_statement | R::test_start | R::field_start | R::by | R::key_pattern | R::operands |
        R::argument_name | R::exponent | R::time | R::quoted | R::verbatim | R::raw | R::escape |
        R::margin | R::double_plain | R::single_plain | R::double_verbatim | R::single_verbatim | R::raw_plain |
        R::ident_start | R::ident_char | R::text_letter | R::item_start | R::item_word | R::item_head | R::item_a_to_d | R::item_e_to_l | R::item_p_to_u | R::item_name | R::series_name | R::weakly | R::blank |
        R::word_start | R::statement_a_to_b | R::statement_c_to_d | R::statement_e_to_f | R::statement_g_to_o |
        R::statement_r | R::statement_s | R::statement_t_to_w | R::strong_word | R::weak_word | R::text_word | R::other_word | R::connective |
        R::strong_follow | R::weak_follow | R::quote | R::gap | R::token | R::braces | R::parens | R::bad_first |
        R::bad_open | R::unclosed | R::own_use | R::strict_entity_head | R::strict_signal_head |
        R::strict_event_head | R::strict_source_head | R::strict_detector_head | R::strict_action_head |
        R::strict_channel_head | R::strict_plan_head | R::strict_for_each_head | R::strict_undo_head |
        R::strict_always_head | R::strict_policy_head | R::strict_guard_head | R::strict_shared_guard_head |
        R::strict_test_head | R::strict_items | R::strict_entity_statements | R::strict_signal_statements |
        R::strict_event_statements | R::strict_source_statements | R::strict_detector_statements |
        R::strict_action_statements | R::strict_channel_statements | R::strict_plan_statements |
        R::strict_policy_statements | R::strict_guard_statements | R::strict_test_statements | R::strict_steps |
        R::strict_step_options | R::tokens | R::any_word | R::any_other | R::by_start | R::bad_steps_open | R::value | R::choose_start | R::map_start | R::further_line | R::line_end |
        R::binder | R::margin_word | R::margin_item | R::junk | R::word | R::named_start | R::EOI => Words::None,
    }
}

/// The keyword of a rule that is called after it.
fn keyword(rule: Rule) -> String {
    let name = format!("{rule:?}");
    let word = name.strip_prefix("kw_").unwrap_or(&name);
    match word.strip_prefix("any_") {
        Some("escalation") => "escalate".to_owned(),
        Some(word) => word.to_owned(),
        None => word.to_owned(),
    }
}

/// The rules that a strict rule begins with: pest names the strict rule itself where its first token does not fit.
pub(super) fn opened(strict: Rule) -> Vec<Rule> {
    let statement = BLOCKS.iter().find(|(rule, _, _)| *rule == strict).map(|(_, statement, _)| *statement);
    match statement {
        Some(statement) => vec![statement, Rule::close],
        None if strict == Rule::strict_items => vec![Rule::item],
        None => vec![strict],
    }
}

/// The kind of block that a rule is the statement of.
pub(super) fn block_of(rule: Rule) -> Option<&'static str> {
    BLOCKS.iter().find(|(_, statement, _)| *statement == rule).map(|(_, _, name)| *name)
}

/// The kind of block whose statements a strict rule reads.
pub(super) fn block_read(strict: Rule) -> Option<&'static str> {
    BLOCKS.iter().find(|(rule, _, _)| *rule == strict).map(|(_, _, name)| *name)
}

/// The blocks: their statements up to the brace, one of them, and their name.
const BLOCKS: &[(Rule, Rule, &str)] = &[
    (Rule::strict_entity_statements, Rule::entity_statement, "entity"),
    (Rule::strict_signal_statements, Rule::signal_statement, "signal"),
    (Rule::strict_event_statements, Rule::event_statement, "event"),
    (Rule::strict_source_statements, Rule::source_statement, "source"),
    (Rule::strict_detector_statements, Rule::detector_statement, "detector"),
    (Rule::strict_action_statements, Rule::action_statement, "action"),
    (Rule::strict_channel_statements, Rule::channel_statement, "channel"),
    (Rule::strict_plan_statements, Rule::plan_statement, "plan"),
    (Rule::strict_policy_statements, Rule::policy_statement, "policy"),
    (Rule::strict_guard_statements, Rule::guard_statement, "guard"),
    (Rule::strict_test_statements, Rule::test_statement, "test"),
    (Rule::strict_steps, Rule::step, "steps"),
    (Rule::strict_step_options, Rule::step_option, "step"),
];
