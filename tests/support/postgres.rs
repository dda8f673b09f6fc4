//! A PostgreSQL server of its own for one test binary.
//!
//! ```ignore
//! #[path = "support/postgres.rs"]
//! mod postgres;
//!
//! static SERVER: OnceLock<postgres::Postgres> = OnceLock::new();
//! let url = SERVER.get_or_init(postgres::Postgres::start).url("my_test"); // a fresh, empty database
//! ```
//!
//! `start` makes a cluster in a temporary folder, without fsync, reachable by a Unix socket only, so nothing
//! collides with another server. Root drops to the user `postgres`, because the server refuses root.
//! The server lives as long as a pipe to this process: it stops and its folder goes away on drop, and also
//! when the process ends with the server in a `static`, or is killed.
//!
//! Needs `initdb` and `pg_ctl` in `PATH` or `/usr/lib/postgresql/*/bin`: `apt-get install postgresql`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// Makes the cluster, says where it is, waits for the pipe to close, cleans up. `$1` is the folder of the programs.
const SCRIPT: &str = r#"
set -e
cd /
home=$(mktemp -d /tmp/relance-pg-XXXXXX)
trap 'rm -rf "$home"' EXIT
"$1/initdb" -D "$home/data" -U relance -A trust -E UTF8 --locale=C --no-sync >"$home/log" 2>&1 || { cat "$home/log" >&2; exit 1; }
"$1/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 \
  -o "-k $home -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" \
  start >/dev/null 2>&1 || { cat "$home/log" >&2; exit 1; }
echo "$home"
read -r _ || true
"$1/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
"#;

/// A running server; stops on drop.
pub(crate) struct Postgres {
    keeper: Child,
    pipe: Option<ChildStdin>,
    socket_folder: String,
}

impl Postgres {
    /// Starts a server and waits until it answers; panics with the server's own words when it cannot.
    pub(crate) fn start() -> Self {
        let programs = programs();
        let mut command = as_ordinary_user();
        command.args(["sh", "-c", SCRIPT, "relance-postgres"]).arg(&programs);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the shell that keeps PostgreSQL starts");
        let pipe = keeper.stdin.take();
        let mut socket_folder = String::new();
        BufReader::new(keeper.stdout.take().expect("stdout is piped")).read_line(&mut socket_folder).expect("the folder's name is text");
        let socket_folder = socket_folder.trim().to_owned();
        assert!(!socket_folder.is_empty(), "PostgreSQL of `{}` did not start; its words are above", programs.display());
        Self { keeper, pipe, socket_folder }
    }

    /// Creates an empty database of that name (dropping an older one) and returns its URL; may be called inside a runtime.
    pub(crate) fn url(&self, database: &str) -> String {
        let admin = self.address("postgres");
        let statements = [format!(r#"DROP DATABASE IF EXISTS "{database}" WITH (FORCE)"#), format!(r#"CREATE DATABASE "{database}""#)];
        let work = async move {
            let mut connection = PgConnection::connect(&admin).await.expect("the server answers");
            for statement in statements {
                connection.execute(AssertSqlSafe(statement)).await.expect("the database can be made");
            }
            connection.close().await.expect("the connection closes");
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        std::thread::spawn(move || runtime.block_on(work)).join().expect("the database can be made");
        self.address(database)
    }

    /// Has `pg_ctl` do something to the running server at once: `stop`, `start` or `restart`; waits until it is done.
    #[allow(dead_code, reason = "most test binaries leave their server alone")]
    pub(crate) fn control(&self, what: &str) {
        let data = format!("{}/data", self.socket_folder);
        let options = format!("-k {} -c listen_addresses='' -c fsync=off -c synchronous_commit=off", self.socket_folder);
        let mut command = as_ordinary_user();
        command.arg(programs().join("pg_ctl")).args(["-D", &data, "-l", &format!("{}/log", self.socket_folder), "-w", "-t", "60"]);
        if what != "stop" {
            command.args(["-o", &options]);
        }
        if what != "start" {
            command.args(["-m", "immediate"]);
        }
        let done = command.arg(what).current_dir("/").stdout(Stdio::null()).status().expect("pg_ctl starts");
        assert!(done.success(), "pg_ctl {what}");
    }

    fn address(&self, database: &str) -> String {
        format!("postgres://relance@localhost/{database}?host={}", self.socket_folder)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.keeper.wait();
    }
}

/// Finds the folder of `initdb` and `pg_ctl`, newest version first outside `PATH`.
fn programs() -> PathBuf {
    let in_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    installed.sort();
    let whole = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    in_path
        .into_iter()
        .chain(installed.into_iter().rev())
        .find(whole)
        .expect("PostgreSQL is needed by this test: apt-get install postgresql")
}

/// Returns the command prefix that runs a program as `postgres` when this process is root.
fn as_ordinary_user() -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if !is_root {
        return Command::new("env");
    }
    let exists = |name: &str| ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].iter().any(|folder| Path::new(folder).join(name).exists());
    if exists("setpriv") {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        return command;
    }
    assert!(exists("runuser"), "root must become `postgres` to run PostgreSQL: apt-get install util-linux");
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]);
    command
}
