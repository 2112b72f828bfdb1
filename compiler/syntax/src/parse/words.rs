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
pub(super) fn words(rule: Rule) -> Words {
    use Rule as R;
    match rule {
        R::item | R::use_item | R::param | R::entity | R::signal | R::detector | R::action | R::channel |
        R::plan | R::policy | R::kw_use | R::kw_param | R::kw_entity | R::kw_signal | R::kw_counter |
        R::kw_detector | R::kw_action | R::kw_channel | R::kw_plan | R::kw_policy | R::kw_pub => Words::Main(AN_ITEM),
        R::field => Words::Main("a field"),
        R::signal_statement | R::detector_statement | R::action_statement | R::channel_statement |
        R::plan_statement | R::policy_statement | R::guard_statement => Words::Main("a statement"),
        R::entity_head | R::signal_head | R::detector_head | R::action_head | R::channel_head | R::plan_head
        | R::policy_head | R::path | R::name |
        R::plain_name | R::head_name => Words::Main("a name"),
        R::type_name => Words::Main("a type"),
        R::unit => Words::Main("a unit"),
        R::matcher => Words::Main("a label"),
        R::parameter => Words::Main("a parameter"),
        R::call => Words::Main("a call"),
        R::expression | R::operand | R::prefix | R::group | R::boolean | R::reference => Words::Main("an expression"),
        R::argument => Words::Main("an argument"),
        R::operator => Words::Main("an operator"),
        R::number | R::allowance => Words::Main("a number"),
        R::text => Words::Main("a text"),
        R::list => Words::Main("a list"),
        R::open => Words::Main("`{`"),
        R::close => Words::Main("`}`"),
        R::paren_close => Words::Main("`)`"),
        R::bracket_close => Words::Main("`]`"),
        R::comma => Words::Main("`,`"),
        R::colon | R::else_colon => Words::Main("`:`"),
        R::argument_colon => Words::Further("`:`"),
        R::dots => Words::Main("`..`"),
        R::equals => Words::Main("`=`"),
        R::equal => Words::Main("`==`"),
        R::parameters | R::arguments | R::paren_open => Words::Further("`(`"),
        R::index | R::bracket_open => Words::Further("`[`"),
        R::selection | R::dot => Words::Further("`.`"),
        R::slash => Words::Further("`/`"),
        R::question => Words::Further("`?`"),
        R::and => Words::Further("`&&`"),
        R::use_names | R::step_options => Words::Further("`{`"),
        R::kw_after | R::kw_approval | R::kw_at | R::kw_by | R::kw_clear | R::kw_command | R::kw_cooldown |
        R::kw_else | R::kw_escalate | R::kw_every | R::kw_for | R::kw_from | R::kw_guard | R::kw_http |
        R::kw_idempotent | R::kw_in | R::kw_keys | R::kw_kubernetes | R::kw_limit | R::kw_metric |
        R::kw_most | R::kw_on | R::kw_per | R::kw_POST | R::kw_prometheus | R::kw_require | R::kw_risk |
        R::kw_severity | R::kw_stale | R::kw_step | R::kw_then | R::kw_timeout | R::kw_try | R::kw_when |
        R::kw_where | R::kw_withheld => Words::Keyword(keyword(rule)),
        // Rules that always fail at a rule inside them, and rules for the compiler only.
        R::WHITESPACE | R::COMMENT | R::line | R::byte_order_mark | R::file | R::unknown_item | R::bounds |
        R::entity_body | R::bad_field | R::signal_body | R::prometheus | R::metric | R::every | R::stale |
        R::at_most | R::bad_signal_statement | R::signal_start | R::detector_body | R::when | R::for_ |
        R::clear | R::severity | R::bad_detector_statement | R::detector_junk | R::detector_start |
        R::action_body | R::command | R::kubernetes | R::risk | R::timeout | R::idempotent |
        R::bad_action_statement | R::action_start | R::channel_body | R::http | R::bad_channel_statement |
        R::plan_body | R::require | R::step | R::bad_plan_statement | R::plan_start | R::policy_body | R::on
        | R::where_ | R::rung | R::escalate | R::bad_policy_statement | R::policy_start | R::guard |
        R::guard_body | R::limit | R::cooldown | R::per | R::approval | R::approval_when |
        R::approval_timeout | R::approval_else | R::withheld | R::bad_guard_statement | R::guard_start |
        R::field_start | R::by | R::operands | R::argument_name | R::digits | R::exponent | R::time |
        R::double | R::single | R::raw | R::double_plain | R::single_plain | R::raw_plain |
        R::ident_start | R::ident_char | R::item_start | R::item_word | R::blank | R::statement_start |
        R::strong_word | R::weak_word | R::other_word | R::strong_follow | R::weak_follow | R::quote |
        R::gap | R::token | R::braces | R::bad_first | R::bad_open | R::unclosed |
        R::strict_entity_head | R::strict_signal_head | R::strict_detector_head | R::strict_action_head |
        R::strict_channel_head | R::strict_plan_head | R::strict_policy_head | R::strict_guard_head |
        R::strict_items | R::strict_fields | R::strict_signal_statements | R::strict_detector_statements |
        R::strict_action_statements | R::strict_channel_statements | R::strict_plan_statements |
        R::strict_policy_statements | R::strict_guard_statements | R::tokens | R::any_word | R::any_other |
        R::EOI => Words::None,
    }
}

/// The keyword of a rule that is called after it.
fn keyword(rule: Rule) -> String {
    format!("{rule:?}").trim_start_matches("kw_").to_owned()
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

/// The blocks: their statements up to the brace, one of them, and their name.
const BLOCKS: &[(Rule, Rule, &str)] = &[
    (Rule::strict_fields, Rule::field, "entity"),
    (Rule::strict_signal_statements, Rule::signal_statement, "signal"),
    (Rule::strict_detector_statements, Rule::detector_statement, "detector"),
    (Rule::strict_action_statements, Rule::action_statement, "action"),
    (Rule::strict_channel_statements, Rule::channel_statement, "channel"),
    (Rule::strict_plan_statements, Rule::plan_statement, "plan"),
    (Rule::strict_policy_statements, Rule::policy_statement, "policy"),
    (Rule::strict_guard_statements, Rule::guard_statement, "guard"),
];
