//! What comes back, read from real shapes, and from bytes that are none.

use std::sync::LazyLock;

use chrono_tz::Europe::Paris;
use proptest::prelude::*;
use relance::clock::Timestamp;
use relance::feedback::{BounceClass, Event, EventKind, MailRules, Mbox, Origin, read_line, read_mail};
use relance::message::token::{Key, Keyring};

const POSTFIX: &str = include_str!("feedback/postfix.eml");
const EXCHANGE: &str = include_str!("feedback/exchange.eml");
const DELAYED: &str = include_str!("feedback/delayed.eml");
const OLD: &str = include_str!("feedback/old.eml");
const COMPLAINT: &str = include_str!("feedback/complaint.eml");

/// The first letters of the mail named by the return path (of C-1042 in 2011-W46), and the one named by the returned headers.
const BY_PATH: &str = "mw7hgreop42rlzulbk3t";
const BY_HEADER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@shop.example";

static KEYS: LazyLock<Keyring> = LazyLock::new(|| {
    let key = Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).expect("a good key");
    Keyring::new(vec![key]).expect("a ring")
});

fn rules() -> MailRules<'static> {
    MailRules { return_path: Some("bounce+{token}@mail.shop.example"), keys: &KEYS, unsubscribes: false }
}

/// Reads a mail that tells of one recipient at most.
fn read(text: &str) -> Option<Event> {
    let mut events = read_all(text);
    assert!(events.len() < 2, "{events:?}");
    events.pop()
}

fn read_all(text: &str) -> Vec<Event> {
    let crlf = read_mail(text.replace('\n', "\r\n").as_bytes(), &rules());
    let event = read_mail(text.as_bytes(), &rules());
    assert_eq!(event, crlf, "line ends make no difference");
    event.expect("a mail")
}

#[test]
fn a_status_notification_names_its_mail_by_return_path_first() {
    let event = read(POSTFIX).expect("a bounce");
    assert_eq!(event.kind, EventKind::Bounced(BounceClass::Hard));
    assert_eq!((event.id_starts, event.message_ids), (vec![BY_PATH.to_owned()], vec![BY_HEADER.to_owned()]));
    assert_eq!(event.addresses, ["ana@client.example"]);
    assert_eq!(event.words, "550 5.1.1 <ana@client.example>: Recipient address rejected: User unknown");
    assert_eq!((event.origin, event.at), (Origin::Mail, Some(Timestamp(1_321_261_211_000_000))));
}

#[test]
fn a_vague_status_gives_way_to_the_words_of_the_server() {
    let event = read(EXCHANGE).expect("a bounce");
    assert_eq!(event.kind, EventKind::Bounced(BounceClass::Soft), "5.2.2 in the words, 5.0.0 in the status");
    assert_eq!(event.message_ids, [BY_HEADER]);
    assert_eq!(event.addresses, ["Ana@Client.example"]);
}

#[test]
fn a_delay_is_no_bounce() {
    let event = read(DELAYED).expect("a notification");
    assert_eq!((event.kind, event.message_ids), (EventKind::Delayed, vec![BY_HEADER.to_owned()]));
    let relayed = read(&DELAYED.replace("Action: delayed", "Action: relayed").replace("4.4.1", "2.0.0")).expect("a notification");
    assert_eq!(relayed.kind, EventKind::Delivered);
    assert_eq!(read(&DELAYED.replace("Action: delayed", "Action: wondering")), None);
}

#[test]
fn each_recipient_is_an_event_of_its_own() {
    let two = DELAYED.replace(
        "Will-Retry-Until",
        "X: y\n\nFinal-Recipient: rfc822; bob@client.example\nAction: failed (gave up)\nStatus: 5.7.1 (no)\nX",
    );
    let told: Vec<_> =
        read_all(&two).into_iter().map(|event| (event.kind, event.addresses.join(" "), event.message_ids.concat())).collect();
    let (ana, bob) = ("ana@client.example".to_owned(), "bob@client.example".to_owned());
    let policy = EventKind::Bounced(BounceClass::Policy);
    assert_eq!(told, [(EventKind::Delayed, ana, BY_HEADER.to_owned()), (policy, bob, BY_HEADER.to_owned())]);
    let many = "\n\nFinal-Recipient: rfc822; bob@client.example\nAction: failed\n".repeat(1_000);
    assert_eq!(read_all(&DELAYED.replace("Will-Retry-Until", &format!("X: y{many}\nX"))).len(), 50);
}

#[test]
fn an_old_fashioned_bounce_counts_only_at_a_return_path_of_ours_and_from_a_robot() {
    let event = read(OLD).expect("a bounce");
    assert_eq!((event.kind, event.id_starts), (EventKind::Bounced(BounceClass::Hard), vec![BY_PATH.to_owned()]));
    assert_eq!(read(&OLD.replace("MAILER-DAEMON", "Ana")), None, "an answer of a person");
    assert_eq!(read(&OLD.replace("bounce+k1.", "sales")), None, "not to us");
    assert_eq!(read(&OLD.replace("550 5.1.1", "I am away")), None, "without a code, nobody knows");
}

#[test]
fn a_complaint_names_its_mail_and_its_recipient() {
    let event = read(COMPLAINT).expect("a complaint");
    assert_eq!(event.kind, EventKind::Complained);
    assert_eq!((event.id_starts, event.message_ids), (vec![BY_PATH.to_owned()], vec![BY_HEADER.to_owned()]));
    assert_eq!(event.addresses, ["ana@client.example"], "the return path is nobody's address");
    assert_eq!(read(&COMPLAINT.replace("Feedback-Type: abuse", "Feedback-Type: not-spam")), None);
    assert_eq!(
        read(&COMPLAINT.replace("Feedback-Type: abuse", "Feedback-Type: opt-out")).map(|event| event.kind),
        Some(EventKind::Unsubscribed)
    );
}

#[test]
fn a_mail_to_the_unsubscribe_address_is_a_wish_unless_a_robot_wrote_it() {
    let rules = MailRules { unsubscribes: true, ..rules() };
    let mail = "From: Ana <ana@client.example>\nTo: unsubscribe@shop.example\nSubject: stop\n\nno more\n";
    let event = read_mail(mail.as_bytes(), &rules).expect("a mail").pop().expect("a wish");
    assert_eq!((event.kind, event.addresses), (EventKind::Unsubscribed, vec!["ana@client.example".to_owned()]));
    assert_eq!(read_mail(format!("Auto-Submitted: auto-replied\n{mail}").as_bytes(), &rules), Ok(Vec::new()));
    assert_eq!(read(mail), None, "elsewhere it is a letter");
    let bounce = read_mail(POSTFIX.as_bytes(), &rules).expect("a mail").pop().expect("a bounce");
    assert_eq!(bounce.kind, EventKind::Bounced(BounceClass::Hard), "a bounce stays one");
}

#[test]
fn a_forged_return_path_is_none() {
    let real = KEYS.first().seal_bounce("newsletter", "2011-W46", "C-1042");
    assert!(POSTFIX.contains(&real));
    let last = real.len() - 1;
    let cut = &real[..last];
    let other = KEYS.first().seal_bounce("newsletter", "2011-W46", "C-1043");
    let spliced = format!("{}{}", &real[..10], &other[10..]);
    for (wrong, right, is_ours) in [
        (real.as_str(), real.as_str(), true),
        (real.as_str(), other.as_str(), true),
        (real.as_str(), cut, false),
        (real.as_str(), spliced.as_str(), false),
        ("bounce+k1.", "bounce+k2.", false),
        ("@mail.shop.example", "@mail.other.example", false),
    ] {
        let event = read(&POSTFIX.replace(wrong, right)).expect("a bounce");
        assert_eq!((event.id_starts.len() == 1, event.message_ids), (is_ours, vec![BY_HEADER.to_owned()]), "{right}");
    }
}

/// Each provider's shapes, from their documentation: line, kind, address.
#[test]
fn logs_of_providers_are_told_apart() {
    let hard = EventKind::Bounced(BounceClass::Hard);
    let soft = EventKind::Bounced(BounceClass::Soft);
    let policy = EventKind::Bounced(BounceClass::Policy);
    let ses = |kind: &str, sub: &str| {
        format!(
            r#"{{"notificationType":"Bounce","bounce":{{"bounceType":"{kind}","bounceSubType":"{sub}","bouncedRecipients":[{{"emailAddress":"ana@client.example"}}],"timestamp":"2011-11-14T09:00:00.000Z"}},"mail":{{"headers":[{{"name":"Message-ID","value":"<{BY_HEADER}>"}}]}}}}"#
        )
    };
    let mailgun = |event: &str, rest: &str| {
        format!(
            r#"{{"signature":{{}},"event-data":{{"event":"{event}","recipient":"ana@client.example","timestamp":1321261200.5,"message":{{"headers":{{"message-id":"{BY_HEADER}"}}}}{rest}}}}}"#
        )
    };
    let postmark = |kind: &str| {
        format!(
            r#"{{"RecordType":"Bounce","Type":"{kind}","Email":"ana@client.example","BouncedAt":"2011-11-14T09:00:00Z","Details":"smtp;550"}}"#
        )
    };
    let brevo = |event: &str| {
        format!(
            r#"{{"event":"{event}","email":"ana@client.example","date":"2011-11-14 10:00:00","message-id":"<{BY_HEADER}>","ts_event":1321261200}}"#
        )
    };
    for (line, kind) in [
        (ses("Permanent", "General"), hard),
        (ses("Permanent", "NoEmail"), hard),
        (ses("Transient", "MailboxFull"), soft),
        (ses("Transient", "General"), soft),
        (ses("Transient", "ContentRejected"), policy),
        (ses("Undetermined", "Undetermined"), EventKind::Bounced(BounceClass::Other)),
        (mailgun("failed", r#","severity":"permanent","reason":"bounce","delivery-status":{"code":550,"message":"5.1.1 no such user"}"#), hard),
        (mailgun("failed", r#","severity":"permanent","delivery-status":{"code":552,"enhanced-code":"5.2.2"}"#), soft),
        (mailgun("failed", r#","severity":"permanent","reason":"old","delivery-status":{"code":602}"#), soft),
        (mailgun("failed", r#","severity":"temporary","delivery-status":{"code":450}"#), EventKind::Delayed),
        (mailgun("complained", ""), EventKind::Complained),
        (mailgun("unsubscribed", ""), EventKind::Unsubscribed),
        (mailgun("delivered", ""), EventKind::Delivered),
        (postmark("HardBounce"), hard),
        (postmark("SoftBounce"), soft),
        (postmark("SpamNotification"), policy),
        (postmark("Transient"), EventKind::Delayed),
        (r#"{"RecordType":"SpamComplaint","Email":"ana@client.example"}"#.to_owned(), EventKind::Complained),
        (r#"{"RecordType":"Delivery","Recipient":"ana@client.example"}"#.to_owned(), EventKind::Delivered),
        (r#"{"RecordType":"SubscriptionChange","Recipient":"ana@client.example","SuppressSending":true,"SuppressionReason":"ManualSuppression"}"#.to_owned(), EventKind::Unsubscribed),
        (brevo("hard_bounce"), hard),
        (brevo("softBounce"), soft),
        (brevo("blocked"), policy),
        (brevo("deferred"), EventKind::Delayed),
        (brevo("spam"), EventKind::Complained),
        (brevo("unsubscribed"), EventKind::Unsubscribed),
        (brevo("delivered"), EventKind::Delivered),
        (r#"{"type":"bounce","class":"soft","email":"ana@client.example"}"#.to_owned(), soft),
        (r#"{"type":"bounce","status":"5.1.1","email":"ana@client.example"}"#.to_owned(), hard),
        (r#"{"type":"unsubscribe","email":"ana@client.example","at":"2011-11-14T09:00:00Z"}"#.to_owned(), EventKind::Unsubscribed),
    ] {
        let events = read_line(&line, Paris).unwrap_or_else(|why| panic!("{why}: {line}"));
        let told: Vec<_> = events.iter().map(|event| (event.kind, event.addresses.join(" "))).collect();
        assert_eq!(told, [(kind, "ana@client.example".to_owned())], "{line}");
        if line.contains("1321261200") || line.contains("2011-11-14T09") {
            let at = events[0].at.expect("an instant").0;
            assert!((1_321_261_200_000_000..=1_321_261_200_500_000).contains(&at), "{line}");
        }
        if line.contains(BY_HEADER) {
            assert_eq!(events[0].message_ids, [BY_HEADER], "{line}");
        }
    }
}

#[test]
fn what_sns_wraps_is_unwrapped_and_names_all_recipients() {
    let inner = r#"{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"a@b.example"},{"emailAddress":"c@d.example"}]},"mail":{}}"#;
    let line = serde_json::json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": inner }).to_string();
    let events = read_line(&line, Paris).expect("it reads");
    assert_eq!(events.iter().map(|event| event.addresses.join(" ")).collect::<Vec<_>>(), ["a@b.example", "c@d.example"]);
}

#[test]
fn an_opening_is_nothing_and_a_bad_line_says_why() {
    for other in [
        r#"{"event":"opened","email":"a@b.example"}"#,
        r#"{"RecordType":"Open","Recipient":"a@b.example"}"#,
        r#"{"eventType":"Click","mail":{}}"#,
        r#"{"event-data":{"event":"clicked","recipient":"a@b.example"}}"#,
        r#"{"RecordType":"Bounce","Type":"AutoResponder","Email":"a@b.example"}"#,
    ] {
        assert_eq!(read_line(other, Paris), Ok(Vec::new()), "{other}");
    }
    for (wrong, why) in [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "not an event of a known provider"),
        (r#"{"type":"bounce","class":"harsh","email":"a@b.example"}"#, "not hard, soft"),
        (r#"{"type":"party","email":"a@b.example"}"#, "`type` is not"),
        (r#"{"type":"unsubscribe"}"#, "neither a recipient nor a mail"),
        (r#"{"event-data":{}}"#, "no `event`"),
        (r#"{"notificationType":"Bounce"}"#, "no recipient"),
        (r#"{"notificationType":"Party"}"#, "not a notification"),
    ] {
        let error = read_line(wrong, Paris).expect_err(wrong);
        assert!(error.contains(why), "{wrong}: {error}");
    }
}

/// A real notification with some of its bytes changed, cut out or doubled.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let texts = [POSTFIX, EXCHANGE, DELAYED, OLD, COMPLAINT];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 0..40);
    (prop::sample::select(texts.to_vec()), changes).prop_map(|(text, changes)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, how, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ => {
                    let tail = bytes[at..(at + 200).min(bytes.len())].to_vec();
                    bytes.splice(at..at, tail);
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damaged_mails_are_read_without_a_panic_and_within_limits(bytes in damaged()) {
        let rules = MailRules { unsubscribes: true, ..rules() };
        for event in read_mail(&bytes, &rules).unwrap_or_default() {
            prop_assert!(event.id_starts.len() <= 50 && event.message_ids.len() <= 50 && event.addresses.len() <= 50 && event.words.len() <= 20_000);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read_mail(&bytes, &rules());
        let _ = read_line(&String::from_utf8_lossy(&bytes), Paris);
        prop_assert!(Mbox::new(bytes.as_slice()).all(|found| found.is_ok()));
    }

    #[test]
    fn any_json_is_read_without_a_panic(key in "type|event|event-data|RecordType|notificationType|Message|email|TopicArn", value in "[\\[\\]{}a-z0-9\":,]{0,40}") {
        let _ = read_line(&format!("{{\"{key}\":{value}}}"), Paris);
        let _ = read_line(&serde_json::json!({ key: value, "email": [1], "event": {} }).to_string(), Paris);
    }
}
