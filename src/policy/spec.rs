//! Which tables there are, and what each must fulfil.

/// How far a table must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// From its first day on, for ever: the law has no hole there.
    Always,
    /// As long as there are rows, without a hole, each row within one calendar year: what was published
    /// for a year says nothing of the next. A row `unknown` fills a year openly.
    YearByYear,
    /// Holes are lawful.
    Loose,
}

/// One table: its name is that of its file and of its place in the API.
#[derive(Debug)]
pub(super) struct Spec {
    pub name: &'static str,
    /// Columns that say which value this is.
    pub keys: &'static [&'static str],
    /// Columns of the value; the first is the one named to people.
    pub values: &'static [&'static str],
    pub cover: Cover,
    /// The rows that come with the program.
    pub csv: &'static str,
}

/// Columns that end every table.
pub(super) const DATED: [&str; 4] = ["effective_from", "effective_to", "document", "confidence"];

/// What a cell says when something was decided that we do not know.
pub(super) const UNKNOWN: &str = "unknown";

macro_rules! spec {
    ($name:literal, $keys:expr, $values:expr, $cover:ident) => {
        Spec {
            name: $name,
            keys: &$keys,
            values: &$values,
            cover: Cover::$cover,
            csv: include_str!(concat!("../../data/rules/", $name, ".csv")),
        }
    };
}

pub(super) static SPECS: [Spec; 14] = [
    spec!("rates", ["rate"], ["value", "unit"], Always),
    spec!("base_salary", [], ["amount"], Always),
    spec!("poverty_line_rural", [], ["amount"], Always),
    spec!("vsi_methods", ["method"], ["months", "deadline_months"], Always),
    spec!("vsi_invest_rate_month", [], ["percent"], YearByYear),
    spec!("vsi_catch_up", [], ["months_late_max"], Loose),
    spec!("vsi_state_support", ["group"], ["percent"], Always),
    spec!("local_support", ["scheme", "area_code", "group"], ["percent"], Loose),
    spec!("bhyt_household_condition", [], ["rank_scope"], Always),
    spec!("bhyt_household_rates", ["rank_from"], ["percent"], Always),
    spec!("bhyt_state_support", ["group"], ["percent", "card_prefix"], Always),
    spec!("bhyt_months", ["group"], ["months"], Always),
    spec!("bhyt_card_validity", [], ["gap_limit", "gap_unit", "wait_days"], Always),
    spec!("bhyt_card_benefit", ["prefix"], ["digit", "benefit_percent"], Always),
];
