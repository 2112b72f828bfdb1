//! `heal doc`: what the standard library offers, offline.

use heal_diagnostics::nearest;
use heal_driver::{LibraryModule, library_modules};

use crate::{
    arguments::DocArguments,
    output::{Done, Exit, Failure, write_result},
};

pub(crate) fn run(arguments: &DocArguments) -> Done {
    let text = match &arguments.name {
        None => library_modules()
            .map(|module| format!("std.{:<14}{}\n", module.name(), module.documentation()))
            .collect(),
        Some(name) => page(name).map_err(Failure)?,
    };
    write_result(&text)?;
    Ok(Exit::Nothing)
}

/// `std.slo`, `slo` or `std::slo` with all its items, or one of them: `std.slo.burn_rate`.
fn page(name: &str) -> Result<String, String> {
    let name = name.replace("::", ".").replace('/', ".");
    let name = name.strip_prefix("std.").unwrap_or(&name);
    let (module_name, item_name) =
        name.split_once('.').map_or((name, None), |(module, item)| (module, Some(item)));
    let Some(module) = library_modules().find(|module| module.name() == module_name) else {
        let near = nearest(module_name, library_modules().map(|module| module.name()));
        let near = near.map_or_else(
            || "`heal doc` lists all of them".to_owned(),
            |near| format!("did you mean `std.{near}`?"),
        );
        return Err(format!("the standard library has no module `{module_name}`; {near}"));
    };
    let items = module.items();
    let Some(item_name) = item_name else { return Ok(of_module(module, &items)) };
    match items.iter().find(|(name, _)| name == item_name) {
        Some((_, text)) => Ok(format!("{text}\n")),
        None => {
            let names: Vec<&str> = items.iter().map(|(name, _)| name.as_str()).collect();
            Err(format!("`std.{module_name}` has no `{item_name}`; it has {}", names.join(", ")))
        }
    }
}

fn of_module(module: LibraryModule, items: &[(String, String)]) -> String {
    let head = format!("// {}\n\nuse std.{}\n", module.documentation(), module.name());
    let items = items.iter().map(|(_, text)| format!("\n{text}\n"));
    std::iter::once(head).chain(items).collect()
}
