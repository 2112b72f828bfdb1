//! What the standard library offers: its modules, and of each the heads of its public items with what is said of them.

use heal_diagnostics::FileId;
use heal_syntax::{
    find_bracket, parse,
    tree::{Item, ItemKind, Spanned},
};

use crate::standard_library::{MODULES, StandardModule};

/// A module of the standard library.
#[derive(Clone, Copy, Debug)]
pub struct LibraryModule {
    module: &'static StandardModule,
}

/// All of them, by name.
pub fn library_modules() -> impl Iterator<Item = LibraryModule> {
    MODULES.iter().map(|module| LibraryModule { module })
}

impl LibraryModule {
    /// Its name after `std.`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.module.name
    }

    /// What is said of it.
    #[must_use]
    pub fn documentation(&self) -> String {
        let (tree, _) = parse(FileId::default(), self.module.text);
        tree.documentation.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }

    /// Its public items as they are written down, without what only they themselves need to know: each by its name.
    #[must_use]
    pub fn items(&self) -> Vec<(String, String)> {
        let (tree, _) = parse(FileId::default(), self.module.text);
        let public = tree.items.iter().filter(|item| item.value.public);
        public.filter_map(|item| Some((item.value.kind.name()?.value.clone(), self.written(item)))).collect()
    }

    fn written(&self, item: &Spanned<Item>) -> String {
        let (start, end) = (item.range.start as usize, self.shown_end(item));
        let head = self.module.text.get(start..end).unwrap_or("").trim_end();
        let lines = item.value.documentation.iter().map(|line| format!("/// {line}").trim_end().to_owned());
        lines.chain([head.to_owned()]).collect::<Vec<_>>().join("\n")
    }

    /// Where what others need to know of an item ends: of an entity its fields are, of an action its body is not.
    fn shown_end(&self, item: &Spanned<Item>) -> usize {
        let text = self.module.text;
        let (start, end) = (item.range.start, item.range.end as usize);
        let until = |at: Option<u32>| at.map_or(end, |at| (at as usize).min(end));
        match &item.value.kind {
            ItemKind::Detector(_)
            | ItemKind::Action(_)
            | ItemKind::Channel(_)
            | ItemKind::Plan(_)
            | ItemKind::Policy(_) => until(find_bracket(text, '{', start)),
            ItemKind::Function(function) => {
                let value = text.get(..function.value.range.start as usize).unwrap_or("").trim_end();
                value.strip_suffix('=').map_or(end, |head| head.trim_end().len())
            }
            ItemKind::Use(_)
            | ItemKind::Param(_)
            | ItemKind::Let(_)
            | ItemKind::Entity(_)
            | ItemKind::Signal(_)
            | ItemKind::Event(_)
            | ItemKind::Source(_)
            | ItemKind::Topology(_)
            | ItemKind::SharedGuard(_)
            | ItemKind::Instance(_)
            | ItemKind::Test(_) => end,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_item_is_shown_with_what_its_users_need_to_know() {
        let module = library_modules().find(|it| it.name() == "slo").unwrap();
        let items = module.items();
        let shown = |name: &str| &items.iter().find(|(it, _)| it == name).unwrap().1;
        let burn = "/// The share of requests that fail, over the share that may fail: 1 spends the budget exactly at the end of its period.
pub fn burn(
  errors: counter count by K,
  requests: counter count by K,
  objective: ratio,
  window: duration,
)";
        assert_eq!(shown("burn"), burn);
        let slow = "/// Spends 10 % of a 30 days' budget in three days: for office hours.
pub detector slow_burn(errors: counter count by K, requests: counter count by K, objective: ratio)";
        assert_eq!(shown("slow_burn"), slow);
    }

    #[test]
    fn every_module_and_each_of_its_items_is_documented() {
        for module in library_modules() {
            assert!(module.documentation().ends_with('.'), "{}", module.name());
            let items = module.items();
            assert!(!items.is_empty(), "{}", module.name());
            for (name, text) in items {
                assert!(text.starts_with("/// ") && text.contains(&format!(" {name}")), "{text}");
            }
        }
    }
}
