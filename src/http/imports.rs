//! Tables that people bring: CSV and XLSX files, all or nothing.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{Path, Query};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use super::guard::{Allowed, permit};
use super::json::Packed;
use super::texts::{self, Lang};
use super::{AppState, Problem, State};
use crate::clock;
use crate::domain::{Areas, Code, Id};
use crate::imports::{self, About, LineError, Options, Report};

/// What a file may weigh, as sent and unpacked.
pub const FILE: usize = 20 * 1024 * 1024;

/// Content types of files; which of them it is, the file itself says.
const TYPES: [&str; 2] =
    ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];

/// A file as it came, and its turn, which it has before anything of it is received.
#[derive(Debug)]
pub struct FileBody {
    packed: Packed,
    turn: OwnedSemaphorePermit,
}

impl FromRequest for FileBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let kind = req.content_type().trim().to_ascii_lowercase();
            if !TYPES.contains(&kind.as_str()) {
                return Err(Code::UnsupportedMediaType.into());
            }
            let turn = AppState::of(&req)?.turns.file()?;
            let packed = Packed::receive_any(&req, payload, FILE, |_| Ok(())).await?;
            Ok(Self { packed, turn })
        })
    }
}

/// How a file is read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Write the good lines although there are bad ones.
    #[serde(default)]
    skip_bad: bool,
    /// Of `worklist`: the list for all lines that name none.
    worklist_id: Option<Id>,
}

/// What came of a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImportReport {
    kind: String,
    /// Lines below the headings.
    lines: usize,
    /// Rows that were made or changed.
    written: usize,
    /// Rows that were there already, as they are.
    unchanged: usize,
    /// Lines that were left out although nothing is wrong with them, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<ImportError>,
    /// Lines with something wrong.
    bad: usize,
    /// Bad lines, or what is wrong with the file as a whole, kept everything from being written.
    nothing_written: bool,
    /// The first thousand errors, by line.
    errors: Vec<ImportError>,
    /// How many errors there are.
    errors_total: usize,
}

/// What is wrong in a file, and where.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImportError {
    /// As an editor or Excel numbers it, from 1 on.
    line: u64,
    /// The key of the column; empty for the line as a whole.
    column: String,
    code: Code,
    detail: String,
}

impl ImportError {
    fn of(lang: Lang, error: LineError) -> Self {
        let detail = texts::of_line(lang, &error);
        Self { line: error.line, column: error.column, code: error.code, detail }
    }
}

impl ImportReport {
    fn of(lang: Lang, report: Report) -> Self {
        let nothing_written = report.nothing_written();
        Self {
            kind: report.kind.to_owned(),
            lines: report.lines,
            written: report.written,
            unchanged: report.unchanged,
            skipped: report.skipped.into_iter().map(|it| ImportError::of(lang, it)).collect(),
            bad: report.bad,
            nothing_written,
            errors: report.errors.into_iter().map(|it| ImportError::of(lang, it)).collect(),
            errors_total: report.errors_total,
        }
    }
}

/// Brings a table: the body is the file itself, CSV in UTF-8 or XLSX, of at most 20 MiB and 200,000 lines; a
/// workbook that unpacks to more than 192 MiB is `file_too_large`. Everything is written in one transaction. With a
/// bad line nothing is written and the answer is a 422 of the same shape, unless the bad ones are to be skipped. Two
/// files at a time: whoever brings a third is told `busy`. The same file again changes nothing. Names and units
/// outside of the caller's reach are bad lines, `not_found`.
#[utoipa::path(post, path = "/api/v1/imports/{kind}", params(("kind" = String, Path), ImportQuery),
    request_body(content((String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, body = ImportReport), (status = 422, body = ImportReport)))]
pub async fn import(
    caller: Allowed<permit::ManageUnits>,
    state: State,
    kind: Path<String>,
    query: Query<ImportQuery>,
    lang: Lang,
    file: FileBody,
) -> Result<HttpResponse, Problem> {
    let import = imports::find(&kind).ok_or(Code::NotFound)?;
    let options = Options { skip_bad: query.skip_bad, ..Options::default() };
    let now = clock::now();
    let report = state
        .run(move |state| -> Result<Report, Problem> {
            let FileBody { packed, turn } = file;
            let file = packed.unpack(FILE)?;
            let table = match import.open(&file, options) {
                Ok(table) => table,
                Err(report) => return Ok(report),
            };
            drop(file);
            let author = state.store.author();
            let report = state.store.retry(|tx| {
                let reach = caller.reach(tx)?;
                let about = About {
                    reach: &reach,
                    areas: Areas::in_force(),
                    now,
                    office_id: caller.principal.office_id,
                    user_id: Some(caller.principal.user_id),
                    worklist_id: query.worklist_id,
                };
                let report = import.run(tx, &about, &table, options, &mut |_| {})?;
                author.detail(&told(&report));
                Ok(report)
            })?;
            drop(turn);
            Ok(report)
        })
        .await?;
    let refused = report.nothing_written();
    let report = ImportReport::of(lang, report);
    Ok(match refused {
        true => HttpResponse::UnprocessableEntity().json(report),
        false => HttpResponse::Ok().json(report),
    })
}

/// What the audit keeps of an import.
#[must_use]
pub fn told(report: &Report) -> String {
    let Report { kind, lines, written, unchanged, bad, .. } = report;
    format!("{kind}: {lines} lines, {written} written, {unchanged} unchanged, {bad} bad")
}
