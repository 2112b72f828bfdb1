//! Secrets: named where they are used, found elsewhere, and never part of a program.

use heal_diagnostics::{Code, Diagnostic};
use heal_expr::with_nearest;
use heal_program::{Secret, SecretStore};
use heal_syntax::tree::{self, Name, Spanned};

use crate::{check::Checker, item::Item};

impl<'a> Checker<'a> {
    /// The secrets of an item; `None` when something is wrong with one of them.
    pub(crate) fn secrets(&mut self, item: &Item<'a>, written: &[&tree::Secret]) -> Option<Vec<Secret>> {
        let names: Vec<Name> = written.iter().map(|secret| secret.name.clone()).collect();
        let all_distinct = self.distinct(item, &names, "secret").len() == names.len();
        let secrets: Vec<Option<Secret>> = written.iter().map(|secret| self.secret(item, secret)).collect();
        let secrets: Option<Vec<Secret>> = secrets.into_iter().collect();
        secrets.filter(|_| all_distinct)
    }

    fn secret(&mut self, item: &Item<'a>, secret: &tree::Secret) -> Option<Secret> {
        let stores = [("env", SecretStore::Env), ("file", SecretStore::File)];
        let store = self.word(item, &secret.store, "store", &stores)?;
        let reference = &secret.reference;
        let fits = match store {
            SecretStore::Env => {
                !reference.value.is_empty()
                    && !reference.value.starts_with(|first: char| first.is_ascii_digit())
                    && reference.value.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
            }
            SecretStore::File => !reference.value.trim().is_empty() && !reference.value.contains('\0'),
        };
        if fits {
            let (name, reference) = (secret.name.value.clone(), reference.value.clone());
            return Some(Secret { name, store, reference });
        }
        let what = match store {
            SecretStore::Env => "name of an environment variable",
            SecretStore::File => "path of a file",
        };
        // The text is not repeated: a person may have written the secret itself.
        let message = format!("this is no {what}");
        let diagnostic = Diagnostic::error(Code::BAD_LITERAL, item.unit.file, reference.range, message)
            .with_help("the secret itself stands in no file of a package: write where it is found");
        self.diagnostics.push(diagnostic);
        None
    }

    /// The secret that is meant, by its name in the item.
    pub(crate) fn secret_named<'n>(
        &mut self,
        item: &Item<'a>,
        name: &Name,
        known: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<String> {
        if known.clone().any(|it| it == name.value) {
            return Some(name.value.clone());
        }
        if item.tree.incomplete {
            return None;
        }
        let message = format!("`{}` has no secret `{}`", item.name.value, name.value);
        let diagnostic = Diagnostic::error(Code::UNKNOWN_NAME, item.unit.file, name.range, message);
        let diagnostic = with_nearest(diagnostic, &name.value, name.range, known);
        self.diagnostics.push(if diagnostic.help.is_empty() {
            diagnostic.with_help(format!("say where it is found: `secret {} = env(\"NAME\")`", name.value))
        } else {
            diagnostic
        });
        None
    }

    /// The name of a header, as HTTP allows it.
    pub(crate) fn header_name(&mut self, item: &Item<'a>, name: &Spanned<String>) -> Option<String> {
        let is_token = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
        if !name.value.is_empty() && name.value.chars().all(is_token) {
            return Some(name.value.clone());
        }
        let message = format!("`{}` is no name of a header", name.value);
        self.error(item, Code::BAD_LITERAL, name.range, message);
        None
    }
}
