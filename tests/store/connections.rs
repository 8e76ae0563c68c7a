//! What a connection sees and may do, and what becomes of one that was lost.

use std::sync::Barrier;

use diesel::prelude::*;

use dai_ly_thu::clock;
use dai_ly_thu::domain::Id;
use dai_ly_thu::store::schema::groups;
use dai_ly_thu::store::{Conn, Result, Store};

use crate::both;
use crate::support::{Backend, Database, postgres};

both!(what_is_read_is_one_moment, who_reads_writes_nothing);

fn add_a_group(conn: &mut Conn) -> Result<usize> {
    let now = clock::now().naive_utc();
    let row = (groups::id.eq(clock::new_id()), groups::name.eq("Nhóm"), groups::created_at.eq(now));
    Ok(diesel::insert_into(groups::table).values(row).execute(conn)?)
}

fn count(conn: &mut Conn) -> Result<i64> {
    Ok(groups::table.count().get_result(conn)?)
}

fn what_is_read_is_one_moment(backend: Backend) {
    let database = Database::fresh(backend);
    let store = database.open(2);
    let seen = store.read(|conn| -> Result<_> {
        let before = count(conn)?;
        store.write(add_a_group)?;
        Ok((before, count(conn)?))
    });
    assert_eq!(seen.unwrap(), (0, 0));
    assert_eq!(store.read(count).unwrap(), 1);
}

fn who_reads_writes_nothing(backend: Backend) {
    let database = Database::fresh(backend);
    let store = database.store();
    assert!(store.read(add_a_group).is_err());
    assert_eq!(store.read(count).unwrap(), 0);
}

/// All connections of a store were ended while nobody used them: nobody learns of it.
#[test]
fn a_lost_connection_is_replaced() {
    const CONNECTIONS: u32 = 3;
    let database = Database::fresh(Backend::Postgres);
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let uses: [fn(&Store) -> Result<i64>; 3] =
        [|store| store.glance(count), |store| store.read(count), |store| store.write(count)];
    for of in uses {
        let store = database.open(CONNECTIONS);
        let together = Barrier::new(CONNECTIONS as usize);
        let open = |conn: &mut Conn| -> Result<()> {
            count(conn)?;
            together.wait();
            Ok(())
        };
        std::thread::scope(|scope| {
            let all = [(); CONNECTIONS as usize].map(|()| scope.spawn(|| store.read(open)));
            all.into_iter().for_each(|one| one.join().unwrap().unwrap());
        });
        postgres::admin(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
        assert_eq!(of(&store).unwrap(), 0);
    }
}

/// Who asks for something that is not there is told so at once, on the same connection.
#[test]
fn what_is_wrong_with_a_question_is_no_lost_connection() {
    let database = Database::fresh(Backend::Postgres);
    let store = database.open(1);
    let asked = std::cell::Cell::new(0);
    let missing = store.glance(|conn| -> Result<Id> {
        asked.set(asked.get() + 1);
        Ok(groups::table.select(groups::id).first(conn)?)
    });
    assert!(missing.is_err());
    assert_eq!(asked.get(), 1);
}
