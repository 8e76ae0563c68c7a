//! The law: as phones carry it, and as an administrator amends it when a new decree comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::json::{Body, Created, Object};
use super::paging::{Listed, Paging};
use super::quotes::cases::{self, Case};
use super::{Answer, AppState, Problem, State, tag};
use crate::clock;
use crate::domain::{Code, Id, clean_text};
use crate::policy::{AddedRow, RuleTable, Rules};
use crate::rulebook::amend::{self, AmendError, By};
use crate::rulebook::{self, Edition};
use crate::store::rule_rows::{self, RuleRow};
use crate::store::{Page, StoreError};
use crate::sync::missing::{self, MissingRule};
use crate::sync::rejudge::{self, Report};

/// Longest text of a cell, in characters.
const CELL: usize = 300;
/// Longest reason of a withdrawal, in characters.
const REASON: usize = 500;

/// The whole law, with cases to prove an app by.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RulesAnswer {
    /// A short name of these tables, as in `/sync/config`.
    version: String,
    tables: Vec<RuleTable>,
    cases: Vec<Case>,
}

/// The tables in force, and cases with their answers. Keep it under its `ETag` and ask again with
/// `If-None-Match`.
#[utoipa::path(get, path = "/api/v1/rules", responses((status = 200, body = RulesAnswer), (status = 304)))]
pub async fn list(
    _: Allowed<permit::ReadReference>,
    state: State,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let book = Arc::clone(&state.book);
    let edition = state.read(move |conn| book.in_force(conn)).await?;
    // Another program may answer the cases otherwise.
    let (rules, areas) = (edition.rules().version(), edition.areas().tag());
    let tag = format!("\"{rules}-{areas}-{}\"", env!("CARGO_PKG_VERSION"));
    if let Some(unchanged) = tag::unchanged(&req, &tag) {
        return Ok(unchanged);
    }
    let text = edition.served(serve)?.to_vec();
    Ok(tag::tagged(tag).content_type("application/json").body(text))
}

fn serve(edition: &Edition) -> Result<Vec<u8>, Problem> {
    let rules = edition.rules();
    let answer = RulesAnswer {
        version: rules.version().to_owned(),
        tables: rules.tables().collect(),
        cases: cases::all((rules, edition.areas())).map_err(Problem::internal)?,
    };
    serde_json::to_vec(&answer).map_err(Problem::internal)
}

/// A row that was added to a table of the law.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AddedRowView {
    id: Id,
    /// The edition of the law that it made.
    edition: i64,
    table: String,
    /// Column to text.
    values: BTreeMap<String, String>,
    added_at: DateTime<Utc>,
    /// The administrator.
    #[schema(required)]
    added_by: Option<Id>,
    #[schema(required)]
    withdrawn_at: Option<DateTime<Utc>>,
    #[schema(required)]
    withdrawn_by: Option<Id>,
    #[schema(required)]
    withdrawn_because: Option<String>,
}

impl AddedRowView {
    fn of(row: RuleRow) -> Result<Self, StoreError> {
        let AddedRow { table, values } = rulebook::added(&row)?;
        Ok(Self {
            id: row.id,
            edition: row.edition,
            table,
            values,
            added_at: row.added_at.and_utc(),
            added_by: row.added_by,
            withdrawn_at: row.withdrawn_at.map(|at| at.and_utc()),
            withdrawn_by: row.withdrawn_by,
            withdrawn_because: row.withdrawn_because,
        })
    }
}

/// The law after a change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Amended {
    #[serde(flatten)]
    row: AddedRowView,
    /// The name of the tables from now on.
    rules_version: String,
    /// Records that waited for the law and were judged once more.
    judged_again: Report,
}

/// Rows added since the program was made, those withdrawn too.
#[utoipa::path(get, path = "/api/v1/rules/added", params(Paging), responses((status = 200, body = Listed<AddedRowView>)))]
pub async fn added(
    _: Allowed<permit::ManageRules>,
    state: State,
    paging: Query<Paging>,
) -> Answer<Listed<AddedRowView>> {
    let window = paging.window()?;
    let page = state.read(move |conn| rule_rows::list(conn, window)).await?;
    let items: Result<Vec<_>, _> = page.items.into_iter().map(AddedRowView::of).collect();
    Ok(Json(Listed::of(Page { items: items?, next: page.next })))
}

/// Rows of the law that records wait for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MissingRules {
    items: Vec<MissingRule>,
}

/// What the law does not say yet: each row that records wait for, how many they are, and the money taken.
#[utoipa::path(get, path = "/api/v1/rules/missing", responses((status = 200, body = MissingRules)))]
pub async fn missing(_: Allowed<permit::ManageRules>, state: State) -> Answer<MissingRules> {
    Ok(Json(MissingRules { items: state.read(missing::missing).await? }))
}

/// A new row: the columns of its table as text or number, beside these.
#[derive(Debug, utoipa::ToSchema)]
#[allow(dead_code, reason = "names the fields that every table has, for the specification")]
pub struct NewRow {
    /// Made by the client, so that the same request twice adds one row.
    id: Option<Id>,
    /// First day on which the row holds. It ends the open row before it.
    effective_from: NaiveDate,
    /// Last day; open when absent.
    effective_to: Option<NaiveDate>,
    /// The law, decree or decision.
    document: String,
    /// `H` official text or two sources, `M` one good source (also when absent), `L` weak.
    confidence: Option<String>,
}

/// The id of a new row, and its cells as text; a number stays as it was written.
fn read(body: Object, new_id: Id) -> Result<(Id, BTreeMap<String, String>), Problem> {
    let mut fields = Fields::default();
    let mut id = Some(new_id);
    let mut values = BTreeMap::new();
    for (name, value) in body.0 {
        let text = match value.get() {
            "null" => continue,
            text if text.starts_with('"') => serde_json::from_str::<String>(text)
                .map_err(|_| Code::BadFormat)
                .and_then(|text| clean_text(&text, CELL)),
            text if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
                Ok(text.to_owned())
            }
            _ => Err(Code::BadFormat),
        };
        if name == "id" {
            let parsed = text.and_then(|text| match text.parse() {
                Ok(id) if id != Id::NIL => Ok(id),
                _ => Err(Code::BadFormat),
            });
            id = fields.take("/id", parsed.into());
        } else if let Some(text) = fields.take(format!("/{name}"), text.into()) {
            values.insert(name, text);
        }
    }
    fields.finish(id.map(|id| (id, values)))
}

/// Adds a dated row with its document. Nothing that was accepted changes; records that waited for it are
/// judged once more, before this answers.
#[utoipa::path(post, path = "/api/v1/rules/{table}", params(("table" = String, Path)), request_body = NewRow,
    responses((status = 201, body = Amended)))]
pub async fn add(
    allowed: Allowed<permit::ManageRules>,
    state: State,
    table: Path<String>,
    body: Body<Object>,
) -> Result<Created<Amended>, Problem> {
    if !Rules::has_table(&table) {
        return Err(Code::NotFound.into());
    }
    let (id, values) = read(body.0, clock::new_id())?;
    let by = By { user_id: Some(allowed.principal.user_id), at: clock::now().naive_utc() };
    let amended = state
        .run(move |state| {
            let author = state.store.author();
            let added = state.store.write(|tx| {
                let row = amend::add(tx, id, &table, values.clone(), by)?;
                author.made(row.id, AddedRowView::of(row.clone())?);
                Ok(row)
            });
            // Whoever adds it once more may want what somebody broke off.
            let judged = match &added {
                Ok(_) | Err(AmendError::Stands) => judge_again(state)?,
                Err(_) => Report::default(),
            };
            amended(state, added?, judged)
        })
        .await?;
    Ok(Created(amended))
}

/// Why a row is withdrawn.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Withdrawal {
    #[schema(value_type = String)]
    reason: Given<String>,
}

/// Withdraws an added row that was wrong. What it ended stands again; what was accepted by it stays.
#[utoipa::path(post, path = "/api/v1/rules/added/{id}/withdraw", params(("id" = Id, Path)), request_body = Withdrawal,
    responses((status = 200, body = Amended)))]
pub async fn withdraw(
    allowed: Allowed<permit::ManageRules>,
    state: State,
    id: Path<Id>,
    body: Body<Withdrawal>,
) -> Answer<Amended> {
    let mut fields = Fields::default();
    let reason = fields.take("/reason", fields::text(body.0.reason, REASON));
    let reason = fields.finish(reason)?;
    let by = By { user_id: Some(allowed.principal.user_id), at: clock::now().naive_utc() };
    let amended = state
        .run(move |state| {
            let author = state.store.author();
            let row = state.store.write(|tx| {
                let row = amend::withdraw(tx, *id, &reason, by)?;
                author.made(row.id, AddedRowView::of(row.clone())?);
                Ok::<_, AmendError>(row)
            })?;
            let judged = judge_again(state)?;
            amended(state, row, judged)
        })
        .await?;
    Ok(Json(amended))
}

/// Judges once more what waited.
fn judge_again(state: &AppState) -> Result<Report, StoreError> {
    rejudge::catch_up(&state.store.housekeeping(), &state.book, clock::now(), |_| {})
}

/// The law as it is now.
fn amended(state: &AppState, row: RuleRow, judged_again: Report) -> Result<Amended, AmendError> {
    let edition = state.store.read(|conn| state.book.in_force(conn))?;
    let rules_version = edition.rules().version().to_owned();
    Ok(Amended { row: AddedRowView::of(row)?, rules_version, judged_again })
}
