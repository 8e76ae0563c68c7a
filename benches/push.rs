//! End to end over HTTP beside raw inserts of the same rows into the same tables, in one run, on both
//! databases: what all the checks cost. `cargo bench --bench push`

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use serde_json::Value;

use dai_ly_thu::auth::{Keys, Passwords, tokens};
use dai_ly_thu::clock;
use dai_ly_thu::domain::{ChangeEntity, Id, Role};
use dai_ly_thu::http::{AppState, ServerConfig, start};
use dai_ly_thu::rulebook::Rulebook;
use dai_ly_thu::store::bulk::Bulk;
use dai_ly_thu::store::groups::Group;
use dai_ly_thu::store::rows::{CardRow, EnrollmentRow, PersonCodeRow, PersonRow, RecordRow};
use dai_ly_thu::store::schema::{cards, enrollments, person_codes, persons, records};
use dai_ly_thu::store::sessions::{Family, RefreshToken};
use dai_ly_thu::store::users::User;
use dai_ly_thu::store::{Result, Store, feed, groups, installations, sessions, users};

use support::records::{batch, record, voluntary};
use support::{Backend, Database};

/// Records in a batch, the most that is allowed.
const BATCH: usize = 500;
/// Batches in all, shared among the phones.
const BATCHES: usize = 40;

fn main() {
    support::postgres::DURABLE.store(true, Ordering::Relaxed);
    println!("{BATCHES} batches of {BATCH} voluntary enrollments; rows are enrollments");
    println!(
        "{:<10} {:>6} {:>14} {:>14} {:>7}",
        "database", "phones", "end to end/s", "raw inserts/s", "ratio"
    );
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for phones in [1, 8] {
            let (sent, database) = end_to_end(backend, phones);
            let raw = raw_inserts(backend, phones, &database);
            println!(
                "{:<10} {phones:>6} {:>14.0} {:>14.0} {:>7.2}",
                format!("{backend:?}").to_lowercase(),
                rate(sent),
                rate(raw),
                raw.as_secs_f64() / sent.as_secs_f64()
            );
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand rows")]
fn rate(took: Duration) -> f64 {
    (BATCHES * BATCH) as f64 / took.as_secs_f64()
}

struct Phone {
    installation_id: Id,
    token: String,
    bodies: Vec<Vec<u8>>,
}

/// Sends all batches over HTTP; how long it took, and the database with what came of it.
fn end_to_end(backend: Backend, count: usize) -> (Duration, Database) {
    let database = Database::fresh(backend);
    let store = database.store();
    let keys = Arc::new(Keys::in_memory().expect("random bytes"));
    let passwords = Arc::new(Passwords::new().expect("random bytes"));
    let book = Arc::new(Rulebook::open(&store).expect("the law"));
    let state = AppState {
        store: store.clone(),
        keys: keys.clone(),
        passwords,
        book,
        turns: Arc::default(),
    };
    let listen = "127.0.0.1:0".to_owned();
    let server =
        start(ServerConfig { listen, workers: 2, signals: false, state }).expect("a server");
    let base = format!("http://{}/api/v1/sync/batches", server.addr);
    let phones: Vec<Phone> = (0..count).map(|n| phone(&store, &keys, n, BATCHES / count)).collect();

    let begun = Instant::now();
    std::thread::scope(|scope| {
        for phone in &phones {
            let base = &base;
            scope.spawn(move || {
                let agent = ureq::Agent::new_with_defaults();
                for body in &phone.bodies {
                    let request = agent
                        .put(format!("{base}/{}", phone.installation_id))
                        .header("authorization", format!("Bearer {}", phone.token))
                        .header("content-type", "application/json");
                    let mut answer = request.send(&body[..]).expect("an answer");
                    let text = answer.body_mut().with_config().limit(1 << 30).read_to_string();
                    let text = text.expect("a body");
                    assert_eq!(text.matches("\"status\":\"accepted\"").count(), BATCH);
                }
            });
        }
    });
    let took = begun.elapsed();
    server.stop().expect("the server stops");
    (took, database)
}

fn phone(store: &Store, keys: &Keys, number: usize, batches: usize) -> Phone {
    let now = clock::now();
    let [group_id, user_id, installation_id, family_id] = std::array::from_fn(|_| clock::new_id());
    let made = store.write(|tx| -> Result<()> {
        let group = Group {
            id: group_id,
            name: format!("Nhóm {number}"),
            office_id: None,
            area_codes: vec![],
            created_at: now.naive_utc(),
        };
        groups::create(tx, group)?;
        let user = User {
            id: user_id,
            login: user_id.to_string(),
            role: Role::Agent,
            name: "Đại lý".to_owned(),
            password_hash: String::new(),
            must_change_password: false,
            group_id: Some(group_id),
            office_id: None,
            organisation_id: None,
            certificate_number: None,
            certificate_expires_on: None,
            disabled_at: None,
            created_at: now.naive_utc(),
        };
        users::create(tx, &user)?;
        installations::create(tx, installation_id, user_id, "máy", None, now.naive_utc())?;
        let family = Family {
            id: family_id,
            user_id,
            installation_id: Some(installation_id),
            created_at: now.naive_utc(),
            ended_at: None,
        };
        let token = RefreshToken {
            digest: family_id.to_string(),
            family_id,
            expires_at: (now + chrono::TimeDelta::days(1)).naive_utc(),
            used_at: None,
        };
        sessions::begin(tx, &family, &token)
    });
    made.expect("a phone");
    let body = |n: usize| -> Vec<u8> {
        let records: Vec<Value> = (0..BATCH)
            .map(|i| {
                let seq = n * BATCH + i;
                let person = u32::try_from(number * 1_000_000 + seq).expect("few people");
                let seq = i64::try_from(seq + 1).expect("few records");
                record(clock::new_id(), 1, seq, "voluntary", now, &voluntary(person))
            })
            .collect();
        batch(installation_id, now, &records).to_string().into_bytes()
    };
    let token =
        tokens::issue(keys, user_id, family_id, Some(installation_id), now).expect("a token");
    Phone { installation_id, token, bodies: (0..batches).map(body).collect() }
}

/// The rows of one batch.
struct Rows {
    records: Vec<RecordRow>,
    persons: Vec<PersonRow>,
    codes: Vec<PersonCodeRow>,
    enrollments: Vec<EnrollmentRow>,
    cards: Vec<CardRow>,
    news: Vec<(ChangeEntity, Id)>,
}

/// Inserts the rows that came of the batches into another database, with as many connections.
fn raw_inserts(backend: Backend, count: usize, source: &Database) -> Duration {
    let database = Database::fresh(backend);
    let store = database.store();
    let rows = copy_units(&source.store(), &store);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for share in rows.chunks(BATCHES / count) {
            let store = &store;
            scope.spawn(move || {
                for batch in share {
                    let inserted = store.write(|tx| -> Result<()> {
                        RecordRow::insert_all(tx, &batch.records)?;
                        PersonRow::insert_all(tx, &batch.persons)?;
                        PersonCodeRow::insert_all(tx, &batch.codes)?;
                        EnrollmentRow::insert_all(tx, &batch.enrollments)?;
                        CardRow::insert_all(tx, &batch.cards)?;
                        feed::publish(tx, batch.records[0].group_id, None, &batch.news)
                    });
                    inserted.expect("raw inserts");
                }
            });
        }
    });
    begun.elapsed()
}

/// Copies groups, users and phones, and hands over the rest batch by batch.
fn copy_units(from: &Store, to: &Store) -> Vec<Rows> {
    use dai_ly_thu::store::schema::users as users_table;

    let everything = dai_ly_thu::store::Reach::Everything;
    let window = dai_ly_thu::store::Window { after: None, limit: 1000 };
    let (groups_found, users_found, installations_found) = from
        .read(|conn| -> Result<_> {
            let users: Vec<User> = users_table::table.select(User::as_select()).load(conn)?;
            let groups = groups::list(conn, &everything, window)?.items;
            Ok((groups, users, installations::list(conn, &everything, window)?.items))
        })
        .expect("units");
    to.write(|tx| -> Result<()> {
        for group in groups_found {
            groups::create(tx, group)?;
        }
        for user in &users_found {
            users::create(tx, user)?;
        }
        for it in installations_found {
            installations::create(tx, it.id, it.user_id, &it.label, None, it.created_at)?;
        }
        Ok(())
    })
    .expect("units");
    from.read(|conn| -> Result<Vec<Rows>> {
        let all: Vec<RecordRow> = records::table
            .order((records::group_id, records::seq))
            .select(RecordRow::as_select())
            .load(conn)?;
        all.chunks(BATCH).map(|records| rows_of(conn, records.to_vec())).collect()
    })
    .expect("rows")
}

fn rows_of(conn: &mut dai_ly_thu::store::Conn, records: Vec<RecordRow>) -> Result<Rows> {
    let ids: Vec<Id> = records.iter().map(|row| row.id).collect();
    let enrollments: Vec<EnrollmentRow> = enrollments::table
        .filter(enrollments::record_id.eq_any(&ids))
        .select(EnrollmentRow::as_select())
        .load(conn)?;
    let person_ids: Vec<Id> = enrollments.iter().map(|row| row.person_id).collect();
    let people = persons::table.filter(persons::id.eq_any(&person_ids));
    let codes = person_codes::table.filter(person_codes::person_id.eq_any(&person_ids));
    let issued = cards::table.filter(cards::person_id.eq_any(&person_ids));
    let cards: Vec<CardRow> = issued.select(CardRow::as_select()).load(conn)?;
    let news = enrollments
        .iter()
        .map(|row| (ChangeEntity::Enrollment, row.id))
        .chain(person_ids.iter().map(|id| (ChangeEntity::Person, *id)))
        .chain(cards.iter().map(|row| (ChangeEntity::Card, row.id)))
        .collect();
    Ok(Rows {
        persons: people.select(PersonRow::as_select()).load(conn)?,
        codes: codes.select(PersonCodeRow::as_select()).load(conn)?,
        records,
        enrollments,
        cards,
        news,
    })
}
