//! Mails into files: what is written can be read, and is written once whatever happens.

#[path = "support/outbox.rs"]
mod outbox;

use std::path::{Path, PathBuf};

use mail_parser::MessageParser;
use mail_parser::mailbox::mbox::MessageIterator;
use outbox::{NOW, Outbox, planned, render};
use relance::delivery::{Breaker, Destination, FileFormat, Options, deliver};
use relance::error::Kind;
use relance::ledger::{Redo, RunNo, State};
use relance::plan::draft::Leaves;
use relance::project::hours::{Hours, OpenHours};
use sqlx::{Connection as _, Executor as _};
use tokio_util::sync::CancellationToken;

const FORMATS: [FileFormat; 4] = [FileFormat::Eml, FileFormat::Maildir, FileFormat::Mbox, FileFormat::Jsonl];

fn destination(outbox: &Outbox, format: FileFormat) -> (Destination, PathBuf) {
    let path = outbox.folder.path().join("out/mails");
    (Destination::Files { format, path: path.clone() }, path)
}

/// Returns the raw mails of a destination, sorted.
fn read(format: FileFormat, path: &Path) -> Vec<Vec<u8>> {
    let folder = |folder: &Path| -> Vec<Vec<u8>> {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.map(|path| std::fs::read(path).expect("a file")).collect()
    };
    let mut mails = match format {
        FileFormat::Eml => folder(path),
        FileFormat::Maildir => {
            assert!(folder(&path.join("tmp")).is_empty(), "nothing is left in tmp");
            [folder(&path.join("new")), folder(&path.join("cur"))].concat()
        }
        FileFormat::Mbox => {
            let file = std::fs::read(path).expect("a file");
            MessageIterator::new(&file[..]).map(|mail| mail.expect("a mail").unwrap_contents()).collect()
        }
        FileFormat::Jsonl => std::fs::read_to_string(path)
            .expect("a file")
            .lines()
            .map(|line| {
                let value: serde_json::Value = serde_json::from_str(line).expect("an object");
                assert_eq!((&value["campaign"], &value["edition"]), (&"newsletter".into(), &"2011-W46".into()));
                value["raw"].as_str().expect("a text").as_bytes().to_vec()
            })
            .collect(),
    };
    mails.sort();
    mails
}

fn subjects(format: FileFormat, path: &Path) -> Vec<String> {
    let mails = read(format, path);
    let mut all: Vec<_> = mails
        .iter()
        .map(|raw| {
            let mail = MessageParser::default().parse(raw).expect("a mail");
            let body = mail.body_text(0).expect("a body").replace("\r\n", "\n");
            assert!(body.ends_with("\n.\nFrom now on\n>From then\n") || body.trim_end().ends_with(">From then"), "{format:?}: {body:?}");
            mail.subject().expect("a subject").to_owned()
        })
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_reads_back_and_a_second_run_sends_nothing() {
    for format in FORMATS {
        let outbox = Outbox::with(&["ana", "bob", "../../eve"]).await;
        let (destination, path) = destination(&outbox, format);
        let summary = outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
        assert_eq!((summary.counts.sent, summary.counts.total, summary.interrupted), (3, 3, false));
        assert_eq!(subjects(format, &path), ["Hello ../../eve", "Hello ana", "Hello bob"], "{format:?}");
        let summary = outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
        assert_eq!(summary.counts.done, 0);
        assert_eq!(read(format, &path).len(), 3, "{format:?}");
        assert_eq!(outbox.states().await, [(State::Sent, 3)]);
    }
}

/// A sender writes the mails and is killed before it records them: the next one writes them again, and there is one of each.
#[tokio::test(flavor = "multi_thread")]
async fn redoing_after_a_crash_leaves_one_of_each() {
    for format in FORMATS {
        let outbox = Outbox::with(&["ana", "bob"]).await;
        let (destination, path) = destination(&outbox, format);
        outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
        let before = read(format, &path);

        // A second ledger that knows nothing of the first delivery is one whose records a crash has lost.
        let amnesic = Outbox::with(&["ana", "bob", "eve"]).await;
        let lease = amnesic.lease(Redo::Again).await;
        let claimed = amnesic.ledger.claim(&lease, NOW, 2).await.expect("claim");
        let marks: Vec<_> = claimed.iter().map(|claimed| (claimed.no, "an-id")).collect();
        amnesic.ledger.mark_sending(&lease, &marks, NOW).await.expect("mark");
        amnesic.ledger.release(lease, Redo::Again, NOW).await.expect("release");
        let summary = amnesic.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
        assert_eq!(summary.counts.sent, 3);
        let after = read(format, &path);
        assert_eq!(after.len(), 3, "{format:?}");
        assert!(before.iter().all(|mail| after.contains(mail)), "{format:?}: the bytes are the same");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_cut_off() {
    for format in [FileFormat::Mbox, FileFormat::Jsonl] {
        let outbox = Outbox::with(&["ana"]).await;
        let (destination, path) = destination(&outbox, format);
        outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
        let mut torn = std::fs::read(&path).expect("a file");
        let whole = torn.clone();
        torn.extend_from_slice(if format == FileFormat::Mbox {
            b"From x Thu Jan  1 00:00:00 1970\nSubject: ha"
        } else {
            b"{\"campaign\":\"news"
        });
        std::fs::write(&path, torn).expect("writes");
        outbox.ledger.enqueue(RunNo(2), &[planned("bob")]).await.expect("enqueue");
        outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
        assert_eq!(subjects(format, &path), ["Hello ana", "Hello bob"], "{format:?}");
        assert!(std::fs::read(&path).expect("a file").starts_with(&whole));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_moved_to_cur_by_its_reader_is_not_written_again() {
    let outbox = Outbox::with(&["ana"]).await;
    let (destination, path) = destination(&outbox, FileFormat::Maildir);
    outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
    let new = std::fs::read_dir(path.join("new")).expect("a folder").next().expect("a mail").expect("a mail").path();
    let name = new.file_name().expect("a name").to_string_lossy().into_owned();
    std::fs::rename(&new, path.join("cur").join(format!("{name}:2,S"))).expect("moves");
    let amnesic = Outbox::with(&["ana"]).await;
    amnesic.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
    assert_eq!(read(FileFormat::Maildir, &path).len(), 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn mails_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let outbox = Outbox::with(&["ana"]).await;
    let (destination, path) = destination(&outbox, FileFormat::Eml);
    outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
    let mode = |path: &Path| std::fs::metadata(path).expect("made").permissions().mode() & 0o777;
    let mail = std::fs::read_dir(&path).expect("a folder").next().expect("a mail").expect("a mail").path();
    assert_eq!((mode(&path), mode(&mail)), (0o700, 0o600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_be_made_stops_no_other() {
    let outbox = Outbox::with(&["ana", "unrenderable", "panic", "damaged", "bob"]).await;
    let mut stored =
        sqlx::SqliteConnection::connect(&format!("sqlite://{}", outbox.folder.path().join("ledger.db").display())).await.expect("opens");
    let damage = "UPDATE draft SET bytes = x'00' WHERE message = (SELECT id FROM message WHERE recipient = 'damaged')";
    assert_eq!(stored.execute(damage).await.expect("writes").rows_affected(), 1);
    let (destination, path) = destination(&outbox, FileFormat::Jsonl);
    let summary = outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
    assert_eq!((summary.counts.sent, summary.counts.failed, summary.counts.done), (2, 3, 5));
    assert_eq!(read(FileFormat::Jsonl, &path).len(), 2);
    assert_eq!(outbox.states().await, [(State::Failed, 3), (State::Sent, 2)]);
    let troubles = outbox.ledger.troubles().await.expect("troubles");
    assert!(troubles.iter().any(|trouble| trouble.why.starts_with("the stored draft is damaged")), "{troubles:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_breaker_stops_a_campaign_that_cannot_be_made() {
    let outbox = Outbox::with(&["unrenderable"]).await;
    let (destination, _) = destination(&outbox, FileFormat::Jsonl);
    let options = Options { breaker: Breaker { after: 1, percent_max: 10 }, ..Options::at(NOW) };
    let error = outbox.deliver(&destination, &options).await.expect_err("stops");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("1 of 1 mails are failed"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_kept() {
    let outbox = Outbox::with(&["ana", "bob", "eve"]).await;
    let (destination, path) = destination(&outbox, FileFormat::Eml);
    let options = Options { limit: Some(2), ..Options::at(NOW) };
    let summary = outbox.deliver(&destination, &options).await.expect("delivers");
    assert_eq!((summary.counts.sent, summary.counts.total), (2, 2));
    assert_eq!(read(FileFormat::Eml, &path).len(), 2);
    assert_eq!(outbox.states().await, [(State::Planned, 1), (State::Sent, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_does_not_count_what_may_not_leave_at_this_hour() {
    let mut messages: Vec<_> = ["ana", "bob", "eve", "zoe"].map(planned).into();
    for closed in &mut messages[..2] {
        let hours = OpenHours { window: Hours::parse("20:00-21:00"), ..OpenHours::default() };
        closed.draft.hours = Some(Leaves { hours, zone: "Europe/Paris".to_owned() });
    }
    let outbox = Outbox::of(messages).await;
    let (destination, path) = destination(&outbox, FileFormat::Eml);
    let options = Options { limit: Some(2), ..Options::at(NOW) };
    let summary = outbox.deliver(&destination, &options).await.expect("delivers");
    assert_eq!((summary.counts.sent, summary.counts.total), (2, 2));
    assert_eq!(read(FileFormat::Eml, &path).len(), 2);
    assert_eq!(outbox.states().await, [(State::Planned, 2), (State::Sent, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_gives_back_what_was_claimed() {
    let outbox = Outbox::with(&["ana", "bob"]).await;
    let (destination, _) = destination(&outbox, FileFormat::Eml);
    let lease = outbox.lease(Redo::Again).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let summary = deliver(&outbox.ledger, &lease, &destination, &render(), &Options::at(NOW), cancel, &mut |_| ()).await.expect("stops");
    assert_eq!((summary.counts.done, summary.interrupted), (0, true));
    assert_eq!(outbox.states().await, [(State::Planned, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_written_is_named_and_nothing_is_lost() {
    let outbox = Outbox::with(&["ana"]).await;
    let (destination, path) = destination(&outbox, FileFormat::Maildir);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(&path, "a file where a folder should be").expect("writes");
    let error = outbox.deliver(&destination, &Options::at(NOW)).await.expect_err("cannot");
    assert!(error.kind() == Kind::Io && error.to_string().contains("mails"), "{error}");
    assert_eq!(outbox.states().await, [(State::Planned, 1)]);
}
