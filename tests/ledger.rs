//! The ledger's rules, each run on an SQLite file and on a real PostgreSQL server.

#[path = "support/postgres.rs"]
mod postgres;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use chrono_tz::Europe::Paris;
use relance::clock::{Span, Timestamp};
use relance::error::{Kind, Result};
use relance::feedback::{Event, EventKind, Origin};
use relance::holdout::Arm;
use relance::id::{CampaignName, ContactId, Edition, ProductId, SlotName};
use relance::ledger::{
    Act, BounceClass, Ceiling, Claimed, Clicks, Counted, Doubt, Doubts, Drawing, ENQUEUE_ROWS_MAX, Effect, FLEETING, Holder, LEASE_TTL,
    Lease, Ledger, NewSuppression, Outcome, PRUNE_ROWS_MAX, PlanSummary, PlannedMessage, Pruned, Purged, Redo, Resolution, Returned, RunNo,
    Sharing, SoftBounces, Spent, State, Suppressed, SuppressionReason,
};
use relance::plan::draft::{Draft, Explored};
use relance::profile::AddressKey;
use relance::project::privacy::Retention;
use relance::render::Values;
use serde_json::json;
use sqlx::{Connection as _, Executor as _};

const NOW: Timestamp = Timestamp(1_321_257_600_000_000);

/// An empty database: where it is, and what keeps it.
struct Place {
    url: String,
    folder: Option<tempfile::TempDir>,
}

impl Place {
    async fn open(&self) -> Ledger {
        Ledger::open(&self.url, true).await.expect("the ledger opens")
    }
}

fn sqlite() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    Place { url: format!("sqlite://{}", folder.path().join("deep/ledger.db").display()), folder: Some(folder) }
}

fn postgresql(name: &str) -> Place {
    static SERVER: OnceLock<postgres::Postgres> = OnceLock::new();
    Place { url: SERVER.get_or_init(postgres::Postgres::start).url(name), folder: None }
}

/// Runs each rule on both databases.
macro_rules! on_both {
    ($($rule:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::sqlite()).await; })+
        }
        mod on_postgresql {
            $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::postgresql(stringify!($rule))).await; })+
        }
    };
}

on_both!(
    opening_again_finds_everything,
    the_first_arm_of_a_person_is_remembered,
    a_code_is_given_once_and_stays_that_of_its_mail,
    two_processes_never_give_the_same_code,
    a_code_of_somebody_forgotten_is_not_free_again,
    what_offers_cost_is_counted_while_their_mails_may_arrive,
    what_an_arm_was_sent_within_its_horizon_is_added_up,
    a_newer_ledger_is_refused,
    a_ledger_left_in_the_middle_of_an_upgrade_is_refused,
    enqueueing_twice_inserts_nothing,
    what_is_kept_no_longer_goes_and_nothing_is_sent_twice_for_it,
    a_draft_comes_back_as_it_was,
    what_was_shown_is_known_slot_by_slot_until_it_is_pruned,
    messages_are_claimed_when_due_and_oldest_first,
    a_claimed_mail_that_may_not_leave_now_is_planned_again_for_then,
    two_senders_never_claim_the_same_row,
    a_second_run_is_refused_by_name,
    a_silent_sender_is_taken_over_and_fenced_off,
    a_sender_that_is_gone_is_taken_over_at_once,
    redoing_plans_again_what_was_being_sent,
    the_suppressed_are_cancelled_and_the_late_expired_at_the_claim,
    a_hard_bounce_suppresses_and_a_policy_bounce_does_not,
    deferred_messages_come_back_in_their_time,
    doubts_are_settled,
    history_holds_what_reached_people,
    suppressions_know_twin_spellings,
    lifting_one_reason_leaves_the_others,
    suppressions_are_read_page_by_page,
    a_late_bounce_counts_once_and_suppresses_by_its_class,
    a_bounce_finds_its_mail_by_the_letters_that_a_return_path_holds,
    what_comes_back_settles_doubts,
    a_forged_notification_has_no_effect,
    the_first_attempt_is_remembered_and_a_claim_that_was_given_back_is_none,
    a_ceiling_holds_over_all_senders_and_begins_again_with_the_day,
    soft_bounces_of_different_editions_suppress_when_they_are_many,
    a_person_is_forgotten_and_stays_so,
    nobody_is_forgotten_while_a_mail_to_them_is_being_sent,
    an_unsubscription_that_comes_back_stops_what_is_planned,
    a_service_mail_that_was_being_sent_is_sent_again_whatever_the_policy,
    an_old_ledger_is_brought_up_to_date_and_keeps_its_suppressions_and_drafts,
    what_waits_presses_on_the_day_it_may_leave_and_may_be_too_late,
    the_last_run_says_why_it_was_stopped,
    plans_are_compared_with_the_edition_before,
    status_tells_all,
    troubles_are_told_once_a_kind_and_name_no_address,
    what_people_do_at_the_door_is_kept_once_and_in_its_order,
);

fn campaign() -> CampaignName {
    CampaignName::from("newsletter")
}

fn planned(recipient: &str) -> PlannedMessage {
    PlannedMessage {
        draft: Draft {
            campaign: campaign(),
            edition: Edition::from("2011-W46"),
            step: None,
            recipient: ContactId::from(recipient),
            address: format!("{recipient}@shop.example"),
            name: Some("Ana Éclair".to_owned()),
            locale: "fr-FR".to_owned(),
            at: NOW,
            variant: Some("b".to_owned()),
            hours: None,
            explored: Vec::new(),
            context: json!({ "recipient": { "first_name": "Ana" }, "slots": {} }),
        },
        compulsory: false,
        not_before: NOW,
        expires_at: None,
        products: vec![ProductId::from("P-1"), ProductId::from("P-2")],
        offer: Some("welcome".to_owned()),
        cost: None,
        n_personal_blocks: 0,
        pool: None,
    }
}

fn recipient(claimed: &Claimed) -> String {
    claimed.draft.read().expect("a draft").recipient.0
}

fn recipients(claimed: &[Claimed]) -> Vec<String> {
    claimed.iter().map(recipient).collect()
}

/// What a sender gets of a planned message.
fn ready(planned: PlannedMessage) -> Draft<Values> {
    planned.draft.with(|context| Values::of(&context))
}

fn people(n: usize) -> Vec<PlannedMessage> {
    (0..n).map(|n| planned(&format!("c{n:05}"))).collect()
}

async fn lease(ledger: &Ledger) -> Lease {
    take(ledger, &Holder::this(), NOW, Redo::Hold).await.expect("nobody else is sending")
}

async fn take(ledger: &Ledger, holder: &Holder, at: Timestamp, redo: Redo) -> Result<Lease> {
    ledger.take_lease(&campaign(), holder, Sharing::Alone, redo, at, Paris).await
}

async fn count(ledger: &Ledger, state: State) -> u64 {
    ledger.status().await.expect("status").counts.iter().filter(|row| row.state == state).map(|row| row.n).sum()
}

fn elsewhere() -> Holder {
    Holder { host: "mx1".to_owned(), space: "another boot".to_owned(), pid: 4182 }
}

async fn the_first_arm_of_a_person_is_remembered(place: Place) {
    let ledger = place.open().await;
    let (campaign, day) = (CampaignName("news".to_owned()), Edition("2011-11-14".to_owned()));
    let person = |id: &str| ContactId(id.to_owned());
    let later = NOW.plus(Span::days(1));
    let first = [(person("a"), "control"), (person("b"), "treated")];
    let drawing = |experiment, shares, before, at| Drawing { campaign: &campaign, experiment, edition: &day, shares, before, at };
    let tenth = drawing("holdout-10%", "control=0.1 treated=0.9", None, NOW);
    assert_eq!(ledger.assign(&tenth, &first).await.expect("kept"), 2);
    let again = drawing("holdout-10%", "control=0.2 treated=0.8", None, later);
    assert_eq!(ledger.assign(&again, &[(person("a"), "treated")]).await.expect("kept"), 0);
    let before = HashMap::from([(person("a"), "control".to_owned())]);
    let fewer = drawing("holdout-5%", "control=0.05 treated=0.95", Some(&before), later);
    ledger.assign(&fewer, &[(person("a"), "treated"), (person("c"), "treated")]).await.expect("kept");
    let shares = async |experiment: &str| {
        let people = ledger.assignments(&campaign, experiment, later).await.expect("read");
        people.into_iter().map(|person| (person.recipient.to_string(), person.shares.map(|shares| shares.to_string()))).collect::<Vec<_>>()
    };
    let tenth = Some("control=0.1 treated=0.9".to_owned());
    assert_eq!(shares("holdout-10%").await, [("a".to_owned(), tenth.clone()), ("b".to_owned(), tenth)], "those of the first draw stay");
    let fewer = Some("control=0.05 treated=0.95".to_owned());
    assert_eq!(shares("holdout-5%").await, [("a".to_owned(), None), ("c".to_owned(), fewer)], "`a` was not drawn by these");
    let places = async |experiment: &str, since: Timestamp| {
        let found = ledger.assigned(&campaign, experiment, since).await.expect("read");
        let mut found: Vec<(String, String)> = found.into_iter().map(|(id, arm)| (id.to_string(), arm)).collect();
        found.sort();
        found
    };
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(id, arm)| ((*id).to_owned(), (*arm).to_owned())).collect::<Vec<_>>();
    let measured = pairs(&[("a", "control"), ("b", "treated"), ("c", "treated")]);
    assert_eq!(places("holdout-5%", NOW.minus(Span(1))).await, measured, "while it is measured");
    assert_eq!(places("holdout-5%", NOW).await, pairs(&[("a", "treated"), ("c", "treated")]), "once it is over");
    assert_eq!(places("hero-2026", NOW.minus(Span(1))).await, [], "another name draws again");
}

async fn opening_again_finds_everything(place: Place) {
    let ledger = place.open().await;
    assert!(!ledger.has(&campaign(), &Edition::from("2011-W46")).await.expect("has"));
    ledger.enqueue(RunNo(1), &people(3)).await.expect("enqueue");
    ledger.close().await;
    let ledger = Ledger::open(&place.url, false).await.expect("opens without being made");
    assert!(ledger.has(&campaign(), &Edition::from("2011-W46")).await.expect("has"));
    let key = |recipient: &str| ContactId::from(recipient);
    assert!(ledger.has_message(&campaign(), &Edition::from("2011-W46"), &key("c00001")).await.expect("has"));
    assert!(!ledger.has_message(&campaign(), &Edition::from("2011-W46"), &key("c00003")).await.expect("has"));
}

async fn a_newer_ledger_is_refused(place: Place) {
    place.open().await.close().await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&place.url).await.expect("connects");
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, $1, 0)",
    )
    .bind(vec![0_u8])
    .execute(&pool)
    .await
    .expect("inserts");
    pool.close().await;
    let error = Ledger::open(&place.url, false).await.expect_err("it is newer");
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("newer relance") && error.to_string().contains("9999"), "{error}");
}

async fn a_ledger_left_in_the_middle_of_an_upgrade_is_refused(place: Place) {
    place.open().await.close().await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&place.url).await.expect("connects");
    sqlx::query("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 2").execute(&pool).await.expect("updates");
    pool.close().await;
    let error = Ledger::open(&place.url, false).await.expect_err("it is half-way");
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("in the middle") && error.help_text().is_some(), "{error}");
}

async fn enqueueing_twice_inserts_nothing(place: Place) {
    let ledger = place.open().await;
    let messages = people(ENQUEUE_ROWS_MAX * 2 + 17);
    assert_eq!(ledger.enqueue(RunNo(1), &messages).await.expect("enqueue"), messages.len() as u64);
    assert_eq!(ledger.enqueue(RunNo(2), &messages).await.expect("enqueue"), 0);
    assert_eq!(ledger.enqueue(RunNo(2), &[planned("c00001"), planned("new")]).await.expect("enqueue"), 1);
    assert_eq!(count(&ledger, State::Planned).await, messages.len() as u64 + 1);
}

/// What is folded stands in the file alone.
#[tokio::test]
async fn the_log_is_folded_into_the_file_while_it_is_open() {
    let place = sqlite();
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(20)).await.expect("enqueue");
    ledger.fold().await.expect("folds");
    let file = std::path::PathBuf::from(place.url.trim_start_matches("sqlite://"));
    let copy = file.with_file_name("copy.db");
    std::fs::copy(&file, &copy).expect("a copy without the log");
    // It is thrown away, and what it commits need not outlive a power cut.
    let url = format!("sqlite://{}?{FLEETING}", copy.display());
    let copied = Ledger::open(&url, false).await.expect("it opens");
    assert_eq!(count(&copied, State::Planned).await, 20);
    copied.enqueue(RunNo(2), &[planned("new")]).await.expect("enqueue");
    copied.close().await;
    let again = Ledger::open(&format!("sqlite://{}", copy.display()), false).await.expect("it opens again");
    assert_eq!(count(&again, State::Planned).await, 21);
}

async fn a_draft_comes_back_as_it_was(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &[planned("ana")]).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 10).await.expect("claim");
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].draft.read(), claimed[0].attempt), (Ok(ready(planned("ana"))), 1));
}

async fn messages_are_claimed_when_due_and_oldest_first(place: Place) {
    let ledger = place.open().await;
    let mut messages = vec![planned("later"), planned("second"), planned("first")];
    messages[0].not_before = NOW.plus(Span::hours(1));
    messages[2].not_before = NOW.minus(Span::hours(1));
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    let lease = lease(&ledger).await;
    assert_eq!(ledger.count_due(&lease, NOW).await.expect("count"), 2);
    let recipients = |claimed: Vec<Claimed>| recipients(&claimed);
    assert_eq!(recipients(ledger.claim(&lease, NOW, 1).await.expect("claim")), ["first"]);
    assert_eq!(recipients(ledger.claim(&lease, NOW, 10).await.expect("claim")), ["second"]);
    assert!(ledger.claim(&lease, NOW, 10).await.expect("claim").is_empty());
    assert_eq!(ledger.give_back(&lease).await.expect("give back"), 2);
    let again = ledger.claim(&lease, NOW, 10).await.expect("claim");
    assert!(again.iter().all(|claimed| claimed.attempt == 1), "giving back is no attempt");
    assert_eq!(again.len(), 2);
}

async fn a_claimed_mail_that_may_not_leave_now_is_planned_again_for_then(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(2)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 10).await.expect("claim");
    let then = NOW.plus(Span::hours(9));
    ledger.put_off(&lease, &[(claimed[0].no, then)]).await.expect("put off");
    assert!(ledger.claim(&lease, NOW, 10).await.expect("claim").is_empty(), "one waits, the other is still claimed");
    let again = ledger.claim(&lease, then, 10).await.expect("claim");
    assert_eq!((again.len(), again[0].no, again[0].attempt), (1, claimed[0].no, 1), "being put off is no attempt");
    // What it presses with is counted from when it leaves.
    let history = ledger.history(NOW, NOW).await.expect("history");
    let at: Vec<_> = claimed.iter().map(|claimed| history.of(&recipient(claimed))[0].at).collect();
    assert_eq!(at, [then, NOW]);
}

async fn what_waits_presses_on_the_day_it_may_leave_and_may_be_too_late(place: Place) {
    let ledger = place.open().await;
    let mut messages = people(2);
    messages[1].expires_at = Some(NOW.plus(Span::hours(8)));
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    let tomorrow = NOW.plus(Span::days(1));
    let lease = lease(&ledger).await;
    assert_eq!(ledger.count_late(&lease, NOW, tomorrow).await.expect("counts"), 1);
    assert_eq!(ledger.count_late(&lease, NOW, NOW.plus(Span::hours(1))).await.expect("counts"), 0);
    let at = async |now: Timestamp| {
        let history = ledger.history(NOW, now).await.expect("history");
        messages.iter().map(|planned| history.of(planned.draft.recipient.as_str())[0].at).collect::<Vec<_>>()
    };
    assert_eq!(at(tomorrow).await, [tomorrow, tomorrow], "held back, they leave on the next day at the earliest");
    let claimed = ledger.claim(&lease, NOW, 1).await.expect("claim");
    ledger.mark_sending(&lease, &[(claimed[0].no, "id")], NOW.plus(Span::hours(2))).await.expect("mark");
    ledger
        .record(&lease, &[(claimed[0].no, Outcome::Sent { reply: "250 ok".to_owned() })], NOW.plus(Span::hours(2)))
        .await
        .expect("record");
    assert_eq!(at(tomorrow).await, [NOW.plus(Span::hours(2)), tomorrow], "what left counts from when it did");
}

async fn two_senders_never_claim_the_same_row(place: Place) {
    const N: usize = 1_000;
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(N)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (ledger, lease) = (place.open().await, lease.clone());
        tasks.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = ledger.claim(&lease, NOW, 7).await.expect("claim");
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|claimed| claimed.no));
            }
        });
    }
    let all: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<_> = all.iter().copied().collect();
    assert_eq!((all.len(), distinct.len()), (N, N));
}

async fn a_second_run_is_refused_by_name(place: Place) {
    let ledger = place.open().await;
    let first = take(&ledger, &elsewhere(), NOW, Redo::Hold).await.expect("free");
    let error = take(&place.open().await, &Holder::this(), NOW, Redo::Hold).await.expect_err("taken");
    assert_eq!(error.kind(), Kind::Busy);
    assert_eq!(error.to_string(), "newsletter is already running (pid 4182 on mx1, since 09:00)");
    let other = CampaignName::from("reminder");
    ledger.take_lease(&other, &Holder::this(), Sharing::Alone, Redo::Hold, NOW, Paris).await.expect("another campaign is free");
    ledger.release(first, Redo::Hold, NOW).await.expect("release");
    take(&ledger, &Holder::this(), NOW, Redo::Hold).await.expect("free again");
}

async fn a_silent_sender_is_taken_over_and_fenced_off(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(3)).await.expect("enqueue");
    let old = take(&ledger, &elsewhere(), NOW, Redo::Hold).await.expect("free");
    let claimed = ledger.claim(&old, NOW, 3).await.expect("claim");
    ledger.mark_sending(&old, &[(claimed[0].no, "id-0"), (claimed[1].no, "id-1")], NOW).await.expect("mark");

    let beat = NOW.plus(Span(LEASE_TTL.0 / 2));
    ledger.heartbeat(&old, beat).await.expect("heartbeat");
    let before_the_end = beat.plus(LEASE_TTL);
    assert_eq!(take(&ledger, &Holder::this(), before_the_end, Redo::Hold).await.expect_err("alive").kind(), Kind::Busy);
    let after_the_end = before_the_end.plus(Span(1));
    let new = take(&ledger, &Holder::this(), after_the_end, Redo::Hold).await.expect("taken over");
    assert_eq!((count(&ledger, State::Planned).await, count(&ledger, State::Uncertain).await), (1, 2));

    assert_eq!(ledger.heartbeat(&old, after_the_end).await.expect_err("lost").kind(), Kind::Busy);
    assert_eq!(ledger.claim(&old, NOW, 3).await.expect_err("lost").kind(), Kind::Busy);
    assert_eq!(ledger.mark_sending(&old, &[(claimed[2].no, "id-2")], NOW).await.expect_err("lost").kind(), Kind::Busy);
    assert_eq!(ledger.claim(&new, NOW, 3).await.expect("claim").len(), 1, "what is uncertain is held");

    // The old sender still knows the truth of what it sent.
    let sent = Outcome::Sent { reply: "250 ok".to_owned() };
    ledger.record(&old, &[(claimed[0].no, sent)], NOW).await.expect("the truth is welcome");
    assert_eq!((count(&ledger, State::Sent).await, count(&ledger, State::Uncertain).await), (1, 1));
}

async fn a_sender_that_is_gone_is_taken_over_at_once(place: Place) {
    let ledger = place.open().await;
    let mut child = std::process::Command::new("true").spawn().expect("a process");
    let gone = Holder { pid: child.id(), ..Holder::this() };
    child.wait().expect("it ends");
    take(&ledger, &gone, NOW, Redo::Hold).await.expect("free");
    take(&ledger, &Holder::this(), NOW, Redo::Hold).await.expect("its process does not exist any more");
}

async fn redoing_plans_again_what_was_being_sent(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(1)).await.expect("enqueue");
    let old = take(&ledger, &elsewhere(), NOW, Redo::Again).await.expect("free");
    let claimed = ledger.claim(&old, NOW, 1).await.expect("claim");
    ledger.mark_sending(&old, &[(claimed[0].no, "id-0")], NOW).await.expect("mark");
    let later = NOW.plus(Span::hours(1));
    let new = take(&ledger, &Holder::this(), later, Redo::Again).await.expect("taken over");
    assert_eq!(ledger.claim(&new, later, 1).await.expect("claim")[0].attempt, 2);
    let late = Outcome::Sent { reply: String::new() };
    assert_eq!(ledger.record(&old, &[(claimed[0].no, late)], NOW).await.expect_err("not its row any more").kind(), Kind::Busy);
}

async fn a_service_mail_that_was_being_sent_is_sent_again_whatever_the_policy(place: Place) {
    let ledger = place.open().await;
    let mut service = planned("service");
    service.compulsory = true;
    ledger.enqueue(RunNo(1), &[service, planned("marketing"), planned("untouched")]).await.expect("enqueue");
    let old = take(&ledger, &elsewhere(), NOW, Redo::Hold).await.expect("free");
    let claimed = ledger.claim(&old, NOW, 3).await.expect("claim");
    ledger.mark_sending(&old, &[(claimed[0].no, "id-0"), (claimed[1].no, "id-1")], NOW).await.expect("mark");
    let later = NOW.plus(Span::hours(1));
    let new = take(&ledger, &Holder::this(), later, Redo::Hold).await.expect("taken over");
    assert_eq!(count(&ledger, State::Uncertain).await, 1, "marketing is held");
    let again = ledger.claim(&new, later, 10).await.expect("claim");
    let again: Vec<_> = again.iter().map(|claimed| (recipient(claimed), claimed.attempt)).collect();
    assert_eq!(again, [("service".to_owned(), 2), ("untouched".to_owned(), 1)]);
}

async fn an_old_ledger_is_brought_up_to_date_and_keeps_its_suppressions_and_drafts(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &[planned("bob")]).await.expect("enqueue");
    ledger.close().await;
    let bytes = if place.url.starts_with("sqlite") { "BLOB" } else { "BYTEA" };
    sqlx::any::install_default_drivers();
    let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&place.url).await.expect("connects");
    // As the first version left it.
    for sql in [
        "DELETE FROM _sqlx_migrations WHERE version >= 2",
        &format!("ALTER TABLE message ADD COLUMN draft {bytes}"),
        "UPDATE message SET draft = (SELECT bytes FROM draft WHERE message = message.id)",
        "DROP TABLE draft",
        "DROP TABLE preference",
        "DROP TABLE click",
        "DROP INDEX message_recipient",
        "ALTER TABLE message DROP COLUMN n_personal_blocks",
        "DROP INDEX feedback_at",
        "DROP TABLE assignment",
        "DROP TABLE coupon",
        "DROP INDEX message_offer",
        "ALTER TABLE message DROP COLUMN cost",
        "DROP INDEX message_sending",
        "ALTER TABLE message DROP COLUMN first_at",
        "DROP TABLE feedback",
        "DROP INDEX message_returned",
        "DROP INDEX message_address",
        "DROP INDEX message_held",
        "CREATE INDEX message_held ON message (lease) WHERE state IN ('claimed', 'sending')",
        "DROP TABLE suppression",
        "CREATE TABLE suppression (key TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL, source TEXT NOT NULL, CONSTRAINT suppression_pkey PRIMARY KEY (key))",
        "INSERT INTO suppression (key, reason, at, source) VALUES ('ana@shop.example', 'unsubscribed', 7, 'page')",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.expect("runs");
    }
    pool.close().await;
    let ledger = Ledger::open(&place.url, false).await.expect("it is brought up to date");
    let claimed = ledger.claim(&lease(&ledger).await, NOW, 10).await.expect("claim");
    assert_eq!(claimed.iter().map(|claimed| claimed.draft.read()).collect::<Vec<_>>(), [Ok(ready(planned("bob")))]);
    assert_eq!(ledger.suppressed("ANA@shop.example").await.expect("asks")[0].at, Timestamp(7));
    let bounced = SuppressionReason::HardBounce;
    assert!(ledger.suppress(Suppressed::Address("ana@shop.example"), bounced, "dsn", NOW).await.expect("suppress"), "for one more reason");
}

async fn what_people_do_at_the_door_is_kept_once_and_in_its_order(place: Place) {
    let ledger = place.open().await.with_address_keys(vec![AddressKey::new([1; 32])]);
    ledger.enqueue(RunNo(1), &people(4)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 3).await.expect("claim");
    let ids: Vec<(_, String)> = claimed.iter().zip(0..).map(|(claimed, n)| (claimed.no, format!("{n}bcdefghijklmnopqrst-rest"))).collect();
    let sending: Vec<_> = ids.iter().map(|(no, id)| (*no, id.as_str())).collect();
    ledger.mark_sending(&lease, &sending, NOW).await.expect("mark");
    ledger.forget_id("gone", NOW).await.expect("forgets");

    let unsubscribe = |who: &str| Act::Unsubscribe { campaign: "newsletter".to_owned(), recipient: who.to_owned() };
    let declare = |who: &str, key: &str, value: &str, cancels: &[&str]| Act::Declare {
        recipient: who.to_owned(),
        facts: vec![(key.to_owned(), value.to_owned())],
        cancels: cancels.iter().map(ToString::to_string).collect(),
    };
    let mail = ledger.mail_of("0bcdefghijklmnopqrst").await.expect("reads").expect("a mail");
    assert_eq!(mail.draft.expect("a draft").recipient.as_str(), "c00000");
    let acts = [
        unsubscribe("c00000"),
        unsubscribe("c00001"),
        unsubscribe("c00000"),
        unsubscribe("stranger"),
        unsubscribe("gone"),
        Act::Resubscribe { recipient: "c00001".to_owned() },
        declare("c00002", "consent.newsletter", "yes", &[]),
        declare("c00002", "consent.newsletter", "no", &["newsletter"]),
        declare("c00002", "consent.newsletter", "no", &[]),
        declare("c00003", "consent.newsletter", "no", &["newsletter", "another"]),
        declare("c00002", "export", "asked", &[]),
        Act::Click { message: mail.no, url: "https://shop.example/".to_owned(), automatic: true },
        Act::Click { message: mail.no, url: "https://shop.example/".to_owned(), automatic: false },
    ];
    for _ in 0..2 {
        ledger.admit(&acts[..11], NOW).await.expect("written");
    }
    ledger.admit(&acts[11..], NOW).await.expect("written");

    let reasons = async |address: &str| ledger.suppressed(address).await.expect("asks").len();
    assert_eq!((reasons("c00000@shop.example").await, reasons("c00001@shop.example").await), (1, 0));
    let said = ledger.said().await.expect("reads");
    let last = |who: &str| said.get(who).map(|facts| facts.iter().map(|fact| (fact.key.as_str(), fact.value.as_str())).collect::<Vec<_>>());
    assert_eq!(last("c00000"), Some(vec![("unsubscribed", "yes")]));
    assert_eq!(last("c00001"), Some(vec![("unsubscribed", "no")]));
    assert_eq!(last("stranger"), Some(vec![("unsubscribed", "yes")]), "no mail is needed to be heard");
    assert_eq!(last("gone"), None, "nothing is written of the forgotten");
    let whole: Vec<String> = ledger.said_by("c00002").await.expect("reads").into_iter().map(|fact| fact.value).collect();
    assert_eq!(whole, ["yes", "no", "asked", "yes", "no"], "in their order, without what changed nothing");
    assert_eq!(count(&ledger, State::Cancelled).await, 1, "the one that waited");
    let open = ledger.open_requests().await.expect("reads");
    assert_eq!(open.iter().map(|open| open.recipient.as_str()).collect::<Vec<_>>(), ["c00002"]);
    ledger.answer_request("c00002", NOW).await.expect("written");
    assert_eq!(ledger.open_requests().await.expect("reads"), []);
    assert_eq!(ledger.clicks(&campaign(), NOW).await.expect("counts"), Clicks { people: 1, programs: 0 });
    let returns = ledger.returns(&campaign(), NOW).await.expect("counts");
    assert_eq!(returns.unsubscribed, 2, "each mail once");
    assert_eq!(ledger.followed_by("c00000").await.expect("reads").len(), 2);
    assert!(ledger.is_reachable().await);

    // Whoever is forgotten leaves nothing of it.
    ledger.release(lease, Redo::Hold, NOW).await.expect("released");
    ledger.forget("c00000@shop.example", NOW).await.expect("forgets");
    ledger.forget_id("stranger", NOW).await.expect("forgets");
    assert_eq!(ledger.clicks(&campaign(), NOW).await.expect("counts"), Clicks::default());
    let said = ledger.said().await.expect("reads");
    assert!(!said.contains_key("c00000") && !said.contains_key("stranger"));
}

async fn the_suppressed_are_cancelled_and_the_late_expired_at_the_claim(place: Place) {
    let ledger = place.open().await.with_address_keys(vec![AddressKey::new([1; 32])]);
    let mut messages = vec![planned("ana"), planned("bob"), planned("eve"), planned("forgotten"), planned("zoe")];
    messages[4].compulsory = true;
    messages[1].expires_at = Some(NOW.minus(Span(1)));
    messages[2].expires_at = Some(NOW);
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    ledger.suppress(Suppressed::Address("ANA@shop.example"), SuppressionReason::Unsubscribed, "page", NOW).await.expect("suppress");
    ledger
        .suppress(Suppressed::Hash(AddressKey::new([1; 32]).hash("Forgotten@shop.example")), SuppressionReason::Manual, "forget", NOW)
        .await
        .expect("suppress");
    // Having unsubscribed is about marketing: zoe's service mail goes out all the same.
    ledger.suppress(Suppressed::Address("zoe@shop.example"), SuppressionReason::Unsubscribed, "page", NOW).await.expect("suppress");
    let lease = lease(&ledger).await;
    // One at a time: those not wanted never count as the answer.
    let claimed = ledger.claim(&lease, NOW, 1).await.expect("claim");
    assert_eq!(recipients(&claimed), ["eve"]);
    // What was claimed and waits for its turn can be looked up again.
    let eve = claimed[0].no;
    assert_eq!(ledger.unwanted(eve, NOW).await.expect("a look"), None);
    assert_eq!(ledger.unwanted(eve, NOW.plus(Span(1))).await.expect("a look"), Some(Outcome::Expired));
    ledger.suppress(Suppressed::Address("eve@shop.example"), SuppressionReason::Unsubscribed, "page", NOW).await.expect("suppress");
    let unwanted = ledger.unwanted(eve, NOW).await.expect("a look");
    assert_eq!(unwanted, Some(Outcome::Cancelled { why: "suppressed: unsubscribed".to_owned() }));
    let claimed = ledger.claim(&lease, NOW, 10).await.expect("claim");
    assert_eq!(recipients(&claimed), ["zoe"]);
    assert_eq!((count(&ledger, State::Cancelled).await, count(&ledger, State::Expired).await), (2, 1));
}

async fn a_hard_bounce_suppresses_and_a_policy_bounce_does_not(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(2)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 2).await.expect("claim");
    let bounced = |class| Outcome::Bounced { reply: "550 \u{1b}[1m \"no\" \\".to_owned(), class };
    let outcomes = [(claimed[0].no, bounced(BounceClass::Hard)), (claimed[1].no, bounced(BounceClass::Policy))];
    ledger.record(&lease, &outcomes, NOW).await.expect("record");
    assert_eq!(count(&ledger, State::Bounced).await, 2);
    let suppressed = ledger.suppressions().await.expect("suppressions").by_address;
    assert_eq!(suppressed.into_iter().collect::<Vec<_>>(), [("c00000@shop.example".to_owned(), "hard_bounce".to_owned())]);
}

async fn deferred_messages_come_back_in_their_time(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(1)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 1).await.expect("claim");
    let retry_at = NOW.plus(Span::hours(1));
    ledger.record(&lease, &[(claimed[0].no, Outcome::Deferred { reply: "450 later".to_owned(), retry_at })], NOW).await.expect("record");
    assert!(ledger.claim(&lease, retry_at.minus(Span(1)), 1).await.expect("claim").is_empty());
    assert_eq!(ledger.claim(&lease, retry_at, 1).await.expect("claim")[0].attempt, 2);
}

async fn doubts_are_settled(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(3)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 3).await.expect("claim");
    let marks: Vec<_> = claimed.iter().map(|claimed| (claimed.no, "an-id@shop.example")).collect();
    ledger.mark_sending(&lease, &marks, NOW).await.expect("mark");
    let doubts: Vec<_> = claimed.iter().map(|claimed| (claimed.no, Outcome::Uncertain { why: "no answer".to_owned() })).collect();
    ledger.record(&lease, &doubts, NOW).await.expect("record");
    let shown = ledger.status().await.expect("status").uncertain;
    assert_eq!(shown.len(), 3);
    assert_eq!((shown[0].message_id.as_deref(), shown[0].why.as_deref()), (Some("an-id@shop.example"), Some("no answer")));
    let of = |recipient: &str| Doubts { recipient: Some(ContactId::from(recipient)), ..Doubts::default() };
    let found = ledger.doubts(&of("c00001")).await.expect("doubts");
    assert_eq!(found, [Doubt { no: claimed[1].no, message_id: Some("an-id@shop.example".to_owned()) }]);
    let other = Doubts { edition: Some(Edition::from("2011-W45")), ..Doubts::default() };
    assert!(ledger.doubts(&other).await.expect("doubts").is_empty());
    assert_eq!(ledger.resolve(&[claimed[0].no], Resolution::Sent, NOW).await.expect("resolve"), 1);
    assert_eq!(ledger.resolve(&[claimed[0].no], Resolution::Resend, NOW).await.expect("resolve"), 0, "it is settled");
    assert_eq!(ledger.resolve(&[claimed[1].no], Resolution::NotSent, NOW).await.expect("resolve"), 1);
    assert_eq!(ledger.resolve(&[claimed[2].no], Resolution::Resend, NOW).await.expect("resolve"), 1);
    assert!(ledger.doubts(&Doubts::default()).await.expect("doubts").is_empty());
    assert_eq!((count(&ledger, State::Sent).await, count(&ledger, State::Failed).await), (1, 1));
    assert_eq!(ledger.claim(&lease, NOW, 10).await.expect("claim").first().map(recipient).as_deref(), Some("c00002"));
}

async fn history_holds_what_reached_people(place: Place) {
    let ledger = place.open().await;
    let mut messages = vec![planned("ana"), planned("bob")];
    let mut older = planned("ana");
    older.draft.edition = Edition::from("2011-W45");
    older.draft.at = NOW.minus(Span::days(7));
    older.compulsory = true;
    older.offer = None;
    older.n_personal_blocks = 3;
    messages.push(older);
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 10).await.expect("claim");
    let bob = claimed.iter().find(|claimed| recipient(claimed) == "bob").expect("bob");
    ledger.record(&lease, &[(bob.no, Outcome::Failed { why: "no".to_owned() })], NOW).await.expect("record");

    let history = ledger.history(NOW.minus(Span::days(30)), NOW).await.expect("history");
    assert!(history.of("bob").is_empty(), "nothing reached bob");
    let editions: Vec<_> = history.of("ana").iter().map(|past| (past.edition.as_str(), past.compulsory, past.offer.as_deref())).collect();
    assert_eq!(editions, [("2011-W45", true, None), ("2011-W46", false, Some("welcome"))]);
    assert_eq!(history.of("ana").iter().map(|past| past.n_personal_blocks).collect::<Vec<_>>(), [3, 0]);
    assert_eq!(history.of("ana")[1].products, planned("ana").products);
    assert_eq!(ledger.history(NOW, NOW).await.expect("history").of("ana").len(), 1, "the window is kept");
}

async fn suppressions_know_twin_spellings(place: Place) {
    let ledger = place.open().await;
    let reason = SuppressionReason::Complaint;
    assert!(ledger.suppress(Suppressed::Address("A.na+x@gmail.com"), reason, "fbl", NOW).await.expect("suppress"));
    assert!(!ledger.suppress(Suppressed::Address("ana@googlemail.com"), reason, "cli", NOW).await.expect("suppress"), "known already");
    assert!(ledger.suppress(Suppressed::Hash(u64::MAX), reason, "forget", NOW).await.expect("suppress"));
    let all = ledger.suppressions().await.expect("suppressions");
    assert_eq!(all.by_address.get("ana@gmail.com").map(String::as_str), Some("complaint"));
    assert!(all.hashes.contains(&u64::MAX) && all.hashes.len() == 1 && all.by_address.len() == 1);
    assert_eq!(ledger.unsuppress(Suppressed::Address("ANA@gmail.com"), None).await.expect("unsuppress"), 1);
    assert_eq!(ledger.unsuppress(Suppressed::Address("ana@gmail.com"), None).await.expect("unsuppress"), 0);
}

async fn lifting_one_reason_leaves_the_others(place: Place) {
    let ledger = place.open().await;
    let ana = Suppressed::Address("ana@shop.example");
    for (reason, at) in [(SuppressionReason::Unsubscribed, NOW), (SuppressionReason::HardBounce, NOW.plus(Span(1)))] {
        ledger.suppress(ana, reason, "test", at).await.expect("suppress");
    }
    let strongest = ledger.suppressions().await.expect("all").by_address;
    assert_eq!(strongest.get("ana@shop.example").map(String::as_str), Some("hard_bounce"), "which stops service mails too");
    assert_eq!(ledger.unsuppress(ana, Some(SuppressionReason::HardBounce)).await.expect("lifts"), 1);
    let left = ledger.suppressed("Ana@Shop.example").await.expect("asks");
    assert_eq!(left.iter().map(|row| (row.reason.as_str(), row.at)).collect::<Vec<_>>(), [("unsubscribed", NOW)]);
    assert!(ledger.suppressed("bob@shop.example").await.expect("asks").is_empty());
}

async fn suppressions_are_read_page_by_page(place: Place) {
    let ledger = place.open().await;
    let addresses: Vec<String> = (0..1_203).map(|n| format!("c{n:05}@shop.example")).collect();
    let (reason, at) = (SuppressionReason::Manual, NOW);
    let new: Vec<_> = addresses.iter().map(|address| NewSuppression { whom: Suppressed::Address(address), reason, at }).collect();
    assert_eq!(ledger.suppress_all(&new, "import").await.expect("suppress"), 1_203);
    assert_eq!(ledger.suppress_all(&new, "import").await.expect("suppress"), 0, "twice is once");
    let (mut keys, mut last) = (Vec::new(), None);
    loop {
        let page = ledger.suppression_page(last.as_ref()).await.expect("a page");
        keys.extend(page.iter().map(|row| row.key.clone()));
        last = page.into_iter().next_back();
        if last.is_none() {
            break;
        }
    }
    assert_eq!(keys, addresses);
}

fn back(fingerprint: &str, kind: EventKind) -> Returned {
    let event = Event {
        kind,
        id_starts: Vec::new(),
        message_ids: Vec::new(),
        addresses: Vec::new(),
        token: None,
        at: Some(NOW),
        words: "550 \u{1b}[1m no".to_owned(),
        origin: Origin::Mail,
    };
    Returned { fingerprint: fingerprint.to_owned(), event, recipient: None }
}

async fn a_bounce_finds_its_mail_by_the_letters_that_a_return_path_holds(place: Place) {
    let ledger = place.open().await;
    send(&ledger, "2011-W46-long-enough", &["ana", "bob"], Outcome::Sent { reply: "250 ok".to_owned() }).await;
    let mut events = vec![back("1", EventKind::Bounced(BounceClass::Hard)), back("2", EventKind::Bounced(BounceClass::Hard))];
    events[0].event.id_starts = vec!["ana.2011-W46-long-en".to_owned()];
    events[0].event.message_ids = vec!["bob.2011-W46-long-enough".to_owned()];
    events[1].event.id_starts = vec!["eve.2011-W46-long-en".to_owned(), "ana.2011-W46".to_owned()];
    let effects = ledger.take_back(&events, NOW).await.expect("takes back");
    assert_eq!(effects, [Effect::Taken { suppressed: true, settled: false }, Effect::Unmatched]);
    assert_eq!(ledger.suppressed("ana@shop.example").await.expect("asks").len(), 1, "the return path is surer than the headers");
}

/// Sends one mail of an edition to each recipient; the Message-ID is `RECIPIENT.EDITION`.
async fn send(ledger: &Ledger, edition: &str, recipients: &[&str], outcome: Outcome) {
    let of_edition = |recipient: &&str| {
        let mut message = planned(recipient);
        message.draft.edition = Edition::from(edition);
        message
    };
    ledger.enqueue(RunNo(1), &recipients.iter().map(of_edition).collect::<Vec<_>>()).await.expect("enqueue");
    let lease = lease(ledger).await;
    let claimed = ledger.claim(&lease, NOW, 100).await.expect("claim");
    let ids: Vec<_> = claimed.iter().map(|claimed| format!("{}.{edition}", recipient(claimed))).collect();
    let marks: Vec<_> = claimed.iter().zip(&ids).map(|(claimed, id)| (claimed.no, id.as_str())).collect();
    ledger.mark_sending(&lease, &marks, NOW).await.expect("mark");
    let outcomes: Vec<_> = claimed.iter().map(|claimed| (claimed.no, outcome.clone())).collect();
    ledger.record(&lease, &outcomes, NOW).await.expect("record");
    ledger.release(lease, Redo::Hold, NOW).await.expect("release");
}

async fn what_was_shown_is_known_slot_by_slot_until_it_is_pruned(place: Place) {
    let ledger = place.open().await;
    let item = |id: &str, label: &str| json!({ "id": id, "title": id, "label": label });
    let with = |recipient: &str, edition: &str| {
        let mut message = planned(recipient);
        message.draft.edition = Edition::from(edition);
        message.draft.context["slots"] = json!({
            "hero": { "block": "tea", "product": item("P-1", "pinned") },
            "menu": { "items": [{ "name": "Thé", "topic": "the", "url": "https://shop.example/the" }] },
            "picks": { "items": [item("P-1", "for_you"), item("P-2", "exploration")], "rows": [] },
        });
        let (slot, product) = (SlotName::from("picks"), ProductId::from("P-2"));
        message.draft.explored = vec![Explored { slot, product, propensity: 0.25 }];
        message
    };
    let mut messages: Vec<PlannedMessage> = (0..1_100).map(|n| with(&format!("p{n:04}"), "2011-W46")).collect();
    messages.push(with("ana", "2011-W45"));
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    let held = lease(&ledger).await;
    loop {
        let claimed = ledger.claim(&held, NOW, 500).await.expect("claim");
        if claimed.is_empty() {
            break;
        }
        let ids: Vec<_> = claimed
            .iter()
            .map(|claimed| claimed.draft.read().map(|draft| format!("{}.{}", draft.recipient, draft.edition)).expect("a draft"))
            .collect();
        let marks: Vec<_> = claimed.iter().zip(&ids).map(|(claimed, id)| (claimed.no, id.as_str())).collect();
        ledger.mark_sending(&held, &marks, NOW).await.expect("mark");
        let sent = Outcome::Sent { reply: "250 ok".to_owned() };
        let outcomes: Vec<_> = claimed.iter().map(|claimed| (claimed.no, sent.clone())).collect();
        ledger.record(&held, &outcomes, NOW).await.expect("record");
    }
    let read = async |since: Timestamp, until: Timestamp| {
        let mut found = Vec::new();
        ledger.shown(&campaign(), (since, until), &mut |mail| found.push(mail)).await.expect("read");
        found
    };
    assert!(read(NOW.minus(Span::days(1)), NOW).await.is_empty(), "what leaves at the end is after it");
    let found = read(NOW, NOW.plus(Span(1))).await;
    let names: HashSet<&str> = found.iter().map(|mail| mail.recipient.as_str()).collect();
    assert_eq!((found.len(), names.len()), (1_101, 1_101), "every mail once, page after page");
    let slots = found[0].slots.as_ref().expect("whole");
    let words: Vec<_> = slots.iter().map(|it| (it.slot.as_str(), it.block.as_deref(), it.picks.len())).collect();
    assert_eq!(words, [("hero", Some("tea"), 1), ("menu", None, 0), ("picks", None, 2)]);
    let picks: Vec<_> = slots[2].picks.iter().map(|it| (it.product.as_str(), it.strategy.as_str(), it.propensity)).collect();
    assert_eq!(picks, [("P-1", "for_you", None), ("P-2", "exploration", Some(0.25))]);

    let keep = Retention { mails: Some(Span::days(30)), events: None, assignments: None };
    ledger.prune(keep, NOW.plus(Span::days(31))).await.expect("prunes");
    let left = read(NOW, NOW.plus(Span(1))).await;
    assert!(left.len() == 1_101 && left.iter().all(|mail| mail.slots.is_none() && mail.products.len() == 2), "{:?}", left[0]);
}

async fn what_is_kept_no_longer_goes_and_nothing_is_sent_twice_for_it(place: Place) {
    let ledger = place.open().await;
    let people: Vec<String> = (0..PRUNE_ROWS_MAX + 3).map(|n| format!("p{n:05}")).collect();
    let mut messages: Vec<_> = people.iter().map(|id| planned(id)).collect();
    for message in &mut messages {
        message.n_personal_blocks = 2;
    }
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    ledger.cancel(&campaign(), None, "a test", NOW).await.expect("cancel");
    send(&ledger, "2011-W47", &["ana", "bob"], Outcome::Sent { reply: "250 ok ana@shop.example".to_owned() }).await;
    let mut waiting = planned("ana");
    waiting.draft.edition = Edition::from("2011-W48");
    ledger.enqueue(RunNo(2), std::slice::from_ref(&waiting)).await.expect("enqueue");
    let mut event = back("1", EventKind::Delayed);
    event.event.message_ids = vec!["ana.2011-W47".to_owned()];
    event.event.addresses = vec!["ana@shop.example".to_owned()];
    let _ = ledger.take_back(std::slice::from_ref(&event), NOW).await.expect("takes back");
    let (over, living) = (CampaignName::from("over"), campaign());
    for of in [&over, &living] {
        let arms = [(ContactId::from("ana"), Arm::Treated), (ContactId::from("bob"), Arm::Control)];
        let (edition, at) = (Edition::from("2011-W47"), NOW.minus(Span::days(60)));
        let drawing = Drawing { campaign: of, experiment: "x", edition: &edition, shares: "treated=1", before: None, at };
        ledger.assign(&drawing, &arms).await.expect("assign");
    }
    ledger.suppress(Suppressed::Address("eve@shop.example"), SuppressionReason::Unsubscribed, "page", NOW).await.expect("suppress");

    let days = |n: i64| Some(Span::days(n));
    let keep = Retention { mails: days(30), events: days(30), assignments: days(30) };
    let early = ledger.prune(Retention { assignments: None, ..keep }, NOW.plus(Span::days(29))).await.expect("prunes");
    assert_eq!(early, Pruned::default(), "what is younger stays");
    let now = NOW.plus(Span::days(31));
    let n_mails = people.len() as u64 + 2;
    // What waits was planned at the same instant and is no longer new enough to keep a campaign alive.
    let wanted = Pruned { mails: n_mails, events: 1, assignments: 4 };
    assert_eq!(ledger.prunable(keep, now).await.expect("counts"), wanted);
    assert_eq!(ledger.held("ana").await.expect("asks")[0].address, "ana@shop.example", "counting removes nothing");
    let alive = Retention { assignments: days(40), ..keep };
    assert_eq!(ledger.prunable(alive, now).await.expect("counts").assignments, 2, "a campaign that planned since keeps its arms");
    assert_eq!(ledger.prune(keep, now).await.expect("prunes"), wanted);
    assert_eq!(ledger.prune(keep, now).await.expect("prunes"), Pruned::default(), "once");

    let held = ledger.held("ana").await.expect("asks");
    assert_eq!((held[0].address.as_str(), held[0].reply.as_deref(), held[0].feedback.len()), ("", None, 0));
    assert!(held[0].draft.as_str().is_some_and(|why| why.contains("[retention]")), "{:?}", held[0].draft);
    assert!(held[1].draft.is_object() && held[1].address == "ana@shop.example", "what waits is whole");
    assert!(ledger.a_draft(&campaign(), Some(&Edition::from("2011-W47"))).await.expect("asks").is_none());
    let named = ledger.last_mail(campaign().as_str(), "bob").await.expect("asks").expect("a link still names it");
    assert_eq!((named.draft, named.planned_for), (None, planned("bob").draft.at));
    assert!(ledger.assignments(&over, "x", now).await.expect("asks").is_empty());

    // Nothing is planned twice, decisions remember, what is read again is known, and who is suppressed stays so.
    assert_eq!(ledger.enqueue(RunNo(3), &messages).await.expect("enqueue"), 0);
    let mut again = planned("bob");
    again.draft.edition = Edition::from("2011-W47");
    assert_eq!(ledger.enqueue(RunNo(3), &[again]).await.expect("enqueue"), 0);
    let history = ledger.history(NOW.minus(Span::days(1)), now).await.expect("history");
    assert_eq!(history.of("bob").iter().map(|past| past.products.len()).collect::<Vec<_>>(), [2]);
    assert_eq!(ledger.take_back(&[event], now).await.expect("takes back"), [Effect::Known]);
    assert_eq!(ledger.suppressed("eve@shop.example").await.expect("asks").len(), 1);
    let mut late = back("2", EventKind::Bounced(BounceClass::Hard));
    late.event.message_ids = vec!["bob.2011-W47".to_owned()];
    late.event.addresses = vec!["bob@shop.example".to_owned()];
    let _ = ledger.take_back(&[late], now).await.expect("takes back");
    assert_eq!(ledger.suppressed("bob@shop.example").await.expect("asks").len(), 1, "a bounce that comes late still suppresses");
    let claimed = ledger.claim(&lease(&ledger).await, now, 10).await.expect("claim");
    assert_eq!(claimed.iter().map(|claimed| claimed.draft.read()).collect::<Vec<_>>(), [Ok(ready(waiting))]);
}

async fn a_late_bounce_counts_once_and_suppresses_by_its_class(place: Place) {
    let ledger = place.open().await;
    send(&ledger, "2011-W46", &["ana", "bob", "eve"], Outcome::Sent { reply: "250 ok".to_owned() }).await;
    let mut events = vec![
        back("1", EventKind::Bounced(BounceClass::Hard)),
        back("2", EventKind::Bounced(BounceClass::Policy)),
        back("3", EventKind::Bounced(BounceClass::Hard)),
        back("4", EventKind::Delayed),
    ];
    events[0].event.message_ids = vec!["unknown@x".to_owned(), "ana.2011-W46".to_owned()];
    events[0].event.addresses = vec!["ana@shop.example".to_owned()];
    events[1].event.message_ids = vec!["bob.2011-W46".to_owned()];
    events[1].event.addresses = vec!["BOB@shop.example".to_owned()];
    events[2].event.addresses = vec!["stranger@shop.example".to_owned()];
    events[3].event.message_ids = vec!["eve.2011-W46".to_owned()];
    events[3].event.addresses = vec!["eve@shop.example".to_owned()];
    let taken = |suppressed| Effect::Taken { suppressed, settled: false };
    let effects = ledger.take_back(&events, NOW).await.expect("takes back");
    assert_eq!(effects, [taken(true), taken(false), Effect::Unmatched, taken(false)]);
    assert_eq!((count(&ledger, State::Bounced).await, count(&ledger, State::Sent).await), (2, 1), "a delay is no bounce");
    let again = ledger.take_back(&events, NOW).await.expect("takes back");
    assert_eq!(again, [Effect::Known, Effect::Known, Effect::Unmatched, Effect::Known]);
    let suppressed = ledger.suppressed("ana@shop.example").await.expect("asks");
    assert_eq!((suppressed.len(), suppressed[0].reason.as_str(), suppressed[0].source.as_str()), (1, "hard_bounce", "mail"));
    for other in ["bob@shop.example", "stranger@shop.example"] {
        assert!(ledger.suppressed(other).await.expect("asks").is_empty(), "{other}");
    }
}

async fn what_comes_back_settles_doubts(place: Place) {
    let ledger = place.open().await;
    send(&ledger, "2011-W46", &["ana", "bob", "eve", "zoe"], Outcome::Uncertain { why: "no answer".to_owned() }).await;
    let kinds = [EventKind::Bounced(BounceClass::Soft), EventKind::Delivered, EventKind::Unsubscribed];
    let mut events: Vec<_> = kinds.into_iter().enumerate().map(|(n, kind)| back(&n.to_string(), kind)).collect();
    for (returned, recipient) in events.iter_mut().zip(["ana", "bob", "eve"]) {
        returned.recipient = Some((campaign(), ContactId::from(recipient)));
    }
    let effects = ledger.take_back(&events, NOW).await.expect("takes back");
    assert!(effects.iter().all(|effect| matches!(effect, Effect::Taken { settled: true, .. })), "{effects:?}");
    let counts = [count(&ledger, State::Bounced).await, count(&ledger, State::Sent).await, count(&ledger, State::Uncertain).await];
    assert_eq!(counts, [1, 2, 1], "zoe's is still in doubt");
    assert_eq!(ledger.suppressed("eve@shop.example").await.expect("asks")[0].reason, "unsubscribed");
}

/// Whoever writes a status notification suppresses nobody, unless a return path or a Message-ID of ours shows that the mail is one of ours.
async fn a_forged_notification_has_no_effect(place: Place) {
    let ledger = place.open().await;
    send(&ledger, "2011-W46-long-enough", &["ana", "bob", "eve"], Outcome::Sent { reply: "250 ok".to_owned() }).await;
    let later = Outcome::Deferred { reply: "451 later".to_owned(), retry_at: NOW.plus(Span::days(1)) };
    send(&ledger, "2011-W47-long-enough", &["zoe"], later).await;
    let told = |n: &str, id: &str, address: &str| {
        let mut returned = back(n, EventKind::Bounced(BounceClass::Hard));
        returned.event.message_ids = vec![id.to_owned()];
        returned.event.addresses = vec![address.to_owned()];
        returned
    };
    let mut by_path = told("6", "none@x", "else@where.example");
    by_path.event.id_starts = vec!["eve.2011-W46-long-en".to_owned()];
    let mut by_log = told("7", "none@x", "bob@shop.example");
    by_log.event.origin = Origin::Log("log");
    let events = [
        told("1", "none@x", "ana@shop.example"),
        told("2", "bob.2011-W46-long-enough", "ana@shop.example"),
        told("3", "zoe.2011-W47-long-enough", "zoe@shop.example"),
        told("4", "ana.2011-W46-long-enough", "ANA@shop.example"),
        told("5", "bob.2011-W46-long-enough", ""),
        by_path,
        by_log,
    ];
    let effects = ledger.take_back(&events, NOW).await.expect("takes back");
    let taken = Effect::Taken { suppressed: true, settled: false };
    let none = Effect::Unmatched;
    assert_eq!(effects, [none, none, none, taken, none, taken, taken]);
}

async fn soft_bounces_of_different_editions_suppress_when_they_are_many(place: Place) {
    let ledger = place.open().await.with_soft_bounces(SoftBounces { n: 3, window: Span::days(30) });
    for (n, edition) in ["2011-W44", "2011-W45", "2011-W46"].into_iter().enumerate() {
        send(&ledger, edition, &["ana", "bob"], Outcome::Sent { reply: "250 ok".to_owned() }).await;
        let soft = |recipient: &str| {
            let mut returned = back(&format!("{recipient}{n}"), EventKind::Bounced(BounceClass::Soft));
            returned.event.message_ids = vec![format!("{recipient}.{edition}")];
            returned.event.addresses = vec![format!("{recipient}@shop.example")];
            returned
        };
        let mut events = vec![soft("ana"), soft("bob"), soft("ana")];
        // Bob's first one is old by the time of the last; a second notification about one mail is not a second mail.
        events[1].event.at = Some(if n == 0 { NOW.minus(Span::days(31)) } else { NOW });
        events[2].fingerprint.push_str("-twice");
        let effects = ledger.take_back(&events, NOW).await.expect("takes back");
        let suppresses = |suppressed| Effect::Taken { suppressed, settled: false };
        assert_eq!(effects, [suppresses(n == 2), suppresses(false), suppresses(false)], "{edition}");
    }
    assert_eq!(ledger.suppressed("ana@shop.example").await.expect("asks")[0].source, "mail, soft");
    assert!(ledger.suppressed("bob@shop.example").await.expect("asks").is_empty());
    // One more at the time of sending counts as those that came back later.
    send(&ledger, "2011-W47", &["bob"], Outcome::Bounced { reply: "552 full".to_owned(), class: BounceClass::Soft }).await;
    assert_eq!(ledger.suppressed("bob@shop.example").await.expect("asks")[0].source, "smtp, soft");
}

async fn an_unsubscription_that_comes_back_stops_what_is_planned(place: Place) {
    let ledger = place.open().await;
    send(&ledger, "2011-W45", &["ana"], Outcome::Sent { reply: "250 ok".to_owned() }).await;
    ledger.enqueue(RunNo(2), &[planned("ana"), planned("bob")]).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let mut log = back("log", EventKind::Complained);
    log.event.origin = Origin::Log("ses");
    log.event.addresses = vec!["nobody@else.example".to_owned()];
    let mut mail = back("mail", EventKind::Unsubscribed);
    mail.event.addresses = vec!["Ana@Shop.example".to_owned()];
    let effects = ledger.take_back(&[mail, log], NOW).await.expect("takes back");
    assert_eq!(effects, [Effect::Taken { suppressed: true, settled: false }; 2], "a log is trusted about strangers too");
    let claimed = ledger.claim(&lease, NOW, 10).await.expect("claim");
    assert_eq!(recipients(&claimed), ["bob"]);
    assert_eq!(count(&ledger, State::Cancelled).await, 1);
}

/// The statements that begin at the index of the lease must find it: a whole table is read otherwise, at every end of a run.
#[tokio::test]
async fn what_a_lease_holds_is_found_by_its_index() {
    let place = sqlite();
    place.open().await.close().await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&place.url).await.expect("connects");
    for (condition, index) in [
        ("lease = 1 AND state = 'claimed'", "message_held"),
        ("lease = 1 AND state = 'sending' AND compulsory >= 1", "message_held"),
        ("substr(message_id, 1, 20) = substr('x', 1, 20) AND message_id = 'x' AND message_id IS NOT NULL", "message_returned"),
        ("substr(message_id, 1, 20) = 'x' AND message_id IS NOT NULL", "message_returned"),
        ("canonical = 'x' AND message_id IS NOT NULL", "message_address"),
    ] {
        let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN SELECT id FROM message WHERE {condition}"));
        let row = sqlx::query(sql).fetch_one(&pool).await.expect("explains");
        let plan: String = sqlx::Row::try_get(&row, 3).expect("a text");
        assert!(plan.starts_with("SEARCH") && plan.contains(index), "{condition}: {plan}");
    }
}

/// Says how often the whole table of mails was read, once all others have left the database and so told what they did.
async fn n_whole_readings(place: &Place) -> i64 {
    let mut admin = sqlx::PgConnection::connect(&place.url).await.expect("the server answers");
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut admin).await.expect("a number") > 0 {
        tokio::task::yield_now().await;
    }
    let readings = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'message'";
    sqlx::query_scalar(readings).fetch_one(&mut admin).await.expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_looks_mails_up_however_little_postgresql_knows_of_the_table() {
    let place = postgresql("looked_up");
    let ledger = place.open().await;
    let mut admin = sqlx::PgConnection::connect(&place.url).await.expect("the server answers");
    admin.execute("ALTER TABLE message SET (autovacuum_enabled = off)").await.expect("no statistics are made");
    admin.close().await.expect("a farewell");
    ledger.enqueue(RunNo(1), &people(4_000)).await.expect("enqueue");
    ledger.close().await;
    let before = n_whole_readings(&place).await;

    let ledger = place.open().await;
    let lease = lease(&ledger).await;
    // A prepared statement gets the plan that it keeps at its sixth time.
    for _ in 0..8 {
        let claimed = ledger.claim(&lease, NOW, 20).await.expect("claim");
        assert_eq!(claimed.len(), 20);
        for claimed in claimed {
            ledger.mark_sending(&lease, &[(claimed.no, "id@shop.example")], NOW).await.expect("marks");
            let sent = Outcome::Sent { reply: "250 ok".to_owned() };
            ledger.record(&lease, &[(claimed.no, sent)], NOW).await.expect("records");
        }
    }
    ledger.close().await;
    assert_eq!(n_whole_readings(&place).await - before, 0);
}

async fn the_last_run_says_why_it_was_stopped(place: Place) {
    let ledger = place.open().await;
    let name = CampaignName::from("newsletter");
    assert_eq!(ledger.last_stop(&name).await.expect("a look"), None);
    let run = ledger.start_run(&name, NOW).await.expect("a run");
    let told = serde_json::json!({ "stopped": "the server refuses the sender" });
    ledger.finish_run(run, NOW, &serde_json::Value::Null, &told).await.expect("an end");
    assert_eq!(ledger.last_stop(&name).await.expect("a look"), Some((NOW, "the server refuses the sender".to_owned())));
    assert!(ledger.note_missed(&name, &Edition::from("2011-W46"), NOW).await.expect("a note"));
    let still = ledger.last_stop(&name).await.expect("a look");
    assert_eq!(still, Some((NOW, "the server refuses the sender".to_owned())), "a missed edition does not hide it");
    ledger.start_run(&name, NOW).await.expect("a run");
    assert_eq!(ledger.last_stop(&name).await.expect("a look"), None, "the last one was not");
}

async fn plans_are_compared_with_the_edition_before(place: Place) {
    let ledger = place.open().await;
    let summary = |edition: &str, days, n: u64| PlanSummary {
        edition: Edition::from(edition),
        at: NOW.plus(Span::days(days)),
        totals: json!({ "admitted": n }),
    };
    for one in [summary("2011-W44", -14, 1), summary("2011-W45", -7, 2), summary("2011-W46", 0, 3), summary("2011-W46", 1, 4)] {
        ledger.save_plan_summary(&campaign(), &one).await.expect("save");
    }
    let before = ledger.previous_plan_summary(&campaign(), &Edition::from("2011-W46")).await.expect("previous");
    assert_eq!(before, Some(summary("2011-W45", -7, 2)));
    let none = ledger.previous_plan_summary(&CampaignName::from("other"), &Edition::from("x")).await.expect("previous");
    assert_eq!(none, None);
}

async fn troubles_are_told_once_a_kind_and_name_no_address(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(5)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    let claimed = ledger.claim(&lease, NOW, 5).await.expect("claim");
    let mut outcomes: Vec<_> = claimed[..3]
        .iter()
        .map(|mail| {
            let reply = format!("550 <{}>: no such user", mail.draft.read().expect("a draft").address);
            (mail.no, Outcome::Bounced { reply, class: BounceClass::Hard })
        })
        .collect();
    outcomes.push((claimed[3].no, Outcome::Failed { why: "no such block".to_owned() }));
    outcomes.push((claimed[4].no, Outcome::Sent { reply: "250 ok".to_owned() }));
    ledger.record(&lease, &outcomes, NOW).await.expect("record");
    let troubles = ledger.status().await.expect("status").troubles;
    let told: Vec<_> = troubles.iter().map(|one| (one.state, one.n, one.why.as_str(), one.example.as_str())).collect();
    let (first, last) = (recipient(&claimed[0]), recipient(&claimed[3]));
    let bounced = (State::Bounced, 3, "550 (address) no such user", first.as_str());
    assert_eq!(told, [bounced, (State::Failed, 1, "no such block", last.as_str())]);
}

async fn status_tells_all(place: Place) {
    let ledger = place.open().await;
    let run = ledger.start_run(&campaign(), NOW).await.expect("start");
    ledger.enqueue(run, &people(2)).await.expect("enqueue");
    let _lease = take(&ledger, &elsewhere(), NOW, Redo::Hold).await.expect("free");
    let status = ledger.status().await.expect("status");
    assert_eq!((status.runs.len(), status.runs[0].ended_at), (1, None));
    assert_eq!((status.leases[0].pid, status.leases[0].host.as_str()), (4182, "mx1"));
    ledger.finish_run(run, NOW.plus(Span::hours(1)), &json!({ "sent": 2 }), &json!({ "note": "é" })).await.expect("finish");
    assert_eq!(ledger.cancel(&campaign(), Some("2011-W45"), "stopped", NOW).await.expect("cancel"), 0);
    assert_eq!(ledger.cancel(&campaign(), None, "stopped", NOW).await.expect("cancel"), 2);
    let status = ledger.status().await.expect("status");
    assert_eq!((status.runs[0].ended_at, &status.runs[0].counts), (Some(NOW.plus(Span::hours(1))), &json!({ "sent": 2 })));
    assert_eq!(status.counts.iter().map(|row| (row.state, row.n)).collect::<Vec<_>>(), [(State::Cancelled, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_shared_leases_live_together_on_postgresql_only() {
    for (place, both) in [(postgresql("shared_leases"), true), (sqlite(), false)] {
        let ledger = place.open().await;
        let (campaign, holder) = (campaign(), Holder::this());
        let shared = || ledger.take_lease(&campaign, &holder, Sharing::Shared, Redo::Hold, NOW, Paris);
        shared().await.expect("free");
        assert_eq!(shared().await.is_ok(), both);
    }
}

#[tokio::test]
async fn errors_name_the_file_and_never_the_password() {
    let place = sqlite();
    let missing = Ledger::open(&place.url, false).await.expect_err("missing");
    assert!(missing.kind() == Kind::Io && missing.to_string().contains("deep/ledger.db"), "{missing}");

    place.open().await.close().await;
    let read_only = Ledger::open(&format!("{}?mode=ro", place.url), false).await;
    let error = match read_only {
        Ok(ledger) => ledger.start_run(&campaign(), NOW).await.expect_err("read-only"),
        Err(error) => error,
    };
    assert!(error.kind() == Kind::Io && error.to_string().contains("deep/ledger.db") && error.to_string().contains("read-only"), "{error}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("not-a-ledger");
    std::fs::write(&file, "a letter, not a database, and longer than the header of one".repeat(20)).expect("writes");
    let error = Ledger::open(&format!("sqlite://{}", file.display()), true).await.expect_err("not a database");
    assert!(error.kind() == Kind::Io && error.to_string().contains("not-a-ledger` is damaged or not a ledger"), "{error}");

    let error = Ledger::open("postgres://relance:hunter2@127.0.0.1:1/x", false).await.expect_err("nobody there");
    assert!(error.kind() == Kind::Unavailable && !format!("{error:?}").contains("hunter2"), "{error:?}");
    let odd = folder.path().join("50%25 of #1 é.db");
    Ledger::open(&format!("sqlite://{}", odd.display()), true).await.expect("any path will do").close().await;
    assert!(odd.metadata().expect("it is that file").len() > 0);

    assert_eq!(Ledger::open("mysql://x", false).await.expect_err("unknown").kind(), Kind::Usage);
}

/// A ledger of two hundred mails in one file, closed.
async fn full() -> (Place, std::path::PathBuf) {
    let place = sqlite();
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(200)).await.expect("enqueue");
    ledger.close().await;
    let file = std::path::PathBuf::from(place.url.trim_start_matches("sqlite://"));
    (place, file)
}

/// Opens, and goes on until something is wrong.
async fn use_it(place: &Place) -> Result<()> {
    let ledger = Ledger::open(&place.url, true).await?;
    ledger.enqueue(RunNo(2), &people(300)).await?;
    ledger.status().await?;
    let lease = ledger.take_lease(&campaign(), &Holder::this(), Sharing::Alone, Redo::Hold, NOW, Paris).await?;
    ledger.claim(&lease, NOW, 500).await.map(|_| ())
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_as_it_is() {
    // Cut to its first page, to its half, and with pages overwritten in the middle.
    for damage in ["first page", "half", "overwritten"] {
        let (place, file) = full().await;
        let mut bytes = std::fs::read(&file).expect("reads");
        assert!(bytes.len() > 16 * 4096, "{}", bytes.len());
        let middle = bytes.len() / 2;
        match damage {
            "first page" => bytes.truncate(4096),
            "half" => bytes.truncate(middle),
            _ => bytes[4096..middle].fill(0xa5),
        }
        std::fs::write(&file, &bytes).expect("writes");
        let error = use_it(&place).await.expect_err(damage);
        assert_eq!(error.kind(), Kind::Io, "{damage}: {error}");
        let words = error.to_string();
        assert!(words.contains("ledger.db` is damaged or not a ledger") && error.help_text().is_some(), "{damage}: {words}");
    }
}

#[tokio::test]
async fn an_emptied_file_is_not_taken_for_a_new_ledger() {
    let (place, file) = full().await;
    std::fs::write(&file, "").expect("writes");
    for create in [true, false] {
        let error = Ledger::open(&place.url, create).await.expect_err("it is empty");
        assert!(error.kind() == Kind::Io && error.to_string().contains("is empty") && error.help_text().is_some(), "{error}");
    }
    assert_eq!(file.metadata().expect("it is there").len(), 0, "it was not touched");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = sqlite();
    let _ledger = place.open().await;
    let mode = std::fs::metadata(place.url.trim_start_matches("sqlite://")).expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn keyed(ledger: Ledger) -> Ledger {
    ledger.with_address_keys(vec![AddressKey::new([1; 32])])
}

async fn a_person_is_forgotten_and_stays_so(place: Place) {
    let ledger = keyed(place.open().await);
    let sent = Outcome::Sent { reply: "250 ok <ana@shop.example>".to_owned() };
    send(&ledger, "2011-W45", &["ana"], sent).await;
    send(&ledger, "2011-W45", &["bob"], Outcome::Sent { reply: "250 ok".to_owned() }).await;
    send(&ledger, "2011-W46", &["ana", "bob"], Outcome::Uncertain { why: "no answer".to_owned() }).await;
    let mut later = planned("ana");
    later.draft.edition = Edition::from("last/K-77");
    ledger.enqueue(RunNo(1), &[later.clone()]).await.expect("enqueue");
    ledger.suppress(Suppressed::Address("ana@shop.example"), SuppressionReason::Unsubscribed, "page", NOW).await.expect("suppress");
    let mut complaint = back("1", EventKind::Complained);
    complaint.event.message_ids = vec!["ana.2011-W45".to_owned()];
    ledger.take_back(&[complaint.clone()], NOW).await.expect("takes back");
    assert_eq!(ledger.addresses_of("ana").await.expect("asks"), ["ana@shop.example"]);

    let purged = ledger.forget(" ANA@Shop.example", NOW).await.expect("forgets");
    assert_eq!(purged, Purged { addresses: 1, messages: 3, cancelled: 1, feedback: 1, suppressions: 2 });
    ledger.scrub().await.expect("scrubs");
    let status = ledger.status().await.expect("a picture");
    let n = |edition: &str, state| {
        status.counts.iter().filter(|row| row.edition.as_str() == edition && row.state == state).map(|row| row.n).sum::<u64>()
    };
    assert_eq!((n("2011-W45", State::Sent), n("2011-W46", State::Failed), n("2011-W46", State::Uncertain)), (2, 1, 1), "counts stay");
    let history = ledger.history(Timestamp(0), NOW).await.expect("a history");
    let people: HashSet<&str> = history.by_recipient.keys().map(ContactId::as_str).collect();
    assert!(people.contains("bob") && !people.contains("ana") && people.len() == 2, "{people:?}");

    // Whoever brings the person back, by a list, a log or a mail, is told no, and nothing is written of them.
    let address = Suppressed::Address("ana@shop.example");
    assert!(!ledger.suppress(address, SuppressionReason::Complaint, "import", NOW).await.expect("suppress"));
    let mut told = back("2", EventKind::Complained);
    told.event.origin = Origin::Log("ses");
    told.event.addresses = vec!["ana@shop.example".to_owned()];
    assert_eq!(ledger.take_back(&[told, complaint], NOW).await.expect("takes back"), [Effect::Known, Effect::Unmatched]);
    let rows = ledger.suppressed("Ana@shop.example").await.expect("asks");
    let hash = format!("#{:016x}", AddressKey::new([1; 32]).hash("ana@shop.example"));
    assert!(!rows.is_empty() && rows.iter().all(|row| row.key == hash), "{rows:?}");
    let gate = ledger.suppressions().await.expect("all");
    assert!(
        gate.is_forgotten("nobody", "ANA@shop.example") && !gate.is_forgotten("nobody", "bob@shop.example") && gate.by_address.is_empty()
    );

    // A mail that was planned all the same, compulsory or not, is not claimed.
    later.draft.recipient = ContactId::from("back");
    later.compulsory = true;
    ledger.enqueue(RunNo(2), &[later]).await.expect("enqueue");
    let lease = lease(&ledger).await;
    assert_eq!(ledger.claim(&lease, NOW, 10).await.expect("claim"), []);
    ledger.release(lease, Redo::Hold, NOW).await.expect("release");
    assert_eq!(
        ledger.forget("ana@shop.example", NOW).await.expect("forgets"),
        Purged { messages: 1, ..Purged::default() },
        "and purged again"
    );

    // Another key in front does not bring anybody back.
    let both = ledger.clone().with_address_keys(vec![AddressKey::new([2; 32]), AddressKey::new([1; 32])]);
    assert!(both.suppressions().await.expect("all").is_forgotten("nobody", "ana@shop.example"));
    assert!(!both.suppressed("ana@shop.example").await.expect("asks").is_empty());
    both.scrub().await.expect("scrubs");
    ledger.close().await;
    if let Some(folder) = &place.folder {
        for file in std::fs::read_dir(folder.path().join("deep")).expect("a folder") {
            let path = file.expect("a file").path();
            let bytes = std::fs::read(&path).expect("bytes");
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert_eq!((holds("ana@shop"), holds("K-77")), (false, false), "{}", path.display());
            assert!(!path.ends_with("ledger.db") || holds("bob@shop"), "what is looked for would be found");
        }
    }
}

async fn nobody_is_forgotten_while_a_mail_to_them_is_being_sent(place: Place) {
    let ledger = keyed(place.open().await);
    ledger.enqueue(RunNo(1), &people(1)).await.expect("enqueue");
    let address = people(1)[0].draft.address.as_str().to_owned();
    let lease = lease(&ledger).await;
    ledger.claim(&lease, NOW, 1).await.expect("claim");
    assert_eq!(ledger.forget(&address, NOW).await.expect_err("busy").kind(), Kind::Busy);
    ledger.release(lease, Redo::Hold, NOW).await.expect("release");
    assert_eq!(ledger.forget(&address, NOW).await.expect("forgets").cancelled, 1);
    let keyless = place.open().await;
    assert_eq!(keyless.forget(&address, NOW).await.expect_err("no key").kind(), Kind::Usage);
}

async fn the_first_attempt_is_remembered_and_a_claim_that_was_given_back_is_none(place: Place) {
    let ledger = place.open().await;
    ledger.enqueue(RunNo(1), &people(1)).await.expect("enqueue");
    let lease = lease(&ledger).await;
    ledger.claim(&lease, NOW, 1).await.expect("claim");
    ledger.give_back(&lease).await.expect("gives back");
    let mut firsts = Vec::new();
    for hour in 1..=3 {
        let at = NOW.plus(Span::hours(hour));
        let claimed = ledger.claim(&lease, at, 1).await.expect("claim");
        firsts.push((claimed[0].attempt, claimed[0].first_at));
        ledger
            .record(&lease, &[(claimed[0].no, Outcome::Deferred { reply: "451 later".to_owned(), retry_at: at })], at)
            .await
            .expect("record");
    }
    let first = Some(NOW.plus(Span::hours(1)));
    assert_eq!(firsts, [(1, None), (2, first), (3, first)]);
}

async fn a_ceiling_holds_over_all_senders_and_begins_again_with_the_day(place: Place) {
    let ledger = place.open().await;
    let mut messages = people(20);
    for message in &mut messages[10..] {
        message.draft.campaign = CampaignName::from("another");
    }
    ledger.enqueue(RunNo(1), &messages).await.expect("enqueue");
    let at = relance::ledger::system_now();
    let take = async |name: &str| {
        let name = CampaignName::from(name);
        ledger.take_lease(&name, &Holder::this(), Sharing::Alone, Redo::Hold, at, Paris).await.expect("free")
    };
    let (one, two) = (take(campaign().as_str()).await, take("another").await);
    let ceiling = |since: Timestamp, most| Some(Ceiling { since, most });
    let (today, tomorrow) = (ceiling(at.minus(Span::hours(1)), 7), ceiling(at.plus(Span::hours(1)), 9));
    let first = ledger.claim_within(&one, at, 4, today).await.expect("claim");
    let second = ledger.claim_within(&two, at, 4, today).await.expect("claim");
    assert_eq!((first.len(), second.len()), (4, 3), "what the other has claimed counts");
    assert!(ledger.claim_within(&one, at, 4, today).await.expect("claim").is_empty());
    for (lease, claimed) in [(&one, &first), (&two, &second)] {
        let marks: Vec<_> = claimed.iter().map(|claimed| (claimed.no, "id")).collect();
        ledger.mark_sending(lease, &marks, at).await.expect("mark");
        let sent = Outcome::Sent { reply: "250 ok".to_owned() };
        ledger.record(lease, &claimed.iter().map(|claimed| (claimed.no, sent.clone())).collect::<Vec<_>>(), at).await.expect("record");
    }
    assert!(ledger.claim_within(&two, at, 4, today).await.expect("claim").is_empty(), "sent counts as claimed did");
    // Both at the same moment: the sum is the ceiling.
    let (first, second) = tokio::join!(ledger.claim_within(&one, at, 9, tomorrow), ledger.claim_within(&two, at, 9, tomorrow));
    assert_eq!(first.expect("claim").len() + second.expect("claim").len(), 9);
}

/// A mail whose code comes from the pool `codes.csv`.
fn coded(recipient: &str) -> PlannedMessage {
    let mut message = planned(recipient);
    message.pool = Some("codes.csv".to_owned());
    message.cost = Some(500);
    message.draft.context = json!({ "offer": { "name": "welcome", "code": "CODE-TO-COME" } });
    message
}

fn pool(n: usize) -> Vec<String> {
    (0..n).map(|no| format!("X{no:04}")).collect()
}

/// The codes that stand in the drafts of mails, in the order in which they are claimed.
async fn codes_in(ledger: &Ledger) -> Vec<String> {
    let held = lease(ledger).await;
    let claimed = ledger.claim(&held, NOW, 10_000).await.expect("claims");
    claimed.iter().filter_map(|claimed| claimed.draft.read().expect("a draft").context.text("offer", "code").map(str::to_owned)).collect()
}

async fn a_code_is_given_once_and_stays_that_of_its_mail(place: Place) {
    let ledger = place.open().await;
    let run = ledger.start_run(&campaign(), NOW).await.expect("a run");
    ledger.stock("codes.csv", &pool(3)).await.expect("a pool");
    ledger.enqueue(run, &[coded("ana"), coded("ben")]).await.expect("mails");
    assert_eq!(ledger.enqueue(run, &[coded("ana"), coded("ben")]).await.expect("mails"), 0);
    assert_eq!(ledger.codes_left("codes.csv", &pool(3)).await.expect("a count"), 1, "the second time takes none");
    // The file comes back in another order, without a code that was free and with one that was given.
    let file = vec!["X0001".to_owned(), "Y".to_owned(), "X0000".to_owned()];
    ledger.stock("codes.csv", &file).await.expect("a pool");
    assert_eq!(ledger.codes_left("codes.csv", &file).await.expect("a count"), 1);
    ledger.stock("others.csv", &file).await.expect("a pool");
    assert_eq!(ledger.codes_left("others.csv", &file).await.expect("a count"), 0, "a code is of one pool");
    ledger.enqueue(run, &[coded("cid")]).await.expect("a mail");
    let error = ledger.enqueue(run, &[coded("dan")]).await.expect_err("no code is left");
    assert_eq!(error.kind(), Kind::Usage);
    assert!(!error.to_string().contains("X000"), "{error}");
    let mut codes = codes_in(&ledger).await;
    codes.sort_unstable();
    assert_eq!(codes, ["X0000", "X0001", "Y"], "dan has no mail without a code");
}

async fn two_processes_never_give_the_same_code(place: Place) {
    let (one, two) = (place.open().await, place.open().await);
    let run = one.start_run(&campaign(), NOW).await.expect("a run");
    one.stock("codes.csv", &pool(400)).await.expect("a pool");
    let send = async |ledger: &Ledger, prefix: &str| {
        let mut n_refused = 0;
        for group in 0..25 {
            let mails: Vec<_> = (0..10).map(|no| coded(&format!("{prefix}{group}-{no}"))).collect();
            n_refused += u64::from(ledger.enqueue(run, &mails).await.is_err());
            if group == 5 {
                ledger.stock("codes.csv", &pool(400)).await.expect("the pool again");
            }
        }
        n_refused
    };
    let (refused_one, refused_two) = tokio::join!(send(&one, "a"), send(&two, "b"));
    assert_eq!(refused_one + refused_two, 10, "500 mails want 400 codes");
    let codes = codes_in(&one).await;
    assert_eq!((codes.len(), codes.iter().collect::<HashSet<_>>().len()), (400, 400));
}

async fn a_code_of_somebody_forgotten_is_not_free_again(place: Place) {
    let ledger = place.open().await.with_address_keys(vec![AddressKey::new([7; 32])]);
    let run = ledger.start_run(&campaign(), NOW).await.expect("a run");
    ledger.stock("codes.csv", &pool(1)).await.expect("a pool");
    ledger.enqueue(run, &[coded("ana")]).await.expect("a mail");
    ledger.forget("ana@shop.example", NOW).await.expect("forgotten");
    ledger.stock("codes.csv", &pool(1)).await.expect("a pool");
    assert_eq!(ledger.codes_left("codes.csv", &pool(1)).await.expect("a count"), 0);
    assert!(ledger.enqueue(run, &[coded("ben")]).await.is_err());
}

async fn what_an_arm_was_sent_within_its_horizon_is_added_up(place: Place) {
    let ledger = place.open().await;
    let (name, edition, horizon) = (campaign(), Edition::from("2011-W46"), Span::days(14));
    let drawing = Drawing { campaign: &name, experiment: "x", edition: &edition, shares: "control=0.5 treated=0.5", before: None, at: NOW };
    let people = [("ana", Arm::Treated), ("ben", Arm::Treated), ("cid", Arm::Control)].map(|(id, arm)| (ContactId::from(id), arm));
    ledger.assign(&drawing, &people).await.expect("assign");
    let mut costly = planned("ana");
    costly.draft.edition = Edition::from("2011-W47");
    costly.cost = Some(500);
    let mut before = planned("ben");
    before.draft.edition = Edition::from("2011-W45");
    before.draft.at = NOW.minus(Span::days(7));
    ledger.enqueue(RunNo(1), &[costly, before]).await.expect("enqueue");
    send(&ledger, "2011-W46", &["ana", "ben", "cid", "dan"], Outcome::Sent { reply: "250 ok".to_owned() }).await;

    let counted = Counted { since: NOW, until: NOW.plus(Span::days(1)), horizon, now: NOW.plus(horizon) };
    let spent = async |counted: Counted| ledger.spent(&name, "x", counted).await.expect("adds up");
    let treated = Spent { mails: 3, offers: 500, uncounted: 2 };
    let control = Spent { mails: 1, offers: 0, uncounted: 1 };
    let wanted = BTreeMap::from([("treated".to_owned(), treated), ("control".to_owned(), control)]);
    assert_eq!(spent(counted).await, wanted, "what was planned before the draw, and who was not drawn, count for nothing");
    assert!(spent(Counted { now: NOW.plus(Span::days(13)), ..counted }).await.is_empty(), "nobody's horizon is over");
    assert!(spent(Counted { until: NOW, ..counted }).await.is_empty(), "nobody was drawn before");
}

async fn what_offers_cost_is_counted_while_their_mails_may_arrive(place: Place) {
    let ledger = place.open().await.with_address_keys(vec![AddressKey::new([7; 32])]);
    let run = ledger.start_run(&campaign(), NOW).await.expect("a run");
    ledger.stock("codes.csv", &pool(3)).await.expect("a pool");
    ledger.enqueue(run, &[coded("ana"), coded("ben"), planned("cid")]).await.expect("mails");
    let used = async || ledger.used_up().await.expect("what is used")["welcome"];
    assert_eq!((used().await.mails, used().await.cost), (3, 1_000));
    ledger.forget("ana@shop.example", NOW).await.expect("forgotten, and cancelled");
    assert_eq!((used().await.mails, used().await.cost), (2, 500));
}
