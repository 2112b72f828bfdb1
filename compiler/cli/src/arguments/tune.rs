//! The arguments of `heal tune`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use heal_diagnostics::nearest;
use heal_driver::TuneCost;
use heal_tune::{FOLDS_MAX, FOLDS_MIN};

use super::SimulationArguments;

/// What may be said to cost something.
const COSTS: [&str; 4] = ["missed", "false_alarm", "action", "minute"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TuneFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct TuneArguments {
    /// The package
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Folder of the recording, with labelled incidents; else the default of `heal.toml`
    #[arg(long, value_name = "DIR")]
    pub(crate) recording: Option<PathBuf>,
    /// An environment of `heal.toml`, whose recording is used in place of the default
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Tune only these params; else all that have a range and that the recording can judge
    #[arg(long = "param", value_name = "NAME", value_delimiter = ',')]
    pub(crate) params: Vec<String>,
    /// What things cost, `missed=240,false_alarm=30,action=5,minute=1` unless it or `[tune.cost]` of `heal.toml` says
    /// otherwise
    #[arg(long, value_name = "COSTS", value_parser = cost)]
    pub(crate) cost: Option<TuneCost>,
    /// At most so many blocks of time: values found on the first ones are judged by the next
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = folds)]
    pub(crate) folds: usize,
    /// At most so many simulations to search by; the impact of each proposal takes two more
    #[arg(long, value_name = "COUNT", default_value_t = 400, value_parser = budget)]
    pub(crate) budget: usize,
    /// How to print proposals; JSON: `docs/schema/tune.v1.json`
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TuneFormat,
    #[command(flatten)]
    pub(crate) simulation: SimulationArguments,
}

/// `missed=240,false_alarm=30`
fn cost(text: &str) -> Result<TuneCost, String> {
    let mut cost = TuneCost::default();
    for part in text.split(',') {
        let wrong = || "costs are written `missed=240,false_alarm=30,action=5,minute=1`".to_owned();
        let (name, number) = part.split_once('=').ok_or_else(wrong)?;
        let name = name.trim();
        let place = match name {
            "missed" => &mut cost.missed,
            "false_alarm" => &mut cost.false_alarm,
            "action" => &mut cost.action,
            "minute" => &mut cost.minute,
            other => {
                let near = nearest(other, COSTS).map(|near| format!(": did you mean `{near}`?"));
                let near = near.unwrap_or_else(|| format!("; costs are {}", COSTS.join(", ")));
                return Err(format!("nothing is called `{other}`{near}"));
            }
        };
        let number: f64 = number.trim().parse().map_err(|_| format!("`{number}` is no number"))?;
        if number > TuneCost::MAX {
            return Err(format!("`{name}` costs at most {:e}", TuneCost::MAX));
        }
        if number.is_nan() || number < 0.0 {
            return Err(format!("`{name}` costs a number that is not negative"));
        }
        if place.replace(number).is_some() {
            return Err(format!("`{name}` stands twice"));
        }
    }
    Ok(cost)
}

fn folds(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (FOLDS_MIN..=FOLDS_MAX).contains(count));
    count.ok_or_else(|| {
        format!("blocks of time are from {FOLDS_MIN}, one to learn from and two to judge, to {FOLDS_MAX}")
    })
}

fn budget(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count >= 2);
    count.ok_or_else(|| "a budget is at least 2 simulations: the present values and others".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read_by_name_and_what_is_wrong_is_said() {
        let read = TuneCost { missed: Some(100.0), minute: Some(0.5), ..TuneCost::default() };
        assert_eq!(cost("missed=100, minute=0.5"), Ok(read));
        assert_eq!(cost("action=1e12").ok().and_then(|cost| cost.action), Some(TuneCost::MAX));
        for (text, said) in [
            ("", "costs are written `missed=240"),
            ("missed", "costs are written `missed=240"),
            ("misssed=1", "nothing is called `misssed`: did you mean `missed`?"),
            ("pages=1", "nothing is called `pages`; costs are missed, false_alarm, action, minute"),
            ("missed=much", "`much` is no number"),
            ("missed=-1", "`missed` costs a number that is not negative"),
            ("missed=nan", "`missed` costs a number that is not negative"),
            ("missed=1e308", "`missed` costs at most 1e12"),
            ("missed=inf", "`missed` costs at most 1e12"),
            ("missed=1,missed=2", "`missed` stands twice"),
        ] {
            let wrong = cost(text).err();
            assert!(wrong.as_ref().is_some_and(|wrong| wrong.starts_with(said)), "{text}: {wrong:?}");
        }
    }

    #[test]
    fn blocks_and_budgets_have_bounds() {
        assert_eq!((folds("3"), folds("20"), budget("2")), (Ok(3), Ok(20), Ok(2)));
        for text in ["2", "21", "", "x", "-1"] {
            assert!(folds(text).is_err(), "{text}");
        }
        for text in ["1", "0", "many"] {
            assert!(budget(text).is_err(), "{text}");
        }
    }
}
