//! The sides of a review beside each other: what the record says, and what it collides with. Codes are masked;
//! each look at a person is noted.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::domain::{CardState, CardType, CodeKind, Id, RecordKind};
use crate::http::dossiers::MaskedCode;
use crate::store::rows::{CardRow, EnrollmentRow, ReviewRow};
use crate::store::sides::{self, Said};
use crate::store::{self, Conn, Reach, dossier, entities, persons, restrictions};
use crate::sync::lookup::Found;
use crate::sync::wire::EnrollmentEntity;

/// One side.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Side {
    /// Null when what is on this side was taken outside of one's reach.
    #[schema(required)]
    record: Option<SideRecord>,
    /// As the record says, or as she is known; null for a household, whose members stand beside.
    #[schema(required)]
    person: Option<SidePerson>,
    /// The members that a household's record names.
    members: Vec<SideMember>,
    /// The enrollment that stands, or the newest one when none does.
    #[schema(required)]
    enrollment: Option<EnrollmentEntity>,
    #[schema(required)]
    card: Option<SideCard>,
}

/// Who took it, and when.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SideRecord {
    id: Id,
    rev: i64,
    kind: RecordKind,
    group_name: String,
    agent_name: String,
    captured_at: DateTime<Utc>,
    #[schema(required)]
    paid_on: Option<NaiveDate>,
    /// đồng; null when the record cannot be read, or was kept long enough.
    #[schema(required)]
    amount_collected: Option<i64>,
}

/// A person; what a record does not say is null.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct SidePerson {
    /// Null for one whom only the record knows.
    #[schema(required)]
    id: Option<Id>,
    #[schema(required)]
    full_name: Option<String>,
    #[schema(required)]
    birth_date: Option<String>,
    #[schema(required)]
    sex: Option<String>,
    #[schema(required)]
    area_code: Option<String>,
    #[schema(required)]
    address: Option<String>,
    codes: Vec<MaskedCode>,
}

/// A member of a household.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SideMember {
    #[schema(required)]
    relation: Option<String>,
    #[schema(required)]
    months: Option<i64>,
    person: SidePerson,
}

/// A card or book; its number is masked as codes are.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SideCard {
    id: Id,
    #[serde(rename = "type")]
    card_type: CardType,
    state: CardState,
    #[schema(required)]
    number: Option<String>,
    #[schema(required)]
    valid_from: Option<NaiveDate>,
    #[schema(required)]
    valid_to: Option<NaiveDate>,
}

impl From<CardRow> for SideCard {
    fn from(row: CardRow) -> Self {
        Self {
            id: row.id,
            card_type: row.card_type,
            state: row.state,
            number: row.number.as_deref().map(MaskedCode::mask),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        }
    }
}

impl Side {
    /// The person it shows who is known, for whoever asks later who looked.
    pub fn shows(&self) -> Option<Id> {
        self.person.as_ref().and_then(|person| person.id)
    }
}

/// First the record under review, then what it collides with: enrollments that it names, or persons who may be
/// hers. `sees` tells whether persons exist whose data rests.
pub fn gather(
    conn: &mut Conn,
    reach: &Reach,
    sees: bool,
    review: &ReviewRow,
    found: &Found,
) -> store::Result<Vec<Side>> {
    let of_record = sides::of_record(conn, review.record_id)?;
    let named = collisions(conn, review, found)?;
    // The record says of her what is known of her, whether the review names her, or the record enrolled her, or
    // stands in the way of what did.
    let mut said_of = sides::enrolled(conn, &named)?;
    said_of.extend(of_record.iter().map(|row| row.person_id));
    said_of.extend([review.person_id, review.other_id].into_iter().flatten());
    let hidden = !sees && restrictions::any(conn, &said_of)?;
    let mut all = vec![own(conn, review, &of_record, hidden)?];
    let mut others = Vec::new();
    for id in [review.other_id, review.person_id].into_iter().flatten() {
        let today = persons::survivor(conn, id)?;
        let is_own = of_record.iter().any(|row| row.person_id == id || row.person_id == today);
        // Who the record enrolled and nobody else stands on the first side.
        let else_where = sides::newest_of(conn, reach, id, review.record_id)?.is_some();
        if !others.contains(&id) && (!is_own || else_where || Some(id) == review.other_id) {
            others.push(id);
        }
    }
    for id in others {
        all.push(known(conn, reach, sees, id, review.record_id)?);
    }
    if all.len() == 1 && !named.is_empty() {
        let row = sides::first_of(conn, reach, &named)?;
        all.push(row.map_or_else(|| Ok(Side::outside()), |row| taken(conn, sees, row))?);
    }
    Ok(all)
}

/// The enrollments that stand or stood in the record's way.
fn collisions(conn: &mut Conn, review: &ReviewRow, found: &Found) -> store::Result<Vec<Id>> {
    let mut named = sides::named(conn, review.record_id, review.record_rev)?;
    let decided = found.judged_again.as_ref().unwrap_or(&found.outcome);
    let covered = decided.enrollments.iter().filter_map(|it| it.duplicate_of.as_ref());
    named.extend(covered.map(|of| of.enrollment_id));
    Ok(named)
}

/// The record under review, with the enrollments it has. Of whoever rests it says who took it, and when.
fn own(
    conn: &mut Conn,
    review: &ReviewRow,
    rows: &[EnrollmentRow],
    hidden: bool,
) -> store::Result<Side> {
    let said = sides::said(conn, review.record_id, review.record_rev)?;
    let hers = rows.iter().find(|row| Some(row.person_id) == review.person_id);
    let enrollment = hers.or(rows.first()).cloned();
    let id = enrollment.as_ref().map(|row| row.person_id);
    let mut side = Side::of(conn, said, enrollment)?;
    if hidden {
        side = Side { record: side.record, ..Side::outside() };
    } else if let Some(person) = &mut side.person {
        person.id = id;
    }
    Ok(side)
}

/// A person who is known, with her newest enrollment.
fn known(conn: &mut Conn, reach: &Reach, sees: bool, id: Id, but: Id) -> store::Result<Side> {
    let today = persons::survivor(conn, id)?;
    let near = !dossier::enrolled(conn, reach, &[id, today], 1)?.is_empty();
    if !near || (!sees && restrictions::of(conn, today)?.is_some()) {
        return Ok(Side::outside());
    }
    let row = match sides::newest_of(conn, reach, id, but)? {
        None if today != id => sides::newest_of(conn, reach, today, but)?,
        row => row,
    };
    let said = match &row {
        Some(row) => sides::said(conn, row.record_id, row.record_rev)?,
        None => None,
    };
    let mut side = Side::of(conn, said, row)?;
    side.person = person(conn, id)?;
    Ok(side)
}

/// An enrollment that is in the way, with whom it enrolled.
fn taken(conn: &mut Conn, sees: bool, row: EnrollmentRow) -> store::Result<Side> {
    if !sees && restrictions::of(conn, row.person_id)?.is_some() {
        return Ok(Side::outside());
    }
    let said = sides::said(conn, row.record_id, row.record_rev)?;
    let id = row.person_id;
    let mut side = Side::of(conn, said, Some(row))?;
    side.person = person(conn, id)?;
    Ok(side)
}

/// A person as she is known.
fn person(conn: &mut Conn, id: Id) -> store::Result<Option<SidePerson>> {
    let (rows, codes) = entities::persons(conn, &[id])?;
    Ok(rows.into_iter().next().map(|row| SidePerson {
        id: Some(row.id),
        full_name: Some(row.full_name),
        birth_date: Some(row.birth),
        sex: Some(row.sex.to_string()),
        area_code: Some(row.area_code),
        address: Some(row.address),
        codes: codes.iter().map(MaskedCode::of).collect(),
    }))
}

impl Side {
    const fn outside() -> Self {
        Self { record: None, person: None, members: vec![], enrollment: None, card: None }
    }

    fn of(
        conn: &mut Conn,
        said: Option<Said>,
        enrollment: Option<EnrollmentRow>,
    ) -> store::Result<Self> {
        let card = match &enrollment {
            Some(row) => sides::card_of(conn, row.id)?,
            None => None,
        };
        let body = said.as_ref().map(Said::body).transpose()?.flatten().unwrap_or_default();
        let named = body["members"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            record: said.map(|said| SideRecord {
                id: said.id,
                rev: said.rev,
                kind: said.kind,
                group_name: said.group_name,
                agent_name: said.agent_name,
                captured_at: said.captured_at.and_utc(),
                paid_on: said.paid_on,
                amount_collected: body["amount_collected"].as_i64(),
            }),
            person: body["person"].is_object().then(|| SidePerson::said(&body["person"])),
            members: named.iter().map(SideMember::said).collect(),
            enrollment: enrollment.map(EnrollmentEntity::from),
            card: card.map(SideCard::from),
        })
    }
}

impl SidePerson {
    /// As a record says; a wrong one may say anything.
    fn said(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let codes = [
            (CodeKind::Bhxh, "bhxh_code"),
            (CodeKind::PersonalId, "personal_id"),
            (CodeKind::Passport, "passport"),
        ];
        let code =
            |(kind, name): (CodeKind, &str)| Some(MaskedCode::new(kind, body[name].as_str()?));
        Self {
            id: None,
            full_name: text("full_name"),
            birth_date: text("birth_date"),
            sex: text("sex"),
            area_code: text("area_code"),
            address: text("address"),
            codes: codes.into_iter().filter_map(code).collect(),
        }
    }
}

impl SideMember {
    fn said(body: &Value) -> Self {
        Self {
            relation: body["relation"].as_str().map(str::to_owned),
            months: body["months"].as_i64(),
            person: SidePerson::said(&body["person"]),
        }
    }
}
