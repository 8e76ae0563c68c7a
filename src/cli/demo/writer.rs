//! An agent with a pen: whom he meets in his villages, and what they wish.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::Calendar;
use super::dice::Dice;
use super::office::{Group, Home};
use super::people::People;
use super::slips::{Body, Desk, Law, Slip, Wish, rest_of_year};
use crate::cli::Failure;
use crate::clock;
use crate::domain::{MemberGroup, Method, Month, Relation, ResultForm, Sex, SupportGroup, vn_day};
use crate::sync::wire::{HouseholdHead, MemberBody, PersonBody, ReceiptBody};

/// Where people of Bố Trạch first go when they are ill.
const FACILITIES: [&str; 4] = ["44001", "44005", "44101", "44112"];

const METHODS: [(u32, Method); 6] = [
    (10, Method::Monthly),
    (30, Method::Quarterly),
    (25, Method::HalfYearly),
    (25, Method::Yearly),
    (6, Method::Ahead),
    (4, Method::Missing),
];

const SUPPORT: [(u32, Option<SupportGroup>); 5] = [
    (6, Some(SupportGroup::Poor)),
    (14, Some(SupportGroup::NearPoor)),
    (5, Some(SupportGroup::EthnicMinority)),
    (72, Some(SupportGroup::Other)),
    (3, None),
];

const GROUNDS: [(u32, MemberGroup); 3] =
    [(78, MemberGroup::Household), (14, MemberGroup::NearPoor), (8, MemberGroup::AgriAverage)];

const SIZES: [(u32, usize); 5] = [(20, 1), (26, 2), (22, 3), (20, 4), (12, 5)];

/// One agent, one receipt book.
pub(super) struct Writer<'a> {
    pub law: Law,
    pub calendar: &'a Calendar,
    pub group: &'a Group,
    pub people: People,
    pub dice: Dice,
    pub book: String,
    pub receipts: u32,
}

impl Writer<'_> {
    /// What he writes today, in order, for so many people, the first `late` of whom paid last month
    /// too and whose slips of then never left the phone.
    pub fn write(&mut self, people: usize, late: usize) -> Result<Vec<Slip>, Failure> {
        let mut slips = Vec::new();
        let mut done = 0;
        for _ in 0..late.min(people) {
            let (before, again) = self.renewal(done, people)?;
            slips.insert(done, before);
            slips.push(again);
            done += 1;
        }
        while done < people {
            let at = self.calendar.moment(done, people);
            let body = if self.dice.chance(50) {
                self.voluntary(at)?
            } else {
                let most = people - done;
                let size = self.dice.weigh(&SIZES).min(most);
                self.household(at, size)?
            };
            done += usize::try_from(body.persons()).unwrap_or(1);
            slips.push(slip(body, at));
        }
        Ok(slips)
    }

    pub fn desk(&mut self, at: DateTime<Utc>, home: &Home) -> Desk {
        self.receipts += 1;
        let paid_on = vn_day(at);
        Desk {
            paid_on,
            village_id: home.village_id,
            drive_id: (paid_on == self.calendar.day).then_some(self.group.drive_id),
            at,
            receipt: ReceiptBody {
                book: self.book.clone(),
                number: format!("{:07}", self.receipts),
            },
        }
    }

    /// Most come from the commune of the drive.
    fn home(&mut self) -> Home {
        let homes = &self.group.homes;
        let near = if self.dice.chance(75) { homes.len().min(2) } else { homes.len() };
        let at = self.dice.throw(near);
        homes.get(at).cloned().unwrap_or_else(|| Home {
            area_code: String::new(),
            village_id: crate::domain::Id::NIL,
            village: String::new(),
        })
    }

    fn grown_up(&mut self, home: &Home) -> PersonBody {
        let (sex, family) = (self.people.sex(), self.people.family_name());
        self.people.born(family, sex, 18..=56, home)
    }

    fn voluntary(&mut self, at: DateTime<Utc>) -> Result<Body, Failure> {
        let home = self.home();
        let person = self.grown_up(&home);
        let desk = self.desk(at, &home);
        let month = Month::of(desk.paid_on);
        let method = self.dice.weigh(&METHODS);
        let (months, from_month) = match method {
            Method::Ahead => (Some(12 * self.dice.between(2, 3)), month),
            Method::Missing => {
                let months = self.dice.between(2, 24);
                (Some(months), month.plus(-months.cast_signed()))
            }
            _ => (None, month),
        };
        let steps_above = self.dice.pick(&[0, 0, 0, 0, 2, 5, 10, 20, 40]);
        let support_group = self.dice.weigh(&SUPPORT);
        let wish = Wish { method, months, from_month, steps_above, support_group };
        self.law.voluntary(&desk, person, &wish)
    }

    /// A month paid last month, and the quarter that follows on it paid today.
    fn renewal(&mut self, done: usize, people: usize) -> Result<(Slip, Slip), Failure> {
        let home = self.home();
        let person = self.grown_up(&home);
        let support_group = Some(SupportGroup::Other);
        let (then, now) = (self.calendar.last_month(), self.calendar.moment(done, people));
        let mut pay = |at, method| {
            let desk = self.desk(at, &home);
            let from_month = Month::of(desk.paid_on);
            let wish = Wish { method, months: None, from_month, steps_above: 0, support_group };
            Ok::<Slip, Failure>(slip(self.law.voluntary(&desk, person.clone(), &wish)?, at))
        };
        let before = pay(then, Method::Monthly)?;
        let again = pay(now, Method::Quarterly)?;
        Ok((Slip { shared: true, ..before }, Slip { shared: true, ..again }))
    }

    fn household(&mut self, at: DateTime<Utc>, size: usize) -> Result<Body, Failure> {
        let home = self.home();
        let desk = self.desk(at, &home);
        let ground = self.dice.weigh(&GROUNDS);
        let months = match ground {
            MemberGroup::Household => self.dice.weigh(&[(80, 12), (15, 6), (5, 3)]),
            _ => rest_of_year(desk.paid_on),
        };
        let ends_in = i64::from(self.dice.between(0, 75)) - 60;
        let previous = desk.paid_on.checked_add_signed(TimeDelta::days(ends_in));
        let previous = previous.filter(|_| self.dice.chance(25));
        let (family, other_family) = (self.people.family_name(), self.people.family_name());
        let head = if self.dice.chance(65) { Sex::Male } else { Sex::Female };
        let spouse = if head == Sex::Male { Sex::Female } else { Sex::Male };
        let mut members = Vec::new();
        for n in 0..size {
            let (relation, sex, family, ages): (_, _, _, RangeInclusive<u32>) = match n {
                0 => (Relation::Head, head, family, 40..=64),
                1 => (Relation::Spouse, spouse, other_family, 40..=62),
                4 => (Relation::Parent, self.people.sex(), family, 66..=84),
                _ => (Relation::Child, self.people.sex(), family, 18..=26),
            };
            members.push(MemberBody {
                person: self.people.born(family, sex, ages, &home),
                relation: relation.as_str().to_owned(),
                group: ground.as_str().to_owned(),
                months: i64::from(months),
                facility_code: self.dice.pick(&FACILITIES).to_owned(),
                previous_valid_to: previous.map(|day| day.to_string()),
                result_form: ResultForm::Electronic.as_str().to_owned(),
            });
        }
        let household = HouseholdHead {
            id: clock::new_id(),
            code: None,
            head_name: members.first().map(|it| it.person.full_name.clone()).unwrap_or_default(),
            area_code: home.area_code,
            address: home.village,
            phone: None,
        };
        self.law.household(&desk, household, members)
    }
}

pub(super) fn slip(body: Body, captured_at: DateTime<Utc>) -> Slip {
    Slip { id: clock::new_id(), body, captured_at, shared: false }
}
