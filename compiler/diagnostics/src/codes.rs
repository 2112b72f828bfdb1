//! The registry of codes. A code that a release has shown is never reused.
//!
//! `HEAL00xx` syntax, `HEAL01xx` names and modules, `HEAL02xx` types, units and keys, `HEAL03xx` plans and guards,
//! `HEAL04xx` the graph, `HEAL05xx` tests, `HEAL06xx` packages, `HEAL07xx` what is observed, `HEAL09xx` warnings.

use std::fmt;

/// A code such as `HEAL0203`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HEAL{:04}", self.0)
    }
}

/// A registered code.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// What kind of problem it is, in a few words.
    pub title: &'static str,
}

macro_rules! codes {
    ($($number:literal $name:ident $title:literal;)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Code = Code($number);)*
        }
        /// All codes, ascending.
        pub const CODES: &[CodeInfo] = &[$(CodeInfo { code: Code($number), title: $title }),*];
    };
}

codes! {
    1 SYNTAX "the text is not Heal";
    2 TOO_DEEP "an expression or a file is beyond a limit of the compiler";
    3 DUPLICATE_STATEMENT "a statement stands twice where it may stand once";
    4 MISSING_STATEMENT "an item lacks a statement that it needs";
    5 BAD_LITERAL "a literal has no meaning";
    6 BAD_MANIFEST "`heal.toml` cannot be read";
    101 UNKNOWN_NAME "a name is not in scope";
    102 DUPLICATE_NAME "a name is defined twice";
    103 UNKNOWN_MODULE "a module does not exist";
    104 PRIVATE_ITEM "an item is private to its package";
    105 WRONG_KIND "an item is of another kind than is needed here";
    201 TYPE_MISMATCH "two types do not go together";
    202 DIMENSION_MISMATCH "two quantities have different dimensions";
    203 MISSING_UNIT "a number needs a unit here";
    204 UNKNOWN_UNIT "a unit is not known";
    205 KEY_MISMATCH "the keys of two operands do not join";
    206 COUNTER_WITHOUT_RATE "a counter is read without `rate`";
    207 RATE_OF_GAUGE "`rate` reads something that is not a counter";
    208 UNKNOWN_FUNCTION "a function is not known";
    209 WRONG_ARGUMENTS "a call has the wrong arguments";
    210 UNKNOWN_FIELD "a field is not known";
    211 OUT_OF_RANGE "a value is outside its range";
    212 NOT_A_CONDITION "a condition is not true or false";
    213 UNBOUND_PARAMETER "a parameter cannot be bound";
    214 CONSTANT_CONDITION "a condition reads no telemetry";
    215 BAD_CALENDAR "a calendar cannot be read";
    216 TOO_COSTLY "an expression costs more than it may";
    301 UNBOUNDED_POLICY "a policy has no limit that bounds it";
    302 RISK_WITHOUT_APPROVAL "a high-risk plan has no approval";
    303 RISK_LOWERED "a risk is said to be lower than it is";
    304 EMPTY_LADDER "a policy tries nothing";
    305 STEP_ORDER "a step waits for one that does not come before it";
    306 NOT_IDEMPOTENT "an action is retried that is not idempotent";
    307 NOT_REACHED "nothing that a plan works on leads to a signal that it disturbs";
    308 NOTHING_TO_REVERT "a plan is reverted that nothing takes back";
    309 REPLACED_ENTITY "an entity is used after an action has replaced it";
    310 IDLE_GUARD "a guard counts what none of its policy's plans works on";
    311 CANARY_ORDER "the waves of a canary do not grow until they reach all";
    312 MISPLACED_STATEMENT "a statement does not belong to this item";
    401 CYCLE "definitions refer to each other in a circle";
    402 HEALING_LOOP "policies disturb what each other watches";
    403 OPPOSED_PLANS "one policy does what another takes back";
    404 SHADOWED_POLICY "another policy acts first on all that a policy acts on";
    405 NEVER_HAPPENS "a condition or a calendar leaves nothing";
    406 UNREACHABLE_RUNG "a ladder never comes to a rung";
    407 WINDOW_TOO_SHORT "a time is too short for what it waits for";
    408 WITHHELD_ALWAYS "a guard or plan rests on what nobody says";
    501 SERIES_NOTATION "what a test gives cannot be made into samples";
    502 INCOMPLETE_KEY "a test gives a key without all its fields";
    503 IDLE_EXPECTATION "an expectation could never be judged";
    601 BAD_LOCK "`heal.lock` cannot be read";
    602 MISSING_LOCK "there is no `heal.lock`";
    603 LOCK_MISMATCH "a package is not what was locked";
    604 MISSING_PACKAGE "a package cannot be found";
    701 BAD_PATTERN "a pattern is not a regular expression";
    702 MISSING_GROUP "a pattern has no group of this name";
    703 WRONG_READING "a source is not read in this way";
    704 SELF_DEPENDENCY "a service depends on itself";
    901 UNUSED_ITEM "an item is never used";
    902 UNIT_SUFFIX "a metric's name ends in another unit than its signal says";
    910 LOOK_ALIKE "a letter looks like another one";
    911 BIDIRECTIONAL "a character changes the order in which text is shown";
    912 INVISIBLE "a character is not seen";
    921 SHORT_WINDOW "a window holds too few samples";
    922 IMPOSSIBLE_THRESHOLD "a comparison comes out the same whatever the telemetry";
    923 FLAPPING "one sample starts a plan, and the next one ends the firing";
    924 IDLE_DETECTOR "nothing acts on a detector";
    925 NO_ESCALATION "a policy acts and never tells anyone";
    927 SLACK_LIMIT "a limit that the cooldown keeps out of reach";
    928 DUPLICATE_DETECTOR "two detectors are one";
    929 CLEAR_BEYOND_WHEN "`clear when` is true where the detector fires";
    930 STALE_BEFORE_NEXT "a sample is stale before the next one is there";
    931 REPEATED_DEPENDENCY "a dependency is written twice";
    932 TOPOLOGY_CYCLE "services depend on each other in a circle";
    933 UNREACHED_ENTITY "an action has nothing to do with an entity that it takes";
    934 UNVERIFIED_PLAN "nothing tells whether a plan helped";
    935 OVER_BEFORE_JUDGED "a firing is over before its plan can be judged";
    936 PAST_CALENDAR "a freeze is wholly in the past";
    940 WHOLE_DIVISION "a division of whole numbers drops its rest";
    941 LIKELY_PERCENT "a number is probably meant in per cent";
    950 SHELL_COMMAND "a command is a line for a shell";
    951 BLIND_CONDITION "a condition takes missing data for health";
    965 IMPATIENT_CANARY "a canary that goes well still tells people";
    966 TEXT_WITH_HOLES "a text has braces around a name, and is sent as it stands";
    980 AFFECTS_MORE "a plan says that it affects less than its actions do";
    981 IDLE_PLAN "a policy tries a plan that cannot heal what it is tried for";
    982 UNAFFECTED_VERIFY "a `verify` reads nothing that its plan affects";
    990 BAD_ALLOWANCE "an allowance is not written as it must be";
    991 EXPIRED_ALLOWANCE "an allowance has expired";
    992 IDLE_ALLOWANCE "an allowance is about nothing";
    994 DOUBLE_UNDO "a step is taken back twice";
    995 INLINE_SECRET "a secret is written out";
}
