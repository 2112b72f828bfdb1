//! Items: what they are, and those without a body.

use heal_diagnostics::Code;
use pest::iterators::Pair;

use super::children::Children;
use super::documentation::line;
use super::grammar::Rule;
use super::reader::Reader;
use crate::tree::{
    Comment, Function, Instance, InstanceKind, Item, ItemKind, Let, Name, Param, Parameter, ParsedFile,
    Spanned, Topology, Use,
};

impl<'text> Reader<'text> {
    /// Reads an item into the tree; says whether it has a body in braces.
    pub(super) fn item(
        &mut self,
        pair: Pair<'text, Rule>,
        lines: Vec<Comment>,
        tree: &mut ParsedFile,
    ) -> bool {
        let place = self.range(&pair);
        let errors_before = self.error_count;
        (self.braces_lost, self.head_lost, self.parameters_lost) = (false, false, false);
        self.is_closed_early = false;
        let mut children = Children::of(pair);
        let public = children.one(Rule::kw_pub).is_some();
        let Some(inner) = children.next() else { return false };
        let rule = inner.as_rule();
        let kind = self.item_kind(inner);
        let is_line =
            matches!(rule, Rule::use_item | Rule::param | Rule::let_item | Rule::fn_item | Rule::topology);
        let has_body = !is_line && !matches!(kind, Some(ItemKind::Instance(_)));
        // With a broken head an item of which no more than the name is known would be taken for another.
        let is_known_by_name =
            matches!(rule, Rule::detector | Rule::policy | Rule::source | Rule::shared_guard | Rule::test)
                && !self.parameters_lost;
        if let Some(kind) = kind.filter(|_| is_known_by_name || !self.head_lost) {
            let incomplete = self.error_count > errors_before;
            let documentation = lines.iter().map(line).collect();
            let item = Item { documentation, public, incomplete, kind };
            tree.items.push(Spanned { value: item, range: place });
        } else {
            self.unreadable(errors_before, place);
            self.note_unread(place);
            tree.comments.extend(lines);
        }
        has_body
    }

    fn item_kind(&mut self, pair: Pair<'text, Rule>) -> Option<ItemKind> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "an item is one of a few rules out of all")]
        match pair.as_rule() {
            Rule::use_item => self.use_item(pair).map(ItemKind::Use),
            Rule::param => self.param(pair).map(ItemKind::Param),
            Rule::let_item => self.let_item(pair).map(ItemKind::Let),
            Rule::fn_item => self.function(pair).map(ItemKind::Function),
            Rule::topology => self.topology(pair).map(ItemKind::Topology),
            Rule::entity => self.entity(pair).map(ItemKind::Entity),
            Rule::signal => self.signal(pair).map(ItemKind::Signal),
            Rule::event => self.event(pair).map(ItemKind::Event),
            Rule::source => self.source(pair).map(ItemKind::Source),
            Rule::detector => self.detector(pair),
            Rule::action => self.action(pair).map(ItemKind::Action),
            Rule::channel => self.channel(pair).map(ItemKind::Channel),
            Rule::plan => self.plan(pair).map(ItemKind::Plan),
            Rule::policy => self.policy(pair),
            Rule::shared_guard => self.shared_guard(pair).map(ItemKind::SharedGuard),
            Rule::test => self.test(pair).map(ItemKind::Test),
            _ => None,
        }
    }

    fn use_item(&mut self, pair: Pair<'text, Rule>) -> Option<Use> {
        let mut children = Children::of(pair);
        let module = self.next_path(&mut children)?;
        let names = children.one(Rule::use_names).map(|names| self.names(Children::of(names)));
        Some(Use { module, names })
    }

    fn param(&mut self, pair: Pair<'text, Rule>) -> Option<Param> {
        let mut children = Children::of(pair);
        let name = self.next_name(&mut children)?;
        let type_ = self.next_type(&mut children)?;
        let range = match children.one(Rule::bounds) {
            Some(bounds) => {
                let mut inner = Children::of(bounds);
                Some((self.next_expression(&mut inner)?, self.next_expression(&mut inner)?))
            }
            None => None,
        };
        Some(Param { name, type_, range, value: self.next_expression(&mut children)? })
    }

    fn let_item(&mut self, pair: Pair<'text, Rule>) -> Option<Let> {
        let mut children = Children::of(pair);
        Some(Let { name: self.next_name(&mut children)?, value: self.next_expression(&mut children)? })
    }

    fn function(&mut self, pair: Pair<'text, Rule>) -> Option<Function> {
        let mut children = Children::of(pair);
        let name = self.next_name(&mut children)?;
        let parameters = self.parameters(children.one(Rule::parameters)?)?;
        Some(Function { name, parameters, value: self.next_expression(&mut children)? })
    }

    fn topology(&mut self, pair: Pair<'text, Rule>) -> Option<Topology> {
        let mut children = Children::of(pair);
        Some(Topology { from: self.next_name(&mut children)?, to: self.names(children) })
    }

    /// The rest of a detector or policy that is made from a template. `start` is where its head begins.
    pub(super) fn instance(
        &mut self,
        kind: InstanceKind,
        start: u32,
        head: Option<(Name, Option<Vec<Parameter>>)>,
        pair: Pair<'text, Rule>,
    ) -> Option<ItemKind> {
        if head.is_none() {
            let strict_head = match kind {
                InstanceKind::Detector => Rule::strict_detector_head,
                InstanceKind::Policy => Rule::strict_policy_head,
            };
            self.explain(strict_head, start, self.range(&pair));
        }
        let template = self.next_call(&mut Children::of(pair))?;
        let (name, parameters) = head?;
        if let Some(first) = parameters.and_then(|all| all.into_iter().next()) {
            let message =
                format!("`{}` is made from a template, and has no parameters of its own", name.value);
            self.error(Code::SYNTAX, first.name.range, message);
            return None;
        }
        Some(ItemKind::Instance(Instance { kind, name, template }))
    }
}
