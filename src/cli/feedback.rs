//! `relance feedback`: take back what receivers, people and providers say of the mails that were sent.

mod read;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::feedback::{Event, EventKind, MailRules, read_line, read_mail};
use relance::id::ContactId;
use relance::ledger::{Effect, Ledger, Returned, TAKE_BACK_MAX};
use relance::message::token::Purpose;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::app::{App, block_on};
use super::args::Globals;
use super::out::{Out, count};
use super::secrets;
use read::{Piece, What, read_path};

/// Pieces that could not be read and are shown.
const BAD_SHOWN_MAX: usize = 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read bounces, complaints and unsubscriptions; reading a file twice changes nothing.
    Import {
        /// Maildirs, mbox files, mails (`.eml`), folders of mails, or logs of webhooks (`.jsonl`).
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// The mails come from a mailbox to which people write to unsubscribe: one that reports nothing is such a wish.
        #[arg(long)]
        unsubscribes: bool,
    },
}

/// What was read and what became of it.
#[derive(Debug, Default)]
struct Counts {
    mails: u64,
    lines: u64,
    kinds: BTreeMap<&'static str, u64>,
    known: u64,
    unmatched: u64,
    other: u64,
    suppressed: u64,
    settled: u64,
    bad: u64,
    shown: Vec<String>,
    /// Where the first unmatched ones stand, and what they say.
    strangers: Vec<String>,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let Action::Import { paths, unsubscribes } = &args.action;
    let app = App::open(globals)?;
    if app.project.config.delivery.redirect_to.is_some() {
        // As `run` suppresses nobody then: it was somebody else's mailbox that refused, or somebody else who complained.
        return Err(Error::new(Kind::Usage, "what comes back here says nothing of the recipients: `redirect_to` of [delivery] is set")
            .help("import it with the layer that writes to them"));
    }
    let sender = &app.project.config.sender;
    let keys = secrets::keys(&app.project)?;
    let rules = MailRules {
        return_path: sender.return_path.as_ref().map(|path| path.get_ref().as_str()),
        keys: &keys,
        unsubscribes: *unsubscribes,
    };
    let counts = block_on(async {
        let Some(ledger) = app.ledger(true).await? else { return Ok(Counts::default()) };
        let mut import = Import { app: &app, ledger: &ledger, rules, waiting: Vec::new(), counts: Counts::default() };
        for path in paths {
            read_path(path, &mut |piece| import.take(piece))?;
        }
        import.flush()?;
        let counts = import.counts;
        ledger.close().await;
        Ok(counts)
    })?;
    tell(&counts, &app.program, out);
    Ok(if counts.bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

struct Import<'a> {
    app: &'a App,
    ledger: &'a Ledger,
    rules: MailRules<'a>,
    /// What is to be taken back, and where it was read.
    waiting: Vec<(String, Returned)>,
    counts: Counts,
}

impl Import<'_> {
    /// Reads one mail or line; what cannot be read is counted, and stops nothing.
    fn take(&mut self, piece: Piece) -> Result<()> {
        let (read, print) = match piece.what {
            What::Mail(bytes) => {
                self.counts.mails += 1;
                let read = read_mail(&bytes, &self.rules).map_err(str::to_owned);
                (read, fingerprint(&bytes))
            }
            What::Line(line) => {
                self.counts.lines += 1;
                (read_line(&line, self.app.project.zone), fingerprint(line.trim().as_bytes()))
            }
            What::TooLong => (Err("too long".to_owned()), String::new()),
        };
        match read {
            Err(why) => {
                self.counts.bad += 1;
                if self.counts.shown.len() < BAD_SHOWN_MAX {
                    self.counts.shown.push(format!("{}: {why}", piece.place));
                }
            }
            Ok(events) if events.is_empty() => self.counts.other += 1,
            Ok(events) => {
                for (n, event) in events.into_iter().enumerate() {
                    let recipient = event.token.as_deref().and_then(|token| self.owner(token));
                    self.waiting.push((piece.place.clone(), Returned { fingerprint: format!("{print}/{n}"), event, recipient }));
                }
            }
        }
        if self.waiting.len() >= TAKE_BACK_MAX { self.flush() } else { Ok(()) }
    }

    /// Finds whose unsubscribe link carries a token.
    fn owner(&self, token: &str) -> Option<(relance::id::CampaignName, ContactId)> {
        let campaigns = self.app.project.campaigns.keys().map(relance::id::CampaignName::as_str);
        let (campaign, recipient) = self.rules.keys.open_any(Purpose::Unsubscribe, campaigns, token)?;
        Some((campaign.into(), ContactId(recipient)))
    }

    fn flush(&mut self) -> Result<()> {
        let (places, waiting): (Vec<String>, Vec<Returned>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        let taken = block_in_place(|| Handle::current().block_on(self.ledger.take_back(&waiting, self.app.now.at)))?;
        for ((place, returned), effect) in places.into_iter().zip(&waiting).zip(taken) {
            match effect {
                Effect::Known => self.counts.known += 1,
                Effect::Unmatched => {
                    self.counts.unmatched += 1;
                    if self.counts.strangers.len() < BAD_SHOWN_MAX {
                        self.counts.strangers.push(format!("{place}: {}", word(&returned.event)));
                    }
                }
                Effect::Taken { suppressed, settled } => {
                    *self.counts.kinds.entry(word(&returned.event)).or_default() += 1;
                    self.counts.suppressed += u64::from(suppressed);
                    self.counts.settled += u64::from(settled);
                }
            }
        }
        Ok(())
    }
}

fn word(event: &Event) -> &'static str {
    use relance::feedback::BounceClass;
    match event.kind {
        EventKind::Bounced(BounceClass::Hard) => "hard",
        EventKind::Bounced(BounceClass::Soft) => "soft",
        EventKind::Bounced(BounceClass::Policy) => "policy",
        EventKind::Bounced(BounceClass::Other) => "unclear",
        EventKind::Delayed => "delayed",
        EventKind::Delivered => "delivered",
        EventKind::Complained => "complaints",
        EventKind::Unsubscribed => "unsubscribed",
    }
}

/// Every word of [`word`], in the order they are told.
const WORDS: [&str; 8] = ["hard", "soft", "policy", "unclear", "complaints", "unsubscribed", "delivered", "delayed"];

/// Returns the same text for the same mail in an mbox, a Maildir and a file: line ends make no difference.
fn fingerprint(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |at| at + 1);
    for part in bytes[..end].split(|&byte| byte == b'\r') {
        hash.update(part);
    }
    relance::id::hex(&hash.finalize())
}

fn tell(counts: &Counts, program: &str, out: &Out) {
    let n = |word: &str| counts.kinds.get(word).copied().unwrap_or(0);
    for place in &counts.shown {
        out.warn(format!("not read: {place}"));
    }
    if out.json {
        return out.value(&json!({
            "mails": counts.mails,
            "lines": counts.lines,
            "bounced": { "hard": n("hard"), "soft": n("soft"), "policy": n("policy"), "unclear": n("unclear") },
            "complaints": n("complaints"),
            "unsubscribed": n("unsubscribed"),
            "delivered": n("delivered"),
            "delayed": n("delayed"),
            "known": counts.known,
            "unmatched": counts.unmatched,
            "other": counts.other,
            "bad": counts.bad,
            "suppressed": counts.suppressed,
            "settled": counts.settled,
            "problems": counts.shown,
            "strangers": counts.strangers,
        }));
    }
    out.did("Read", format!("{} mails, {} lines", count(counts.mails), count(counts.lines)));
    let words: Vec<String> = WORDS.iter().filter(|word| n(word) > 0).map(|word| format!("{} {word}", count(n(word)))).collect();
    out.did("Counted", if words.is_empty() { "nothing new".to_owned() } else { words.join("   ") });
    for (verb, n, why) in [
        ("Stopped", counts.suppressed, "addresses suppressed from now on"),
        ("Settled", counts.settled, "mails that were in doubt"),
        ("Known", counts.known, "taken back before"),
        ("Unmatched", counts.unmatched, "about no mail that is known to be ours"),
        ("Other", counts.other, "that report nothing of this kind"),
        ("Bad", counts.bad, "that could not be read"),
    ] {
        if n > 0 {
            out.did(verb, format!("{}  {why}", count(n)));
        }
    }
    if !counts.strangers.is_empty() {
        out.say("\nUnmatched, and without effect: anybody can write such a mail, and nothing in it proves that it is about one of ours.");
        for place in &counts.strangers {
            out.say(format!("  {place}"));
        }
        out.say(format!(
            "Where one is right all the same: `{program} suppress add - --reason hard_bounce`, with the address on standard input."
        ));
    }
}
