//! One person: found by code or name with the codes masked, a code shown for a reason, and all that is held on
//! her when she asks (Luật 91/2025/QH15, rights of the data subject). Each look is noted.

/// Visits to her.
mod visits;

use std::collections::HashMap;

use actix_web::web::{Json, Path};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::visits::VisitOfPerson;
use super::audit::AuditEntry;
use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::Body;
use super::paging::Listed;
use super::{Answer, AppState, Problem, State};
use crate::clock;
use crate::domain::{
    AreaLevel, Areas, BirthDate, Code, CodeKind, Id, PersonName, RecordKind, RecordState, Sex,
    vn_day,
};
use crate::policy::permissions::{self, Action, Scope};
use crate::store::rows::{EnrollmentRow, PersonCodeRow};
use crate::store::{
    self, Conn, Page, Reach, Store, dossier, entities, persons, restrictions, vssid,
};
use crate::sync::body::consent_in;
use crate::sync::identity;
use crate::sync::pull::person_by_id;
use crate::sync::wire::{
    CardEntity, ConsentBody, EnrollmentEntity, PersonEntity, WorklistItemEntity,
};

/// Digits of a code that a list shows.
const SHOWN: usize = 3;
/// Longest reason, in characters.
pub(super) const REASON: usize = 500;
/// Most persons of one name and birth date that are told.
const MOST_ALIKE: i64 = 20;

/// Whom somebody looks for: a code, or a name and a birth date.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Lookup {
    /// Of any kind, as it stands on the card.
    #[schema(value_type = Option<String>)]
    code: Option<Given<String>>,
    /// With or without tone marks.
    #[schema(value_type = Option<String>)]
    name: Option<Given<String>>,
    /// `1988-03-05`, `1988-03` or `1988`.
    #[schema(value_type = Option<String>)]
    birth_date: Option<Given<String>>,
}

/// A person, with codes that say no more than whether they are the same.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonFound {
    id: Id,
    full_name: String,
    birth_date: String,
    sex: Sex,
    area_code: String,
    codes: Vec<MaskedCode>,
    /// Within reach, the newest first.
    enrollments: Vec<EnrollmentEntity>,
}

/// A code of which only the end is shown.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MaskedCode {
    kind: CodeKind,
    /// `*******123`.
    masked: String,
}

impl MaskedCode {
    pub(super) fn of(code: &PersonCodeRow) -> Self {
        Self::new(code.kind, &code.code)
    }

    pub(super) fn new(kind: CodeKind, code: &str) -> Self {
        Self { kind, masked: Self::mask(code) }
    }

    /// The end of a code, behind as many stars as it has other signs.
    pub(super) fn mask(code: &str) -> String {
        let hidden = code.chars().count().saturating_sub(SHOWN);
        let shown: String = code.chars().skip(hidden).collect();
        format!("{}{shown}", "*".repeat(hidden))
    }
}

enum Wanted {
    Code(String),
    Named { name: PersonName, birth: BirthDate },
}

impl Lookup {
    fn read(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let Some(code) = self.code else {
            let missing = || Given::of(String::new()).and_then(|_| Err(Code::Required));
            let name = self.name.unwrap_or_else(missing);
            let name = fields.take("/name", name.and_then(|name| PersonName::parse(&name)));
            let birth = self.birth_date.unwrap_or_else(missing);
            let birth = fields.take("/birth_date", birth.and_then(|day| BirthDate::parse(&day)));
            let whole = name.zip(birth);
            return fields.finish(whole.map(|(name, birth)| Wanted::Named { name, birth }));
        };
        for (path, given) in
            [("/name", self.name.is_some()), ("/birth_date", self.birth_date.is_some())]
        {
            if given {
                fields.wrong(path, Code::Conflict);
            }
        }
        let code = fields.take("/code", fields::text(code, 20));
        fields.finish(code.map(Wanted::Code))
    }
}

impl Wanted {
    fn find(&self, conn: &mut Conn) -> store::Result<Vec<Id>> {
        let (name, birth) = match self {
            Self::Code(code) => return dossier::by_code(conn, code),
            Self::Named { name, birth } => (name, birth),
        };
        let today = vn_day(clock::now());
        let areas = Areas::in_force();
        let communes = areas.all().iter();
        let communes = communes.filter(|it| it.level == AreaLevel::Commune && it.valid_on(today));
        let keys: Vec<String> = communes
            .flat_map(|commune| Sex::ALL.iter().map(move |sex| (commune, sex)))
            .map(|(commune, sex)| identity::key_of(name, *sex, birth.year(), &commune.code))
            .collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let alike = dossier::by_identity(conn, &keys)?;
        let (rows, _) = entities::persons(conn, &alike)?;
        let born = |text: &str| BirthDate::parse(text).is_ok_and(|it| it.agrees(birth));
        Ok(rows.into_iter().filter(|row| born(&row.birth)).map(|row| row.id).collect())
    }
}

/// Looks for a person by `POST`, so that codes stay out of addresses. Only who was enrolled within reach is
/// found; each look at a person is noted.
#[utoipa::path(post, path = "/api/v1/persons/lookup", request_body = Lookup,
    responses((status = 200, body = Listed<PersonFound>)))]
pub async fn lookup(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    Body(body): Body<Lookup>,
) -> Answer<Listed<PersonFound>> {
    let wanted = body.read()?;
    let found = state
        .run(move |state| -> Result<_, Problem> {
            let found = state.store.read(|conn| -> store::Result<Vec<PersonFound>> {
                let reach = caller.reach(conn)?;
                let ids = wanted.find(conn)?;
                let ids = shown_to(&caller, conn, ids)?;
                found(conn, &reach, &ids)
            })?;
            found.iter().try_for_each(|person| note(&state.store, person.id, None))?;
            Ok(found)
        })
        .await?;
    Ok(Json(Listed::of(Page { items: found, next: None })))
}

/// Those of these persons who exist for a caller: one whose data rests only for who may decide on it.
fn shown_to<P>(caller: &Allowed<P>, conn: &mut Conn, mut ids: Vec<Id>) -> store::Result<Vec<Id>> {
    if permissions::scope(caller.principal.role, Action::ManagePersons).is_none() {
        let resting = restrictions::among(conn, &ids)?;
        ids.retain(|id| !resting.contains(id));
    }
    Ok(ids)
}

/// Those of these persons whom anybody within reach enrolled; few questions, however many there are.
fn found(conn: &mut Conn, reach: &Reach, ids: &[Id]) -> store::Result<Vec<PersonFound>> {
    let ids = dossier::enrolled(conn, reach, ids, MOST_ALIKE)?;
    let mut histories: HashMap<Id, Vec<EnrollmentEntity>> = HashMap::new();
    for row in dossier::enrollments(conn, reach, &ids)? {
        histories.entry(row.person_id).or_default().push(row.into());
    }
    let (mut rows, codes) = entities::persons(conn, &ids)?;
    rows.sort_unstable_by_key(|row| row.id);
    let found = rows.into_iter().map(|row| PersonFound {
        id: row.id,
        full_name: row.full_name,
        birth_date: row.birth,
        sex: row.sex,
        area_code: row.area_code,
        codes: codes.iter().filter(|it| it.person_id == row.id).map(MaskedCode::of).collect(),
        enrollments: histories.remove(&row.id).unwrap_or_default(),
    });
    Ok(found.collect())
}

/// Notes a look at a person.
pub(super) fn note(store: &Store, person_id: Id, reason: Option<&str>) -> Result<(), Problem> {
    let author = store.author();
    store.write(|_| {
        author.subject(person_id);
        reason.into_iter().for_each(|reason| author.detail(reason));
        Ok(())
    })
}

/// Why somebody looks.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// Kept with the look, for whoever asks later; at most 500 characters, no personal data.
    #[schema(value_type = String)]
    reason: Given<String>,
}

impl Reason {
    /// # Errors
    /// `invalid` when it says nothing.
    pub(super) fn read(self) -> Result<String, Problem> {
        let mut fields = Fields::default();
        let reason = fields.take("/reason", fields::text(self.reason, REASON));
        fields.finish(reason)
    }
}

/// A code in full.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonCode {
    kind: CodeKind,
    code: String,
    /// Another code of the same kind is shown as hers.
    is_alias: bool,
}

/// The codes of one person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Revealed {
    id: Id,
    codes: Vec<PersonCode>,
}

/// Shows one person's codes. The reason is kept.
#[utoipa::path(post, path = "/api/v1/persons/{id}/reveal", params(("id" = Id, Path)),
    request_body = Reason, responses((status = 200, body = Revealed)))]
pub async fn reveal(
    caller: Allowed<permit::ReadEnrollments>,
    state: State,
    id: Path<Id>,
    Body(body): Body<Reason>,
) -> Answer<Revealed> {
    let reason = body.read()?;
    let revealed = state
        .run(move |state| -> Result<_, Problem> {
            let revealed = state.store.read(|conn| -> Result<_, Problem> {
                let reach = caller.reach(conn)?;
                let id = persons::survivor(conn, *id)?;
                let shown = !shown_to(&caller, conn, vec![id])?.is_empty();
                if !shown || dossier::enrolled(conn, &reach, &[id], 1)?.is_empty() {
                    return Err(Code::NotFound.into());
                }
                Ok(Revealed { id, codes: codes_of(conn, id)? })
            })?;
            note(&state.store, revealed.id, Some(&reason))?;
            Ok(revealed)
        })
        .await?;
    Ok(Json(revealed))
}

fn codes_of(conn: &mut Conn, id: Id) -> store::Result<Vec<PersonCode>> {
    let (_, codes) = entities::persons(conn, &[id])?;
    let code =
        |it: PersonCodeRow| PersonCode { kind: it.kind, code: it.code, is_alias: it.is_alias };
    Ok(codes.into_iter().map(code).collect())
}

/// Everything that is held on one person, and everybody who looked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Dossier {
    person: PersonEntity,
    #[schema(required)]
    ethnicity: Option<String>,
    /// Since when her data rests; null when it does not.
    #[schema(required)]
    restricted_since: Option<DateTime<Utc>>,
    codes: Vec<PersonCode>,
    enrollments: Vec<EnrollmentEntity>,
    cards: Vec<CardEntity>,
    records: Vec<RecordOfPerson>,
    /// Where she stands on lists of whom to visit.
    worklist_items: Vec<WorklistItemEntity>,
    /// The newest first; those that were taken back, too.
    visits: Vec<VisitOfPerson>,
    /// The day since when her phone counts as one with VssID; null when it does not.
    #[schema(required)]
    vssid_since: Option<NaiveDate>,
    /// What was done with her data, or looked at, the newest first.
    looks: Vec<AuditEntry>,
}

/// A revision of a record that named her.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecordOfPerson {
    id: Id,
    rev: i64,
    kind: RecordKind,
    state: RecordState,
    captured_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    /// What it said of her; what it said of others in her household is theirs. Null when that cannot be told
    /// apart, and when it was kept long enough.
    #[schema(value_type = Option<Object>)]
    said: Option<Value>,
    /// To what she agreed, and when.
    #[schema(required)]
    consent: Option<ConsentBody>,
}

/// Answers a person who asks what is held on her. The reason (her request, its number) is kept.
#[utoipa::path(post, path = "/api/v1/persons/{id}/dossier", params(("id" = Id, Path)),
    request_body = Reason, responses((status = 200, body = Dossier)))]
pub async fn dossier(
    caller: Allowed<permit::ManagePersons>,
    state: State,
    id: Path<Id>,
    Body(body): Body<Reason>,
) -> Answer<Dossier> {
    let reason = body.read()?;
    let all = caller.scope == Scope::Everything;
    let told = state
        .run(move |state: &AppState| -> Result<_, Problem> {
            let id = state.store.read(|conn| -> Result<Id, Problem> {
                let reach = caller.reach(conn)?;
                let id = persons::survivor(conn, *id)?;
                if !all && dossier::enrolled(conn, &reach, &[id], 1)?.is_empty() {
                    return Err(Code::NotFound.into());
                }
                persons::get(conn, id)?;
                Ok(id)
            })?;
            note(&state.store, id, Some(&reason))?;
            Ok(state.store.read(|conn| gather(conn, id))?)
        })
        .await?;
    Ok(Json(told))
}

/// Her data is hers whoever enrolled her, so that nothing is left out by reach.
fn gather(conn: &mut Conn, id: Id) -> store::Result<Dossier> {
    let (rows, _) = entities::persons(conn, &[id])?;
    let person = person_by_id(conn, id)?;
    let codes = codes_of(conn, id)?;
    let enrollments = dossier::enrollments(conn, &Reach::Everything, &[id])?;
    let mut record_ids: Vec<Id> = enrollments.iter().map(|it| it.record_id).collect();
    record_ids.sort_unstable();
    record_ids.dedup();
    let records = dossier::records(conn, &record_ids)?;
    let merged = store::facts::merged_into(conn, &[id])?;
    let everybody: Vec<Id> =
        std::iter::once(id).chain(merged.into_iter().map(|it| it.id)).collect();
    let items = dossier::items(conn, id)?;
    let item_ids: Vec<Id> = items.iter().map(|(row, _)| row.id).collect();
    let visits = dossier::visits(conn, &everybody)?;
    let subjects: Vec<Id> = everybody
        .into_iter()
        .chain(enrollments.iter().map(|it| it.id))
        .chain(record_ids)
        .chain(visits.iter().map(|it| it.record_id))
        .chain(item_ids)
        .collect();
    let cards = dossier::cards(conn, id)?;
    let looks = dossier::looks(conn, &subjects)?;
    let records = records.into_iter().map(|it| record(it, &enrollments, &person, &codes));
    let records: store::Result<Vec<_>> = records.collect();
    Ok(Dossier {
        restricted_since: restrictions::of(conn, id)?.map(|it| it.since.and_utc()),
        ethnicity: rows.into_iter().next().and_then(|row| row.ethnicity),
        records: records?,
        person,
        codes,
        enrollments: enrollments.into_iter().map(EnrollmentEntity::from).collect(),
        cards: cards.into_iter().map(CardEntity::from).collect(),
        worklist_items: items.into_iter().map(WorklistItemEntity::from).collect(),
        visits: visits.into_iter().map(VisitOfPerson::from).collect(),
        vssid_since: vssid::since(conn, id)?,
        looks: looks.into_iter().map(AuditEntry::from).collect(),
    })
}

fn record(
    named: dossier::Named,
    enrollments: &[EnrollmentRow],
    person: &PersonEntity,
    codes: &[PersonCode],
) -> store::Result<RecordOfPerson> {
    let of_record = |it: &&EnrollmentRow| (it.record_id, it.record_rev) == (named.id, named.rev);
    let enrolled = enrollments.iter().find(of_record);
    let body = named.body()?;
    let said = body.as_ref().and_then(|body| {
        let members = match named.kind {
            RecordKind::Voluntary => std::slice::from_ref(body),
            RecordKind::Household => body["members"].as_array()?,
            RecordKind::Void | RecordKind::Visit => return None,
        };
        let known = enrolled.and_then(|it| usize::try_from(it.member_index).ok());
        members.get(known.or_else(|| member(members, person, codes))?).cloned()
    });
    let agreed = enrolled.and_then(|it| it.consent_version.clone().zip(it.consent_at));
    // Before it was kept apart it stood in the body alone.
    let agreed = agreed.map(|(version, at)| (version, at.and_utc())).or_else(|| {
        let body = body.filter(|_| enrolled.is_some() || said.is_some())?;
        consent_in(&body).map(|it| (it.version, it.at))
    });
    Ok(RecordOfPerson {
        id: named.id,
        rev: named.rev,
        kind: named.kind,
        state: named.state,
        captured_at: named.captured_at.and_utc(),
        received_at: named.received_at.and_utc(),
        said,
        consent: agreed.map(|(version, at)| ConsentBody { version, at: at.into() }),
    })
}

/// The place of a person among those a record named, none of whom is known to be her: by a code; else by name
/// and birth date, if nobody else had these and no code says otherwise.
fn member(members: &[Value], person: &PersonEntity, codes: &[PersonCode]) -> Option<usize> {
    let coded = |said: &Value| codes.iter().any(|it| said[key_of(it.kind)] == it.code.as_str());
    let contradicted = |said: &Value| codes.iter().any(|it| said[key_of(it.kind)].is_string());
    let named = |said: &Value| {
        said["full_name"] == person.full_name.as_str()
            && said["birth_date"] == person.birth_date.as_str()
    };
    if let Some(at) = members.iter().position(|it| coded(&it["person"])) {
        return Some(at);
    }
    let said = members.iter().map(|it| &it["person"]).enumerate();
    let mut alike = said.filter(|(_, said)| named(said));
    let (at, said) = alike.next()?;
    (alike.next().is_none() && !contradicted(said)).then_some(at)
}

/// Under which key a record states a code.
fn key_of(kind: CodeKind) -> &'static str {
    match kind {
        CodeKind::Bhxh => "bhxh_code",
        CodeKind::PersonalId => "personal_id",
        CodeKind::Passport => "passport",
    }
}
