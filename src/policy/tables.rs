//! All rule tables, read and checked before the first amount is computed.

use super::cells::{
    count, digit, dong, group_rule, known_percent, method_rule, monthly_percent, months, percent,
    percent_whole, prefix, rate, single, validity_rule, word,
};
use super::fault::Fault;
use super::local::{LocalKey, LocalSupport};
use super::months::Months;
use super::raw::{AddedRow, RawTable, RuleTable};
use super::rows::{GroupRule, MethodRule, RankScope, Rate, ValidityRule};
use super::rule_use::RuleUse;
use super::spec::{Cover, SPECS, Spec};
use super::timeline::{Keyed, Timeline};
use crate::domain::{Code, Dong, MemberGroup, Method, SupportGroup};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::sync::LazyLock;
use uuid::Uuid;

/// The tables of the law.
pub struct Rules {
    version: String,
    raw: Vec<RawTable>,
    pub(super) rates: Keyed<Rate, Decimal>,
    pub(super) base_salary: Timeline<Dong>,
    pub(super) poverty_line: Timeline<Dong>,
    pub(super) methods: Keyed<Method, MethodRule>,
    pub(super) invest_rate: Timeline<Option<Decimal>>,
    pub(super) catch_up: Timeline<u32>,
    pub(super) state_support: Keyed<SupportGroup, Decimal>,
    pub(super) local_support: LocalSupport,
    pub(super) rank_scope: Timeline<RankScope>,
    /// From which rank on, highest first.
    pub(super) rank_percent: Keyed<u32, u32>,
    pub(super) groups: Keyed<MemberGroup, GroupRule>,
    pub(super) group_months: Keyed<MemberGroup, Months>,
    pub(super) validity: Timeline<ValidityRule>,
    pub(super) benefit: Keyed<String, u8>,
}

impl std::fmt::Debug for Rules {
    /// The version says it all; the rows would fill pages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rules").field(&self.version).finish()
    }
}

static EMBEDDED: LazyLock<Rules> = LazyLock::new(embedded);

#[allow(clippy::panic, reason = "start-up: damaged law must stop the program")]
fn embedded() -> Rules {
    Rules::load(&[]).unwrap_or_else(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        panic!("the embedded rule tables are not sound:\n{}", faults.join("\n"))
    })
}

impl Rules {
    /// The tables that come with the program.
    ///
    /// # Panics
    /// At the first call, when a table is damaged; a test reads them all.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The embedded tables and the rows an administrator added since, in the
    /// order in which they were added.
    ///
    /// An added row ends an open-ended row of the same key the day before, and
    /// takes the place of a row `unknown` on its days; over any other row it is an overlap.
    ///
    /// # Errors
    /// Every row that cannot be read, overlap, hole, unknown word and percent out of range, naming the rows.
    pub fn load(added: &[AddedRow]) -> Result<Self, Vec<Fault>> {
        let embedded = SPECS.iter().map(|spec| (spec, spec.csv));
        Self::from_texts(embedded, added)
    }

    pub(super) fn from_texts<'a>(
        texts: impl Iterator<Item = (&'static Spec, &'a str)>,
        added: &[AddedRow],
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut raw = Vec::with_capacity(SPECS.len());
        for (spec, csv) in texts {
            match RawTable::read(spec, csv) {
                Ok(table) => raw.push(table),
                Err(mut more) => faults.append(&mut more),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for row in added {
            let table = raw.iter_mut().find(|table| table.spec.name == row.table);
            let result = table.map_or_else(
                || Err(vec![Fault::new(&row.table, "", Code::NotFound, "no such table", &[])]),
                |table| table.add(&row.values),
            );
            faults.extend(result.err().into_iter().flatten());
        }
        for table in &raw {
            table.check(&mut faults);
        }
        let rules = Self::build(raw, &mut faults);
        match rules {
            Some(rules) if faults.is_empty() => Ok(rules),
            _ => Err(faults),
        }
    }

    fn build(raw: Vec<RawTable>, faults: &mut Vec<Fault>) -> Option<Self> {
        let at = |name: &str| raw.iter().find(|table| table.spec.name == name);
        let mut rank_percent = at("bhyt_household_rates")?.keyed(count, percent_whole, faults);
        rank_percent.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let rules = Self {
            version: String::new(),
            rates: Keyed::new(at("rates")?.keyed(word, rate, faults)),
            base_salary: single(at("base_salary")?, dong, faults)?,
            poverty_line: single(at("poverty_line_rural")?, dong, faults)?,
            methods: Keyed::new(at("vsi_methods")?.keyed(word, method_rule, faults)),
            invest_rate: single(at("vsi_invest_rate_month")?, monthly_percent, faults)?,
            catch_up: single(at("vsi_catch_up")?, count, faults)?,
            state_support: Keyed::new(at("vsi_state_support")?.keyed(word, percent, faults)),
            local_support: LocalSupport::new(at("local_support")?.keyed(
                LocalKey::read,
                known_percent,
                faults,
            )),
            rank_scope: single(at("bhyt_household_condition")?, word, faults)?,
            rank_percent: Keyed::new(rank_percent),
            groups: Keyed::new(at("bhyt_state_support")?.keyed(word, group_rule, faults)),
            group_months: Keyed::new(at("bhyt_months")?.keyed(word, months, faults)),
            validity: single(at("bhyt_card_validity")?, validity_rule, faults)?,
            benefit: Keyed::new(at("bhyt_card_benefit")?.keyed(prefix, digit, faults)),
            raw,
        };
        rules.check_words(faults);
        Some(Self { version: rules.fingerprint(), ..rules })
    }

    /// Every word that the code asks for must have a row.
    fn check_words(&self, faults: &mut Vec<Fault>) {
        let mut missing = |table: &str, word: &str| {
            faults.push(Fault::new(table, "", Code::Required, "no row for", &[&word]));
        };
        for rate in Rate::ALL.iter().filter(|rate| !self.rates.has(rate)) {
            missing("rates", rate.as_str());
        }
        for method in Method::ALL.iter().filter(|word| !self.methods.has(word)) {
            missing("vsi_methods", method.as_str());
        }
        for group in MemberGroup::ALL {
            if !self.groups.has(group) {
                missing("bhyt_state_support", group.as_str());
            }
            if !self.group_months.has(group) {
                missing("bhyt_months", group.as_str());
            }
        }
        if !self.rank_percent.has(&1) {
            missing("bhyt_household_rates", "1");
        }
    }

    fn fingerprint(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        for table in self.tables() {
            text.push_str(table.table);
            for row in table.rows {
                text.push('\n');
                text.push_str(&row.join("\u{1f}"));
            }
            text.push('\n');
        }
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
        id.simple().to_string().split_off(16)
    }

    /// Whether there is a table of this name.
    #[must_use]
    pub fn has_table(name: &str) -> bool {
        SPECS.iter().any(|spec| spec.name == name)
    }

    /// A short name of these tables; equal tables have equal names, on every machine.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The row behind a name as enrollments keep it (see [`RuleUse`]), `None` when no table says so any
    /// more.
    #[must_use]
    pub fn row_named(&self, name: &str) -> Option<RuleUse> {
        let table = name.split(['/', '@']).next()?;
        let table = self.raw.iter().find(|it| it.spec.name == table)?;
        table.uses().find(|row| row.to_string() == name)
    }

    /// The tables for reading, with all rows now in force or to come.
    pub fn tables(&self) -> impl Iterator<Item = RuleTable> {
        self.raw.iter().map(RawTable::listing)
    }

    /// Tables published for a year at a time that say nothing of this day: the notice has not come.
    #[must_use]
    pub fn silent_on(&self, day: NaiveDate) -> Vec<&'static str> {
        let silent = |table: &&RawTable| {
            table.spec.cover == Cover::YearByYear
                && !table.rows.iter().any(|row| table.tells(row, day))
        };
        self.raw.iter().filter(silent).map(|table| table.spec.name).collect()
    }
}

#[cfg(test)]
#[path = "tables_test.rs"]
mod tests;
