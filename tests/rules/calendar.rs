//! When a mail may leave: the campaign's zone, windows and quiet hours on the recipient's own clock, and too late.

use relance::audience::Reason;
use relance::clock::Timestamp;
use serde_json::json;

use super::shop::Shop;

const QUIET: &str = "[pressure]\nquiet_hours = '21:00-08:00'\n";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, chrono_tz::Europe::Paris).expect("an instant")
}

fn zone(id: &str, zone: &str) -> (String, serde_json::Value) {
    (id.to_owned(), json!({ "timezone": zone }))
}

#[test]
fn a_mail_leaves_within_the_window_of_its_reader_0_37() {
    let people = [
        zone("paris", "Europe/Paris"),
        zone("montreal", "America/Montreal"),
        zone("tokyo", "Asia/Tokyo"),
        zone("nowhere", "Europe/Atlantis"),
    ];
    let shop = Shop::new().newsletter("window = '09:00-19:00'\nlate = '12h'", "").contact("unsaid");
    let plan = people.into_iter().fold(shop, |shop, (id, row)| shop.contact_with(&id, row)).plan("newsletter");
    // Ten in Paris is four in Montreal and seventeen in Tokyo; the edition is of use until 21:00 in Paris.
    let not_before = |id: &str| plan.admitted(id).occasion.not_before;
    for id in ["paris", "tokyo", "nowhere", "unsaid"] {
        assert_eq!(not_before(id), None, "{id}");
    }
    assert_eq!(not_before("montreal"), Some(at("2026-05-20T15:00")));
    assert_eq!(plan.totals().later, 1);
    let checks = plan.explain("montreal").checks;
    assert!(
        checks.iter().any(|check| check.what == "hours" && check.value == "open at 2026-05-20 09:00 in America/Montreal"),
        "{checks:?}"
    );
}

#[test]
fn what_opens_when_it_is_too_late_is_not_sent_u9() {
    let shop = |late: &str| {
        Shop::new()
            .newsletter(&format!("window = '09:00-19:00'\nlate = '{late}'"), "")
            .contact_with("far", json!({ "timezone": "Pacific/Auckland" }))
    };
    // Ten in Paris is twenty in Auckland, where it opens thirteen hours later, at 23:00 in Paris.
    let skip = shop("12h").plan("newsletter").explain("far").skipped.expect("a skip");
    assert_eq!((skip.reason, skip.detail.as_ref()), (Reason::TooLate, "its hours open when it is too late"));
    assert_eq!(shop("14h").plan("newsletter").admitted("far").occasion.not_before, Some(at("2026-05-20T23:00")));
}

#[test]
fn what_must_be_told_keeps_the_quiet_hours_too_0_36() {
    let text = "title = 'T'\nkind = 'reminder'\nobjective = 'service'\nwhy = 'w'\ncompulsory = true\nlate = '6d'\ntemplate = 'mail.mjml'\nsubject = { fr = 's' }\n[trigger]\non = 'expiring_payment'\n[[steps]]\nname = 'notice'\nbefore = '30d'\n";
    let shop = Shop::new().text("campaigns/card.toml", text).config(QUIET).contact("ana").card("ana", "k", "2026-06-30");
    let not_before = |now: &str| shop.clone().at(now).plan("card").admitted("ana").occasion.not_before;
    assert_eq!(not_before("2026-06-02T23:30"), Some(at("2026-06-03T08:00")));
    assert_eq!(not_before("2026-06-02T12:00"), None);
}

#[test]
fn days_of_the_week_are_those_of_the_reader() {
    let shop = Shop::new()
        .newsletter("weekdays = ['thu']\nlate = '24h'", "")
        .contact("ana")
        .contact_with("ahead", json!({ "timezone": "Asia/Tokyo" }));
    // Wednesday 18:00 in Paris is Thursday in Tokyo.
    let plan = shop.at("2026-05-20T18:00").plan("newsletter");
    assert_eq!(plan.admitted("ahead").occasion.not_before, None);
    assert_eq!(plan.admitted("ana").occasion.not_before, Some(at("2026-05-21T00:00")));
}

#[test]
fn an_edition_has_the_zone_of_its_campaign() {
    let shop = || Shop::new().newsletter("timezone = 'America/Montreal'", "").contact("ana");
    // Nine in Montreal is fifteen in Paris.
    assert_eq!(shop().at("2026-05-20T15:30").plan("newsletter").admitted("ana").occasion.edition.as_str(), "2026-05-20");
    assert_eq!(shop().at("2026-05-20T14:30").plan("newsletter").reason("ana"), Some(Reason::TooLate), "that of the day before");
    // The clocks of Montreal change on 8 March 2026: nine there is fourteen in Paris for three weeks.
    assert_eq!(shop().at("2026-03-10T14:30").plan("newsletter").admitted("ana").occasion.due_at, at("2026-03-10T14:00"));
}

#[test]
fn hours_that_never_open_are_refused_with_a_way_out() {
    let codes = |keys: &str, config: &str| Shop::new().newsletter(keys, "").config(config).mistakes();
    assert_eq!(codes("window = '22:00-23:00'", QUIET), ["campaign::never-open"]);
    assert_eq!(codes("window = '20:00-23:00'", QUIET), Vec::<String>::new());
    assert_eq!(codes("window = '9-19'", ""), ["time::not-hours"]);
    assert_eq!(codes("window = '09:00-09:00'", ""), ["time::not-hours"]);
    assert_eq!(codes("", "[pressure]\nquiet_hours = 'night'\n"), ["time::not-hours"]);
    // Due at nine, of use until noon, and open from fourteen.
    assert_eq!(codes("window = '14:00-18:00'\nlate = '3h'", ""), ["campaign::never-in-time"]);
    assert_eq!(codes("window = '14:00-18:00'\nlate = '6h'", ""), Vec::<String>::new());
    assert_eq!(codes("weekdays = ['someday']", "").len(), 1);
}
