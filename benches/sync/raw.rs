//! The same rows into the same tables, without any question: what the databases can do at best.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use diesel::prelude::*;

use dai_ly_thu::domain::{ChangeEntity, Id};
use dai_ly_thu::store::bulk::Bulk;
use dai_ly_thu::store::feed::News;
use dai_ly_thu::store::installations::Wanted;
use dai_ly_thu::store::rows::{CardRow, EnrollmentRow, PersonCodeRow, PersonRow, RecordRow};
use dai_ly_thu::store::schema::{cards, enrollments, person_codes, persons, records};
use dai_ly_thu::store::users::User;
use dai_ly_thu::store::{Conn, Reach, Result, Store, Window, feed, groups, installations, users};

use crate::phones::Work;

/// The rows that came of one batch.
struct Rows {
    records: Vec<RecordRow>,
    persons: Vec<PersonRow>,
    codes: Vec<PersonCodeRow>,
    enrollments: Vec<EnrollmentRow>,
    cards: Vec<CardRow>,
    news: Vec<News>,
}

impl Rows {
    fn insert(&self, tx: &mut Conn) -> Result<()> {
        RecordRow::insert_all(tx, &self.records)?;
        PersonRow::insert_all(tx, &self.persons)?;
        PersonCodeRow::insert_all(tx, &self.codes)?;
        EnrollmentRow::insert_all(tx, &self.enrollments)?;
        CardRow::insert_all(tx, &self.cards)?;
        feed::publish(tx, self.records[0].group_id, None, &self.news)
    }
}

/// Inserts what came of `work` in one database into another, as many connections at once, each batch in
/// a transaction of its own. How long all but the first of each took.
pub fn insert(from: &Store, into: &Store, work: Work) -> Duration {
    let shares = copy(from, into, work);
    let (ready, done) = (Barrier::new(work.phones + 1), Barrier::new(work.phones + 1));
    std::thread::scope(|scope| {
        for share in &shares {
            let (ready, done) = (&ready, &done);
            scope.spawn(move || {
                let insert = |rows: &Rows| into.write(|tx| rows.insert(tx)).expect("raw inserts");
                insert(&share[0]);
                ready.wait();
                share[1..].iter().for_each(insert);
                done.wait();
            });
        }
        ready.wait();
        let begun = Instant::now();
        done.wait();
        begun.elapsed()
    })
}

/// Copies groups, users and phones, and hands over the rest by phone and batch.
fn copy(from: &Store, into: &Store, work: Work) -> Vec<Vec<Rows>> {
    use dai_ly_thu::store::schema::users as users_table;

    let window = Window { after: None, limit: 1000 };
    let (groups_found, users_found, phones) = from
        .read(|conn| -> Result<_> {
            let users: Vec<User> = users_table::table.select(User::as_select()).load(conn)?;
            let groups = groups::list(conn, &Reach::Everything, window)?.items;
            Ok((
                groups,
                users,
                installations::list(conn, &Reach::Everything, Wanted::default(), window)?.items,
            ))
        })
        .expect("units");
    into.write(|tx| -> Result<()> {
        for group in groups_found {
            groups::create(tx, group)?;
        }
        for user in &users_found {
            users::create(tx, user)?;
        }
        for it in &phones {
            installations::create(tx, it.id, it.user_id, &it.label, None, it.created_at)?;
        }
        Ok(())
    })
    .expect("units");
    from.read(|conn| phones.iter().map(|phone| share(conn, phone.id, work.batch)).collect())
        .expect("rows")
}

/// What came of one phone: of the record that opened its connection, then of each batch.
fn share(conn: &mut Conn, installation_id: Id, batch: usize) -> Result<Vec<Rows>> {
    let all: Vec<RecordRow> = records::table
        .filter(records::installation_id.eq(Some(installation_id)))
        .order(records::seq)
        .select(RecordRow::as_select())
        .load(conn)?;
    let (first, rest) = all.split_at(1);
    std::iter::once(first)
        .chain(rest.chunks(batch))
        .map(|records| rows_of(conn, records.to_vec()))
        .collect()
}

fn rows_of(conn: &mut Conn, records: Vec<RecordRow>) -> Result<Rows> {
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
        .map(|row| News::put(ChangeEntity::Enrollment, row.id))
        .chain(person_ids.iter().map(|id| News::put(ChangeEntity::Person, *id)))
        .chain(cards.iter().map(|row| News::put(ChangeEntity::Card, row.id)))
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
