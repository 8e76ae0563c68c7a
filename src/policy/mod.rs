//! The law: dated tables, and the amounts, days and ages that follow from
//! them. Pure: the same terms and the same tables give the same answer, and
//! every answer names the rows it used.

/// Prefix, benefit digit and long number of health cards.
pub mod card_number;
/// From cells of text to keys and values.
mod cells;
/// Health insurance: five years without a break.
pub mod continuity;
/// Exact decimals and the one rounding at the end.
mod decimal;
/// Who may join at all.
pub mod eligibility;
/// What is wrong with a table.
pub mod fault;
/// What a household pays for health insurance.
pub mod household;
/// How an amount came about.
pub mod line;
/// Supports of provinces and districts on top of the State's.
mod local;
/// Asking the tables for the row of a day.
mod lookup;
/// The months a method or a group allows.
mod months;
/// Who may do what.
pub mod permissions;
/// A table as rows of text: reading, adding, checking for overlaps and holes.
mod raw;
/// What goes back when months are not used.
pub mod refund;
/// Why the law refuses.
pub mod refusal;
/// What a row of each table says.
mod rows;
/// The rows an answer used.
pub mod rule_use;
/// Which tables there are, and what each must fulfil.
mod spec;
/// All rule tables, read and checked.
pub mod tables;
/// A value that changes on certain days.
pub mod timeline;
/// First and last day of a health card.
pub mod validity;
/// What a person pays for voluntary insurance.
pub mod voluntary;

pub use fault::Fault;
pub use household::{HouseholdQuote, MemberQuote, MemberTerms};
pub use line::{Amounts, Line};
pub use raw::{AddedRow, RuleTable};
pub use refusal::{MemberRefusal, Refusal};
pub use rule_use::{RowName, RuleUse};
pub use tables::Rules;
pub use voluntary::{VoluntaryQuote, VoluntaryTerms};

#[cfg(test)]
mod added_rows_test;
#[cfg(test)]
mod any_row_test;
#[cfg(test)]
mod boundaries_test;
#[cfg(test)]
mod joining_test;
#[cfg(test)]
mod periods_test;
#[cfg(test)]
mod properties_test;
#[cfg(test)]
mod ranks_test;
#[cfg(test)]
mod refund_test;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod support_limit_test;
#[cfg(test)]
mod turning_days_test;
#[cfg(test)]
mod vectors_test;
