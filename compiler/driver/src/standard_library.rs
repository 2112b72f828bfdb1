//! The standard library, which is written in Heal and travels inside the compiler.

/// A module: its name after `std.`, and its text.
#[derive(Debug)]
pub(crate) struct StandardModule {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

macro_rules! modules {
    ($($name:literal),* $(,)?) => {
        /// All modules, by name.
        pub(crate) const MODULES: &[StandardModule] = &[$(StandardModule {
            name: $name,
            text: include_str!(concat!("../../../stdlib/", $name, "/", $name, ".heal")),
        }),*];
    };
}

modules![
    "alertmanager",
    "argocd",
    "github",
    "golden",
    "k8s",
    "linux",
    "notify",
    "pagerduty",
    "service",
    "servicenow",
    "slo",
];
