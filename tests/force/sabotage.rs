//! Proof that the checks can fail: something is changed behind the server's back, and the books must
//! not balance any more.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::args::Kind;
use crate::world::World;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sabotage {
    /// Tallies of a day count one more.
    Tally,
    /// One enrollment is gone, with its card and all that was told of it.
    Enrollment,
    /// One change is missing from a feed.
    Change,
    /// An outcome is another one.
    Outcome,
    /// A record that stood is rejected.
    State,
    /// A card that stood is void.
    Card,
    /// Everybody is one and the same person.
    Cover,
    /// What a record waits for is closed.
    Review,
    /// A number that no phone gave out has come from each; one forgotten would be found again when the
    /// phone repeats itself.
    Number,
    /// Visits that stood are taken back.
    Visit,
}

const ENROLLMENT: &str =
    "(SELECT id FROM enrollments WHERE status = 'accepted' ORDER BY id LIMIT 1)";

impl Sabotage {
    /// Changes it; whether there was anything to change.
    pub fn strike(self, world: &World) -> bool {
        let mut changed = 0;
        for sql in self.sql() {
            let sql = sql.replace("ENROLLMENT", ENROLLMENT);
            let query = diesel::sql_query(&sql);
            let done = match world.kind {
                Kind::Sqlite => {
                    let mut conn =
                        SqliteConnection::establish(world.database()).expect("the file opens");
                    // The server is at work beside it: it seals what was done.
                    conn.batch_execute("PRAGMA busy_timeout = 10000").expect("it waits");
                    query.execute(&mut conn)
                }
                Kind::Postgres => {
                    let mut conn = PgConnection::establish(&world.url).expect("it answers");
                    query.execute(&mut conn)
                }
            };
            changed += done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        changed > 0
    }

    /// Words of the checks of which one must find it.
    pub fn is_found_by(self) -> &'static [&'static str] {
        match self {
            Self::Tally => &["rows differ"],
            Self::Enrollment => &["accepted counted and told"],
            Self::Change => &["cards of enrollment"],
            Self::Outcome => &["and then"],
            Self::State => &["was accepted and is", "is Rejected with"],
            Self::Card => &["and its card"],
            Self::Cover => &["is covered twice"],
            Self::Review => &["waits without a review"],
            Self::Number => &["numbers of"],
            Self::Visit => &["taken back"],
        }
    }

    fn sql(self) -> &'static [&'static str] {
        match self {
            Self::Tally => {
                &["UPDATE tallies SET accepted = accepted + 1 WHERE grain = 'day' AND starts_on = \
                   (SELECT MAX(starts_on) FROM tallies WHERE grain = 'day')"]
            }
            Self::Enrollment => &[
                "DELETE FROM changes WHERE entity_id IN \
                 (SELECT id FROM cards WHERE enrollment_id = ENROLLMENT)",
                "DELETE FROM changes WHERE entity_id = ENROLLMENT",
                "DELETE FROM duplicates WHERE enrollment_id = ENROLLMENT",
                "DELETE FROM cards WHERE enrollment_id = ENROLLMENT",
                "DELETE FROM enrollments WHERE id = ENROLLMENT",
            ],
            Self::Change => &["DELETE FROM changes WHERE entity = 'card' AND entity_id = \
                   (SELECT id FROM cards WHERE enrollment_id = ENROLLMENT)"],
            Self::Outcome => &["UPDATE records SET outcome = \
                 REPLACE(outcome, '\"status\":\"accepted\"', '\"status\":\"duplicate\"')"],
            Self::State => &["UPDATE records SET state = 'rejected' WHERE id = \
                   (SELECT record_id FROM enrollments WHERE id = ENROLLMENT)"],
            Self::Card => &["UPDATE cards SET state = 'voided' WHERE enrollment_id = ENROLLMENT"],
            Self::Cover => &["UPDATE enrollments SET person_id = \
                   (SELECT person_id FROM enrollments WHERE id = ENROLLMENT)"],
            Self::Review => &["UPDATE reviews SET state = 'closed' WHERE state = 'open' \
                 AND record_id IN (SELECT id FROM records WHERE state = 'review')"],
            Self::Number => &["UPDATE installations SET contiguous_seq = contiguous_seq + 1"],
            Self::Visit => &["UPDATE visits SET voided_at = recorded_at WHERE voided_at IS NULL"],
        }
    }
}
