//! Tables to take away: the same questions, the same reach and the same reticence as the list of that name, as
//! files. They are read part by part and written as they are read. Each is told in the audit.

/// Who takes part.
mod indicators;
/// Names in the places of ids.
mod names;
/// Enrollments and reviews.
mod records;
/// How many and how much.
mod tallies;
/// Who there is, and what is planned.
mod units;
/// Whom to visit.
mod worklist;

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use self::indicators::Indicators;
use self::records::{Enrollments, Reviews};
use self::tallies::Tallies;
use self::units::{Drives, Groups, Installations, Targets, Users, Villages};
use self::worklist::WorklistItems;
use super::attachment::attachment;
use super::drives::DriveQuery;
use super::enrollments::EnrollmentQuery;
use super::guard::{Allowed, permit};
use super::indicators::IndicatorQuery;
use super::installations::InstallationQuery;
use super::reviews::ReviewQuery;
use super::tallies::TallyQuery;
use super::targets::WantedTargets;
use super::texts::{self, Lang};
use super::villages::Wanted as VillageQuery;
use super::worklists::ItemQuery;
use super::{Problem, State};
use crate::auth::Principal;
use crate::clock;
use crate::domain::{Code, Id, vn_day};
use crate::sheets::{Cell, Column, Ending, Head, Heading, Kind, Sheet, Title};
use crate::store::{self, Conn, Page, Reach, Window};

/// Rows that are read at once.
const PART: i64 = 500;
/// Most rows of one table.
const MOST: usize = 50_000;

/// A list that can be taken away: what its columns are, and how a part of it becomes rows. All that a table is
/// stands in one place.
trait Table: Sized + Send + 'static {
    const TITLE: Title;
    const COLUMNS: &'static [(Heading, Kind)];
    /// The place of the column by whose words there are totals of their own.
    const BY: Option<u16> = None;
    /// What is asked, as the list is asked it.
    type Query;

    /// Reads the question.
    ///
    /// # Errors
    /// `invalid`, as the list says it.
    fn read(query: Self::Query, caller: &Principal) -> Result<Self, Problem>;

    /// What it is about, in a word for the name of the file and in one to read.
    fn about(&self, now: DateTime<Utc>) -> (String, String) {
        let day = vn_day(now);
        (format!("{}-{day}", Self::TITLE), shown(day))
    }

    /// A part of the rows within reach, a cell for each column.
    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> store::Result<Page<Vec<Cell>>>;
}

/// A day as people write it.
fn shown(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

async fn take<P, T: Table>(
    ending: Ending,
    caller: Allowed<P>,
    state: State,
    lang: Lang,
    query: T::Query,
) -> Result<HttpResponse, Problem> {
    let table = T::read(query, &caller.principal)?;
    let (name, about) = table.about(clock::now());
    let columns = T::COLUMNS.iter().map(|(heading, kind)| Column {
        heading: texts::heading(lang, *heading).to_owned(),
        kind: *kind,
    });
    let head = Head {
        title: texts::title(lang, T::TITLE).to_owned(),
        about,
        columns: columns.collect(),
        total: texts::total(lang).to_owned(),
        by: T::BY,
    };
    let (principal, scope) = (caller.principal, caller.scope);
    let file = state
        .run(move |state| -> Result<_, Problem> {
            let reach = state.store.read(|conn| principal.reach(conn, scope))?;
            let mut sheet = Sheet::begin(ending, head)?;
            let (mut after, mut count) = (None, 0);
            loop {
                let window = Window { after, limit: PART };
                let part = state.store.read(|conn| table.part(conn, &reach, lang, window))?;
                count += part.items.len();
                if count > MOST {
                    return Err(Code::TooLarge.into());
                }
                for row in part.items {
                    sheet.row(&row)?;
                }
                after = part.next;
                if after.is_none() {
                    break;
                }
            }
            let file = sheet.end()?;
            // The look itself is what is told, and how many rows it was.
            let author = state.store.author();
            state.store.write(|_| {
                author.detail(&count.to_string());
                Ok::<_, Problem>(())
            })?;
            Ok(file)
        })
        .await?;
    attachment(file, &format!("{name}.{ending}"), ending)
}

/// Of a list that is asked nothing.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct Everything {}

macro_rules! files {
    ($(
        $(#[$doc:meta])+
        $table:ty, $query:ident, $permit:ident;
        $csv:ident = $csv_path:tt, $xlsx:ident = $xlsx_path:tt;
    )+) => {$(
        $(#[$doc])+
        #[utoipa::path(get, path = $csv_path, params($query),
            responses((status = 200, content_type = "text/csv", body = String)))]
        pub async fn $csv(
            caller: Allowed<permit::$permit>,
            state: State,
            lang: Lang,
            query: Query<$query>,
        ) -> Result<HttpResponse, Problem> {
            take::<_, $table>(Ending::Csv, caller, state, lang, query.into_inner()).await
        }

        $(#[$doc])+
        #[utoipa::path(get, path = $xlsx_path, params($query),
            responses((status = 200,
                content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
        pub async fn $xlsx(
            caller: Allowed<permit::$permit>,
            state: State,
            lang: Lang,
            query: Query<$query>,
        ) -> Result<HttpResponse, Problem> {
            take::<_, $table>(Ending::Xlsx, caller, state, lang, query.into_inner()).await
        }
    )+};
}

files! {
    /// Tallies as a file; the totals of a workbook are formulas.
    Tallies, TallyQuery, ReadTallies;
    tallies_csv = "/api/v1/tallies.csv", tallies_xlsx = "/api/v1/tallies.xlsx";

    /// Indicators as a file, with the totals of the office below the rows.
    Indicators, IndicatorQuery, ReadOwnUnit;
    indicators_csv = "/api/v1/indicators.csv", indicators_xlsx = "/api/v1/indicators.xlsx";

    /// Enrollments within reach as a file, without names. At most 50,000 rows; `too_large` asks for fewer.
    Enrollments, EnrollmentQuery, ReadEnrollments;
    enrollments_csv = "/api/v1/enrollments.csv", enrollments_xlsx = "/api/v1/enrollments.xlsx";

    /// Reviews within reach as a file. At most 50,000 rows; `too_large` asks for fewer.
    Reviews, ReviewQuery, ReadReviews;
    reviews_csv = "/api/v1/reviews.csv", reviews_xlsx = "/api/v1/reviews.xlsx";

    /// Targets within reach as a file. At most 50,000 rows; `too_large` asks for fewer.
    Targets, WantedTargets, ReadOwnUnit;
    targets_csv = "/api/v1/targets.csv", targets_xlsx = "/api/v1/targets.xlsx";

    /// Drives within reach as a file. At most 50,000 rows; `too_large` asks for fewer.
    Drives, DriveQuery, ReadOwnUnit;
    drives_csv = "/api/v1/drives.csv", drives_xlsx = "/api/v1/drives.xlsx";

    /// Users within reach as a file. At most 50,000 rows, else `too_large`.
    Users, Everything, ReadOwnUnit;
    users_csv = "/api/v1/users.csv", users_xlsx = "/api/v1/users.xlsx";

    /// Groups within reach as a file. At most 50,000 rows, else `too_large`.
    Groups, Everything, ReadOwnUnit;
    groups_csv = "/api/v1/groups.csv", groups_xlsx = "/api/v1/groups.xlsx";

    /// Villages as a file. At most 50,000 rows; `too_large` asks for fewer.
    Villages, VillageQuery, ReadReference;
    villages_csv = "/api/v1/villages.csv", villages_xlsx = "/api/v1/villages.xlsx";

    /// Installations within reach as a file. At most 50,000 rows; `too_large` asks for fewer.
    Installations, InstallationQuery, ListInstallations;
    installations_csv = "/api/v1/installations.csv", installations_xlsx = "/api/v1/installations.xlsx";
}

/// Items of a list within reach as a file, in the order in which people are visited. At most 50,000 rows;
/// `too_large` asks for fewer.
#[utoipa::path(get, path = "/api/v1/worklists/{id}/items.csv", params(("id" = Id, Path), ItemQuery),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub async fn items_csv(
    caller: Allowed<permit::ReadOwnUnit>,
    state: State,
    lang: Lang,
    id: Path<Id>,
    query: Query<ItemQuery>,
) -> Result<HttpResponse, Problem> {
    let query = (id.into_inner(), query.into_inner());
    take::<_, WorklistItems>(Ending::Csv, caller, state, lang, query).await
}

/// Items of a list within reach as a file, in the order in which people are visited. At most 50,000 rows;
/// `too_large` asks for fewer.
#[utoipa::path(get, path = "/api/v1/worklists/{id}/items.xlsx", params(("id" = Id, Path), ItemQuery),
    responses((status = 200,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)))]
pub async fn items_xlsx(
    caller: Allowed<permit::ReadOwnUnit>,
    state: State,
    lang: Lang,
    id: Path<Id>,
    query: Query<ItemQuery>,
) -> Result<HttpResponse, Problem> {
    let query = (id.into_inner(), query.into_inner());
    take::<_, WorklistItems>(Ending::Xlsx, caller, state, lang, query).await
}
