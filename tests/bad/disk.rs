//! A disk that is full: exit 74, words that say so, no piece of anything under its final name, and the next command completes.

use std::fs::File;
use std::process::{Command, Stdio};

use super::program::{Ended, Program, exists};

/// Has a folder of the project be a small disk of its own while a command runs: a file system in memory where one may be mounted
/// (as root, or in a user namespace), a limit of file sizes elsewhere, a third of the room, which
/// no file may pass. `$1` is the folder, `$2` its room in KiB.
const SCRIPT: &str = r#"
disk=$1; room=$2; shift 2
mkdir -p "$disk"
if [ "$RELANCE_TEST_DISK" = mounted ]; then
  keep=$(mktemp -d) && cp -a "$disk/." "$keep" && mount -t tmpfs -o size="${room}k" tmpfs "$disk" && cp -a "$keep/." "$disk" || exit 99
  rm -rf "$keep"; keep=$(mktemp -d)
  "$@"; code=$?
  cp -a "$disk/." "$keep" && umount "$disk" && rm -rf "$disk" && cp -a "$keep" "$disk" && rm -rf "$keep" || exit 99
  exit $code
fi
ulimit -f $((room * 2 / 3)) && exec "$@"
"#;

const FULL: [&str; 3] = ["No space left on device", "File too large", "the disk is full"];

fn may_mount() -> bool {
    let script = "d=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d; code=$?; rmdir $d; exit $code";
    let tried = Command::new("unshare").args(["-rm", "sh", "-c", script]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Runs a command of the program with `part` of the project on a disk of `room_kib`.
fn on_small_disk(program: &Program, part: &str, room_kib: u32, line: &str) -> Ended {
    let mounted = may_mount();
    let mut command = if mounted { Command::new("unshare") } else { Command::new("sh") };
    if mounted {
        command.args(["-rm", "sh"]).env("RELANCE_TEST_DISK", "mounted");
    }
    command.args(["-c", SCRIPT, "small-disk"]).arg(program.path(part)).arg(room_kib.to_string());
    command.arg(env!("CARGO_BIN_EXE_relance")).args(program.arguments(line));
    let ended = Ended::from(command.output().expect("a shell"));
    assert_ne!(ended.code, 99, "the small disk: {ended:?}");
    ended
}

/// Five people and mails of some 350 KB, so that two fit where five do not, and one does not where the ledger does.
fn with_large_mails() -> Program {
    let program = Program::new();
    let contacts = std::fs::read_to_string(program.path("data/contacts.csv")).expect("a text");
    program.write("data/contacts.csv", contacts.lines().take(6).collect::<Vec<_>>().join("\n") + "\n");
    program.edit("templates/newsletter.mjml", "{{ sender.name }}", &format!("{{{{ sender.name }}}} {}", "mot ".repeat(40_000)));
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "");
    program
}

#[test]
fn an_outbox_on_a_full_disk_holds_whole_mails_only_and_the_next_run_writes_the_others() {
    for format in ["eml", "maildir", "mbox", "jsonl"] {
        let program = with_large_mails();
        program.deliver_as(format);
        let ended = on_small_disk(&program, "outbox", 850, "run newsletter --yes -q");
        ended.failed(74, "what was not sent stays planned");
        ended.says_one_of(&FULL);
        ended.says_one_of(&["help: make room", "help: raise the limit"]);
        let before = program.recipients(format);
        assert!(before.len() < 5 && before.len() as u64 >= program.count("sent"), "{format}: {before:?}");
        assert_eq!(program.count("uncertain"), 0);
        let rest: Vec<String> =
            program.files("outbox").into_iter().filter(|name| name.contains("part") || name.contains("/tmp/")).collect();
        assert!(rest.is_empty(), "{format}: {rest:?}");

        program.done("run newsletter --yes -q");
        let after = program.recipients(format);
        let mut people = after.clone();
        people.dedup();
        assert_eq!((after.len(), people.len(), program.count("sent")), (5, 5, 5), "{format}: {after:?}");
        program.done("run newsletter --yes -q");
        assert_eq!(program.mails(format).len(), 5, "{format}: nothing is written twice");
    }
}

#[test]
fn a_ledger_on_a_full_disk_is_said_and_the_next_run_sends_each_mail_once() {
    for room_kib in [4, 8, 16, 40, 64, 100] {
        let program = Program::new();
        program.deliver_as("jsonl");
        let ended = on_small_disk(&program, ".relance", room_kib, "run newsletter --yes -q");
        ended.failed(74, ".relance");
        ended.says_one_of(&["full", "No space left", "File too large", "disk I/O error"]);
        let before = program.recipients("jsonl").len();
        program.done("run newsletter --yes -q");
        let mut people = program.recipients("jsonl");
        people.dedup();
        assert_eq!((people.len(), program.mails("jsonl").len()), (25, 25), "{room_kib} KiB, {before} before");
        assert_eq!(program.count("sent"), 25, "{room_kib} KiB");
    }
}

#[test]
fn profiles_that_cannot_be_kept_stop_their_building_and_nothing_else() {
    let program = Program::new();
    let ended = on_small_disk(&program, ".relance", 4, "profile build");
    ended.failed(74, "cannot write");
    ended.says_one_of(&FULL);
    assert_eq!(program.files(".relance"), Vec::<String>::new());
    let ended = on_small_disk(&program, ".relance", 4, "plan newsletter");
    assert!(ended.code == 0 && ended.stderr.contains("warning: cannot write") && ended.stdout.contains("25  to send"), "{ended:?}");
    // The key of the links of the mails that were looked at is whole, and all there is.
    assert_eq!(program.files(".relance"), [".relance/key"]);
    program.done("profile build");
    assert!(program.done("plan newsletter").stderr.contains("from the snapshot"));
}

#[test]
fn files_asked_for_by_name_are_there_whole_or_not_at_all() {
    let program = Program::new();
    let line = format!("plan newsletter --decisions {}", program.path("out/decisions.jsonl").display());
    on_small_disk(&program, "out", 4, &line).failed(74, "decisions.jsonl");
    assert_eq!(program.files("out"), Vec::<String>::new());
    program.done(&line);
    assert_eq!(std::fs::read_to_string(program.path("out/decisions.jsonl")).expect("a file").lines().count(), 30);

    let program = with_large_mails();
    for format in ["eml", "maildir", "mbox", "jsonl"] {
        let line = format!("export newsletter --format {format} --out {}", program.path("outbox/mails").display());
        let ended = on_small_disk(&program, "outbox", 850, &line);
        ended.failed(74, "cannot write");
        ended.says_one_of(&FULL);
        assert_eq!(program.files("outbox"), Vec::<String>::new(), "{format}");
        assert!(!program.files(".relance").iter().any(|name| name.contains("export")), "{format}");
        program.done(&line);
        assert_eq!(program.recipients(format).len(), 5, "{format}");
        assert!(!program.files("outbox").iter().any(|name| name.contains("part") || name.contains("length")), "{format}");
        std::fs::remove_dir_all(program.path("outbox")).expect("removed");
    }
}

#[test]
fn a_starter_is_written_whole_or_not_at_all() {
    let program = Program::new();
    let line = format!("init {}", program.path("new/shop").display());
    let ended = on_small_disk(&program, "new", 3, &line);
    ended.failed(74, "cannot write");
    assert_eq!(program.files("new"), Vec::<String>::new());
    program.done(&line);
    assert!(exists(&program.path("new/shop/relance.toml")));
}

#[cfg(target_os = "linux")]
#[test]
fn data_that_cannot_be_printed_is_an_error() {
    let program = Program::new();
    for line in ["plan newsletter -q", "plan newsletter --json -q", "preview newsletter --part eml -q", "config", "man", "check --json"] {
        let full = File::options().write(true).open("/dev/full").expect("a device");
        let ended = Ended::from(program.command(line).stdout(full).output().expect("it runs"));
        ended.failed(74, "cannot write to standard output: No space left on device");
    }
    let ended = program.run("plan newsletter -q --decisions /dev/full");
    ended.failed(74, "cannot write `/dev/full`");
    assert!(std::os::unix::fs::FileTypeExt::is_char_device(&std::fs::metadata("/dev/full").expect("a device").file_type()));
}
