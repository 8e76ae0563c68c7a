//! SQLite's log, carried into the database file beside the work, so that no upload waits for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::conn::{Conn, Location};
use super::error::{Result, StoreError};
use super::files;

/// Bytes of a page.
const PAGE: u64 = 4096;

/// Pages of 4 KiB that may stand in the log before it is carried over: 128 MiB. The longer the log, the
/// more changes of a page are written to the file as one, and the more of them lie beside each other.
const PAGES: i32 = 32_768;

/// After so long without a commit the log is carried over however short it is.
const REST: Duration = Duration::from_secs(2);

/// The thread that looks after the log. It ends with the last who holds this.
pub(super) struct Checkpoints {
    ended: Option<SyncSender<()>>,
    undone: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(QueryableByName)]
struct Log {
    #[diesel(sql_type = Integer)]
    log: i32,
    #[diesel(sql_type = Integer)]
    checkpointed: i32,
}

impl Checkpoints {
    /// Looks after the log of the database at `location`, which is SQLite's.
    pub(super) fn start(location: &Location) -> Result<Self> {
        let mut conn = location.connect().map_err(|error| StoreError::Busy(error.to_string()))?;
        conn.batch_execute(include_str!("sqlite_checkpoints.sql"))?;
        let file = location.file().map(Path::to_owned).unwrap_or_default();
        // One that waits stands for all that came meanwhile.
        let (ended, transactions) = sync_channel(1);
        let undone = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&undone);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || look_after(&mut conn, &file, &transactions, &seen))
            .map_err(|error| StoreError::Busy(error.to_string()))?;
        Ok(Self { ended: Some(ended), undone, thread: Some(thread) })
    }

    /// A transaction was committed.
    pub(super) fn committed(&self) {
        if let Some(ended) = &self.ended {
            // When one waits to be seen already, it stands for this one too.
            _ = ended.try_send(());
        }
    }

    /// A transaction was undone: perhaps the disk is full, and the log takes the room.
    pub(super) fn undone(&self) {
        self.undone.store(true, Ordering::Relaxed);
        self.committed();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.ended.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that carries over the log broke off");
        }
    }
}

fn look_after(conn: &mut Conn, file: &Path, transactions: &Receiver<()>, undone: &AtomicBool) {
    let mut at_rest = true;
    loop {
        let done = match transactions.recv_timeout(REST) {
            // What stands in the file need not stand in the log: the next writer begins it anew.
            Ok(()) if undone.swap(false, Ordering::Relaxed) => {
                at_rest = false;
                checkpoint(conn, "PASSIVE").map(drop)
            }
            Ok(()) => {
                at_rest = false;
                when_long(conn, most(file))
            }
            Err(RecvTimeoutError::Timeout) if at_rest => continue,
            Err(RecvTimeoutError::Timeout) => {
                at_rest = true;
                checkpoint(conn, "PASSIVE").map(drop)
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        // It is tried again after the next transaction; the writer does it when the log grows much too long.
        if let Err(error) = done {
            tracing::warn!(%error, "the log was not carried into the database file");
        }
    }
}

/// Carries over what it can while others write, then holds them up for the rest, so that the log begins
/// anew.
fn when_long(conn: &mut Conn, most: i32) -> Result<()> {
    if checkpoint(conn, "NOOP")?.log < most {
        return Ok(());
    }
    let mut left = checkpoint(conn, "PASSIVE")?;
    if left.log - left.checkpointed > most / 8 {
        left = checkpoint(conn, "PASSIVE")?;
    }
    if left.log - left.checkpointed > most / 8 {
        // Somebody reads an old state, a backup perhaps: nobody is held up for what cannot be done yet.
        return Ok(());
    }
    checkpoint(conn, "RESTART").map(drop)
}

/// Pages that may stand in the log. What it holds must find room in the file: on a disk that is nearly full
/// a log that took the last of it could never be carried over again.
fn most(file: &Path) -> i32 {
    let half = files::free(file).map(|bytes| i32::try_from(bytes / 2 / PAGE).unwrap_or(PAGES));
    half.unwrap_or(PAGES).min(PAGES)
}

fn checkpoint(conn: &mut Conn, how: &str) -> Result<Log> {
    Ok(diesel::sql_query(format!("PRAGMA wal_checkpoint({how})")).get_result(conn)?)
}

#[cfg(test)]
mod tests {
    use super::super::{PoolSize, Store};
    use super::*;
    use diesel::sql_types::BigInt;

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        it: i64,
    }

    fn number(conn: &mut Conn, sql: &str) -> i64 {
        diesel::sql_query(sql).get_result::<Number>(conn).unwrap().it
    }

    const LEDGER: &str = "SELECT COUNT(*) AS it FROM ledger";

    fn ledger() -> (tempfile::TempDir, Location) {
        let folder = tempfile::tempdir().unwrap();
        let location =
            Location::parse(&format!("sqlite:{}", folder.path().join("db").display())).unwrap();
        (folder, location)
    }

    fn enter(conn: &mut Conn) -> Result<()> {
        Ok(conn.batch_execute("INSERT INTO ledger VALUES (randomblob(20000))")?)
    }

    /// Like a backup of hours: the log grows beside it and nobody waits; when it ends the log begins anew.
    #[test]
    fn who_reads_an_old_state_for_long_only_lets_the_log_grow() {
        const MOST: i32 = 64;
        let (_folder, location) = ledger();
        let [mut writer, mut reader, mut log] = [(); 3].map(|()| location.connect().unwrap());
        let wal =
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE ledger (it);";
        writer.batch_execute(wal).unwrap();
        log.batch_execute(include_str!("sqlite_checkpoints.sql")).unwrap();
        enter(&mut writer).unwrap();
        reader.batch_execute("BEGIN").unwrap();
        assert_eq!(number(&mut reader, LEDGER), 1);
        for _ in 0..100 {
            enter(&mut writer).unwrap();
            when_long(&mut log, MOST).unwrap();
        }
        assert_eq!(number(&mut reader, LEDGER), 1);
        let long = checkpoint(&mut log, "NOOP").unwrap();
        assert!(long.log > 4 * MOST && long.checkpointed < MOST, "{} pages", long.log);
        reader.batch_execute("COMMIT").unwrap();
        when_long(&mut log, MOST).unwrap();
        enter(&mut writer).unwrap();
        assert!(checkpoint(&mut log, "NOOP").unwrap().log < MOST);
        assert_eq!(number(&mut reader, LEDGER), 102);
    }

    /// The thread itself, beside a reader who stays, and with work that is undone: all that was committed is there.
    #[test]
    fn writers_go_on_beside_a_long_reader_and_lose_nothing() {
        let (_folder, location) = ledger();
        location.connect().unwrap().batch_execute("CREATE TABLE ledger (it)").unwrap();
        let store = Store::connect(location.clone(), PoolSize { connections: 2 }).unwrap();
        store.write(enter).unwrap();
        let mut reader = location.connect().unwrap();
        reader.batch_execute("BEGIN").unwrap();
        assert_eq!(number(&mut reader, LEDGER), 1);
        for _ in 0..100 {
            store.write(enter).unwrap();
            let undone = store.write(|tx| enter(tx).and(Err::<(), _>(StoreError::Race)));
            assert!(matches!(undone, Err(StoreError::Race)), "{undone:?}");
        }
        assert_eq!(number(&mut reader, LEDGER), 1);
        reader.batch_execute("COMMIT").unwrap();
        store.write(enter).unwrap();
        drop(store);
        assert_eq!(number(&mut reader, LEDGER), 102);
        let whole =
            "SELECT COUNT(*) AS it FROM pragma_integrity_check WHERE integrity_check = 'ok'";
        assert_eq!(number(&mut reader, whole), 1);
    }
}
