//! Opening the database: connection, durability settings, migrations, and what its errors mean.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _, Transaction};

use super::bounces::SoftBounces;
use super::place::{Place, locate, make, refuse_emptied};
use crate::error::{Error, Kind, Result};
use crate::profile::AddressKey;

const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ledger", include_str!("../../migrations/sqlite/0001_ledger.sql")),
    (2, "feedback", include_str!("../../migrations/sqlite/0002_feedback.sql")),
    (3, "attempts", include_str!("../../migrations/sqlite/0003_attempts.sql")),
    (4, "assignment", include_str!("../../migrations/sqlite/0004_assignment.sql")),
    (5, "offers", include_str!("../../migrations/sqlite/0005_offers.sql")),
    (7, "personal blocks", include_str!("../../migrations/sqlite/0007_personal_blocks.sql")),
    (8, "door", include_str!("../../migrations/sqlite/0008_door.sql")),
    (10, "shares", include_str!("../../migrations/sqlite/0010_shares.sql")),
    (11, "draft", include_str!("../../migrations/sqlite/0011_draft.sql")),
];
const POSTGRES_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ledger", include_str!("../../migrations/postgres/0001_ledger.sql")),
    (2, "feedback", include_str!("../../migrations/postgres/0002_feedback.sql")),
    (3, "attempts", include_str!("../../migrations/postgres/0003_attempts.sql")),
    (4, "assignment", include_str!("../../migrations/postgres/0004_assignment.sql")),
    (5, "offers", include_str!("../../migrations/postgres/0005_offers.sql")),
    (7, "personal blocks", include_str!("../../migrations/postgres/0007_personal_blocks.sql")),
    (8, "door", include_str!("../../migrations/postgres/0008_door.sql")),
    (10, "shares", include_str!("../../migrations/postgres/0010_shares.sql")),
    (11, "draft", include_str!("../../migrations/postgres/0011_draft.sql")),
];

/// Connections kept by one process; writing is grouped, so few are enough.
const CONNECTIONS_MAX: u32 = 4;
/// How long a connection to the database may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

const PATIENT: &str = "PRAGMA busy_timeout = 20000";
const LOGGED: &str = "PRAGMA journal_mode = WAL";
/// A commit folds the log once it has 16 MB: four times as many pages as usual, of which many are written over and over.
const FOLDED: &str = "PRAGMA wal_autocheckpoint = 4000";

/// The two databases a ledger can live in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// One file, write-ahead log.
    Sqlite,
    /// A server, any number of senders.
    Postgres,
}

/// How far a commit on SQLite reaches (<https://www.sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Synced {
    /// It is on the disk before it is confirmed.
    Full,
    /// It outlives the process; a power cut takes the last ones back.
    Normal,
}

/// A handle on the ledger; cheap to clone, safe to share between tasks.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) pool: AnyPool,
    pub(super) dialect: Dialect,
    pub(super) soft: SoftBounces,
    /// Keys of hashes of addresses: the first makes them, all are known again.
    pub(super) address_keys: Arc<[AddressKey]>,
    place: Arc<Place>,
    /// Transactions committed.
    pub(super) n_commits: Arc<AtomicU64>,
}

impl Ledger {
    /// Opens the ledger at `sqlite://PATH` or `postgres://...` and brings its tables up to date.
    ///
    /// With `create`, a missing SQLite file is made, readable by its owner only. Relative paths are taken from the process's folder:
    /// the caller resolves them.
    ///
    /// # Errors
    /// `Usage` for another kind of URL; `Unavailable` when the server cannot be reached; `Io` when the file cannot be opened or written,
    /// or is not there; `Data` when a newer version of relance wrote it.
    pub async fn open(url: &str, create: bool) -> Result<Self> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);

        let (dialect, url, place, found_there) = locate(url, create)?;
        if let Some(file) = place.file.as_ref().filter(|_| create && !found_there) {
            make(&place, file).await?;
        }
        refuse_emptied(&place, found_there)?;
        // The pool tries again for a while whatever the trouble is; one connection by hand tells at once.
        match tokio::time::timeout(CONNECT_WITHIN, try_once(&url, dialect, place.sync)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(explain(&place, error)),
            Err(_) => return Err(explain(&place, sqlx::Error::PoolTimedOut)),
        }
        let sync = place.sync;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECT_WITHIN)
            .after_connect(move |connection, _| Box::pin(prepare(connection, dialect, sync)))
            // A full disk ends a transaction behind the driver's back; its connection can begin no other.
            .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect(&url)
            .await;
        let ledger = match pool {
            Ok(pool) => Self {
                pool,
                dialect,
                soft: SoftBounces::DEFAULT,
                address_keys: Arc::default(),
                place: Arc::new(place),
                n_commits: Arc::default(),
            },
            Err(error) => return Err(explain(&place, error)),
        };
        ledger.migrate().await?;
        Ok(ledger)
    }

    /// Sets how many soft bounces count as a dead address.
    #[must_use]
    pub fn with_soft_bounces(mut self, soft: SoftBounces) -> Self {
        self.soft = soft;
        self
    }

    /// Gives the keys by which forgotten people are known again, the one in use first.
    #[must_use]
    pub fn with_address_keys(mut self, keys: Vec<AddressKey>) -> Self {
        self.address_keys = keys.into();
        self
    }

    /// Closes all connections; on SQLite this folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn migrate(&self) -> Result<()> {
        let known = match self.dialect {
            Dialect::Sqlite => SQLITE_MIGRATIONS,
            Dialect::Postgres => POSTGRES_MIGRATIONS,
        };
        let known = known.iter().map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, AssertSqlSafe(*sql).into_sql_str(), false)
        });
        Migrator::with_migrations(known.collect()).run(&self.pool).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => Error::new(
                Kind::Data,
                format!("the ledger {} was written by a newer relance (its tables are at version {version})", self.place.shown),
            )
            .help("use that version, or name another database in `[ledger]`"),
            MigrateError::Dirty(version) => Error::new(
                Kind::Data,
                format!("the ledger {} was left in the middle of being brought to version {version} of its tables", self.place.shown),
            )
            .help("restore it from the backup made before relance was updated"),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => self.explain(error),
            other => {
                Error::new(Kind::Unavailable, format!("cannot prepare the tables of the ledger {}", self.place.shown)).caused_by(other)
            }
        })
    }

    /// Begins a transaction that will write; on SQLite it takes the write lock at once, so it cannot fail half-way for want of it.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Any>> {
        let begun = match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.pool.begin().await,
        };
        begun.map_err(|error| self.explain(error))
    }

    /// Begins one on a connection that is held already.
    pub(super) async fn begin_on<'c>(&self, connection: &'c mut AnyConnection) -> Result<Transaction<'c, Any>> {
        let begun = match self.dialect {
            Dialect::Sqlite => connection.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => connection.begin().await,
        };
        begun.map_err(|error| self.explain(error))
    }

    pub(super) async fn commit(&self, transaction: Transaction<'_, Any>) -> Result<()> {
        transaction.commit().await.map_err(|error| self.explain(error))?;
        self.n_commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Says what a database error means to a person.
    pub(super) fn explain(&self, error: sqlx::Error) -> Error {
        explain(&self.place, error)
    }

    /// Returns the condition that a message's id is among those that a query gives.
    ///
    /// PostgreSQL expects a hundred rows of a JSON array and more of a query, and then rather reads the whole table, once a statement,
    /// than looks them up; prepared statements keep that plan while the table grows. Of an array it expects ten, which it looks up.
    pub(super) fn id_among(&self, query: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("message.id IN ({query})"),
            Dialect::Postgres => format!("message.id = ANY(ARRAY({query}))"),
        }
    }

    /// Returns the expression that reads a number of [`Self::rows_of_first_parameter`].
    pub(super) fn number_of_value(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "CAST(value AS BIGINT)",
            Dialect::Postgres => "CAST(CAST(value AS TEXT) AS BIGINT)",
        }
    }

    /// Returns the expression that reads a text of [`Self::rows_of_first_parameter`].
    pub(super) fn text_of_value(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "value",
            Dialect::Postgres => "(value #>> '{}')",
        }
    }

    /// Returns the table expression that turns the JSON array `$1` into rows with one column `value`.
    pub(super) fn rows_of_first_parameter(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "json_each($1)",
            Dialect::Postgres => "json_array_elements(CAST($1 AS json))",
        }
    }
}

/// Opens one connection, sets it up and closes it.
pub(super) async fn try_once(url: &str, dialect: Dialect, sync: Synced) -> Result<(), sqlx::Error> {
    let mut connection = AnyConnection::connect(url).await?;
    prepare(&mut connection, dialect, sync).await?;
    if dialect == Dialect::Sqlite {
        // The first reading makes the shared memory of the write-ahead log, for which a full disk has no room.
        connection.execute("SELECT count(*) FROM sqlite_schema").await?;
    }
    connection.close().await
}

/// Makes a new connection durable and patient, whatever the server's own settings are.
async fn prepare(connection: &mut AnyConnection, dialect: Dialect, sync: Synced) -> Result<(), sqlx::Error> {
    let statements: &[&'static str] = match (dialect, sync) {
        (Dialect::Sqlite, Synced::Full) => &[PATIENT, LOGGED, FOLDED, "PRAGMA synchronous = FULL"],
        (Dialect::Sqlite, Synced::Normal) => &[PATIENT, LOGGED, FOLDED, "PRAGMA synchronous = NORMAL"],
        // With `off`, a commit that was confirmed is lost when the server crashes: a mail could be sent twice.
        (Dialect::Postgres, _) => {
            &["SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"]
        }
    };
    for statement in statements {
        connection.execute(*statement).await?;
    }
    Ok(())
}

/// Says what a database error means to a person.
pub(super) fn explain(place: &Place, error: sqlx::Error) -> Error {
    let shown = &place.shown;
    if let sqlx::Error::Database(failure) = &error {
        let code = failure.code().unwrap_or_default().into_owned();
        let message = failure.message().to_owned();
        let Some(file) = &place.file else {
            return match code.as_str() {
                "53100" | "25006" => Error::new(Kind::Io, format!("cannot write the ledger {shown}: {message}")),
                _ => Error::new(Kind::Unavailable, format!("the ledger {shown} answers: {message}")),
            }
            .caused_by(error);
        };
        // The low byte of an SQLite code is its primary code: https://www.sqlite.org/rescode.html
        return match code.parse::<u32>().unwrap_or(0) & 0xff {
            5 | 6 => Error::new(Kind::Busy, format!("the ledger {shown} is locked by another program"))
                .help(format!("find it with `fuser {}`", file.display())),
            8 => Error::new(Kind::Io, format!("the ledger {shown} cannot be written: it is read-only")),
            13 => Error::new(Kind::Io, format!("the ledger {shown} cannot be written: the disk is full"))
                .help("make room, then type the same command again: nothing is sent twice"),
            10 => Error::new(Kind::Io, format!("the ledger {shown} cannot be used: {message}"))
                .help("look at the disk, its room and the limit of file sizes (`ulimit -f`), then type the same command again: nothing is sent twice"),
            11 | 26 => Error::new(Kind::Io, format!("`{}` is damaged or not a ledger", file.display())).help("restore it from a backup"),
            14 => Error::new(Kind::Io, format!("the ledger {shown} cannot be opened")),
            _ => Error::new(Kind::Io, format!("the ledger {shown} cannot be used: {message}")),
        }
        .caused_by(error);
    }
    let kind = if place.file.is_some() { Kind::Io } else { Kind::Unavailable };
    let doing = if kind == Kind::Io { "cannot be used" } else { "cannot be reached" };
    Error::new(kind, format!("the ledger {shown} {doing}: {error}")).caused_by(error)
}
