//! A person as a record describes him or her, already parsed.

use super::birth::BirthDate;
use super::identity::{BhxhCode, Passport, PersonalId};
use super::name::PersonName;
use super::vocab::{CodeKind, Sex};

/// What may be the same person has the same key: today's commune, sex, year of birth, folded name.
#[must_use]
pub fn identity_key(name: &PersonName, sex: Sex, year: i32, commune_now: &str) -> String {
    let sex = match sex {
        Sex::Male => "m",
        Sex::Female => "f",
    };
    format!("{commune_now}|{sex}|{year}|{}", name.folded())
}

/// What the papers at the kitchen table say about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Mã số BHXH, when the person has one already.
    pub bhxh_code: Option<BhxhCode>,
    /// Số định danh cá nhân.
    pub personal_id: Option<PersonalId>,
    /// Passport, of those without a personal id.
    pub passport: Option<Passport>,
    /// Full name.
    pub name: PersonName,
    /// Birth date as far as known.
    pub birth: BirthDate,
    /// Declared sex.
    pub sex: Sex,
    /// Ethnic origin: sensitive personal data.
    pub ethnicity: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Code of the commune, of its day.
    pub area_code: String,
    /// Village, street, house.
    pub address: String,
}

impl Person {
    /// The codes given, each with its kind and the name of its field.
    pub fn codes(&self) -> impl Iterator<Item = (CodeKind, &'static str, &str)> {
        let bhxh = self.bhxh_code.as_ref().map(|it| (CodeKind::Bhxh, "bhxh_code", it.as_str()));
        let personal =
            self.personal_id.as_ref().map(|it| (CodeKind::PersonalId, "personal_id", it.as_str()));
        let passport =
            self.passport.as_ref().map(|it| (CodeKind::Passport, "passport", it.as_str()));
        [bhxh, personal, passport].into_iter().flatten()
    }

    /// Whether the personal id, if any, contradicts the declared sex or birth year: warn, never block.
    #[must_use]
    pub fn personal_id_differs(&self) -> bool {
        self.personal_id
            .as_ref()
            .is_some_and(|id| id.declared_sex() != self.sex || id.birth_year() != self.birth.year())
    }
}
