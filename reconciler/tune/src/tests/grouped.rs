//! What is tuned on groups of policies is what is tuned on whole programs.

use heal_driver::TuneCost;
use heal_simulator::Options;
use proptest::prelude::*;

use super::made::{POLICY, latency, recording, revision};
use crate::{
    Cost, Request, Tuning,
    bench::{Bench, Kept},
    tune::tune_on,
};

/// Policies that nothing ties to the one that is tuned, and one that is tied to it by a shared guard.
const BESIDE: &str = "
signal other: duration in ms by (service) { from metric \"latency\" every 5m }
detector crawling { when other > 90ms for 5m }
policy tell_it { on crawling try escalate notify.page(\"x\") guard { limit 2 per 1h } }
";
const TIED: &str = "
guard shared few { limit 3 per 1d }
policy too { on slow try restart then escalate notify.page(\"y\") guard { shared few limit 9 per 1d } }
";
const VERIFIED: &str = "step restart = service.restart(service) verify latency[service] < budget within 10m";

fn tuned(text: &str, incidents: i64, cost: Cost, is_whole: bool) -> Tuning {
    let (revision, recording) = (revision(text), recording(&latency(incidents, 80.0), incidents));
    let request = Request {
        revision: &revision,
        recording: &recording,
        environment: None,
        params: &[],
        cost,
        cost_from: Cost::settled(&TuneCost::default(), &TuneCost::default()).1,
        folds_max: 5,
        budget: 30,
    };
    let kept = Kept::before(None);
    let inner = Options { cache: Some(&kept), ..Options::default() };
    let mut bench = Bench::new(&recording, None, inner);
    bench.is_whole = is_whole;
    tune_on(bench, &kept, &request, &Options::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn groups_tune_what_whole_programs_tune(
        beside in any::<bool>(),
        tied in any::<bool>(),
        verified in any::<bool>(),
        incidents in 3_i64..7,
        (missed, false_alarm, action) in (0.0_f64..300.0, 0.0_f64..300.0, 1.0_f64..30.0),
    ) {
        let mut text = POLICY.to_owned();
        if verified {
            text = text.replace("step restart = service.restart(service)", VERIFIED);
        }
        if beside {
            text.push_str(BESIDE);
        }
        if tied {
            text.push_str(TIED);
        }
        let cost = Cost { missed, false_alarm, action, minute: 1.0 };
        let [groups, whole] = [false, true].map(|is_whole| tuned(&text, incidents, cost, is_whole));
        prop_assert_eq!(groups.to_json().unwrap(), whole.to_json().unwrap(), "{}", text);
        prop_assert!(groups.simulations > 2, "{:?}", groups.refused);
    }
}
