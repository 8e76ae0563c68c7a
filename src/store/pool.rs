//! Connections that are kept. Whether one still lives is found out by using it: to ask it first takes PostgreSQL as
//! long as many an answer.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{
    CustomizeConnection, ManageConnection, Pool, PooledConnection, R2D2Connection, State,
};

use super::conn::{Conn, Location};
use super::error::{Result, StoreError};

/// How long a caller waits for a connection before the answer is "busy".
const CHECKOUT: Duration = Duration::from_secs(15);

/// Connections of one purpose. All clones share them.
#[derive(Clone)]
pub(super) struct Connections(Pool<Manager>);

impl Connections {
    /// At most so many, of which one is kept open.
    pub fn open(location: &Location, most: u32, purpose: Purpose) -> Result<Self> {
        let pool = Pool::builder()
            .max_size(most)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(CHECKOUT)
            .connection_customizer(Box::new(purpose))
            .build(Manager(location.clone()))?;
        Ok(Self(pool))
    }

    /// How many there are, and how many of them rest.
    pub fn state(&self) -> State {
        self.0.state()
    }

    /// Begins something, on another connection when the one it began on had been lost, and gives the connection to go
    /// on with.
    pub fn begin<T, E: From<StoreError>>(
        &self,
        work: impl Fn(&mut Conn) -> Result<T, E>,
    ) -> Result<(T, PooledConnection<Manager>), E> {
        let mut lost = 0;
        loop {
            let mut kept = self.0.get().map_err(StoreError::from)?;
            match work(&mut kept) {
                Ok(done) => return Ok((done, kept)),
                Err(error) if lost == self.0.max_size() || kept.lives() => return Err(error),
                Err(_) => lost += 1,
            }
        }
    }
}

/// A connection that is kept.
pub(super) struct Kept {
    conn: Conn,
    is_lost: bool,
}

impl Kept {
    /// Whether it still answers. One that does not is not used again.
    fn lives(&mut self) -> bool {
        self.is_lost |= self.ping().is_err();
        !self.is_lost
    }

    fn ping(&mut self) -> QueryResult<()> {
        match &mut self.conn {
            Conn::Pg(c) => c.ping(),
            Conn::Sqlite(c) => c.ping(),
        }
    }
}

impl Deref for Kept {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Kept {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// Makes connections.
#[derive(Debug)]
pub(super) struct Manager(Location);

impl ManageConnection for Manager {
    type Connection = Kept;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Kept, Self::Error> {
        let conn = self.0.connect().map_err(diesel::r2d2::Error::ConnectionError)?;
        Ok(Kept { conn, is_lost: false })
    }

    fn is_valid(&self, kept: &mut Kept) -> Result<(), Self::Error> {
        kept.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, kept: &mut Kept) -> bool {
        // A panic may have left a transaction open.
        if kept.is_lost || std::thread::panicking() {
            return true;
        }
        match &mut kept.conn {
            Conn::Pg(c) => c.is_broken(),
            Conn::Sqlite(c) => c.is_broken(),
        }
    }
}

/// What a kept connection may do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Read,
    Write,
}

impl CustomizeConnection<Kept, diesel::r2d2::Error> for Purpose {
    fn on_acquire(&self, kept: &mut Kept) -> Result<(), diesel::r2d2::Error> {
        let settings = match (&kept.conn, self) {
            (Conn::Sqlite(_), Self::Write) => include_str!("sqlite_writer.sql"),
            (Conn::Sqlite(_), Self::Read) => include_str!("sqlite_reader.sql"),
            (Conn::Pg(_), _) => include_str!("postgres.sql"),
        };
        kept.conn.batch_execute(settings).map_err(diesel::r2d2::Error::QueryError)
    }
}
