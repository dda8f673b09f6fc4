//! CPU time of one mail: a template compiled once, filled and built as MIME for one context after another.
//!
//! ```console
//! $ cargo bench --bench mail -- --template F.mjml --text F.txt --contexts F.jsonl --mails N --warm-up N [--eml F]
//! ```
//!
//! Prints one JSON line per measure (docs/benchmarks.md, "The contract of the relance side").

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use miette::NamedSource;
use relance::clock::Timestamp;
use relance::error::Severity;
use relance::message::token::Key;
use relance::message::{MessageSpec, build};
use relance::money::Currency;
use relance::plan::draft::Draft;
use relance::render::{DesignInput, Designs, MailDesign, Rendered, SlotDesign, SlotKind, Source, TextAt, Values};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Args {
    /// MJML template.
    #[arg(long)]
    template: PathBuf,
    /// Text part.
    #[arg(long)]
    text: PathBuf,
    /// One context a line.
    #[arg(long)]
    contexts: PathBuf,
    /// Mails measured.
    #[arg(long)]
    mails: usize,
    /// Mails made before, unmeasured.
    #[arg(long, default_value_t = 0)]
    warm_up: usize,
    /// Where the first message is written.
    #[arg(long)]
    eml: Option<PathBuf>,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let designs = compile(&fs::read_to_string(&args.template)?, &fs::read_to_string(&args.text)?)?;
    let drafts = fs::read_to_string(&args.contexts)?.lines().map(draft).collect::<Result<Vec<_>, _>>()?;
    let spec = spec()?;
    let render = |draft: &Draft<Values>| designs.render_values("weekly", None, &draft.locale, &draft.context);
    let make = |draft: &Draft<Values>| -> Result<Vec<u8>, Failure> { Ok(build(draft, &render(draft)?, &spec)?.bytes) };
    if let (Some(path), Some(first)) = (&args.eml, drafts.first()) {
        fs::write(path, make(first)?)?;
    }
    measure("render+mime", &args, &drafts, |draft| Ok(make(draft)?.len()))?;
    measure("render", &args, &drafts, |draft| Ok(size(&render(draft)?)))?;
    let few = Args { mails: (args.mails / 20).max(1), warm_up: args.warm_up / 20, ..args };
    measure("render, MJML for every mail", &few, &drafts, |draft| {
        Ok(designs.render_naively("weekly", None, &draft.locale, &draft.context)?.len())
    })
}

fn size(rendered: &Rendered) -> usize {
    rendered.html.len() + rendered.text.len()
}

/// Runs the warm-up, then the measured mails, and prints a line.
#[expect(clippy::cast_precision_loss, reason = "a run is far shorter than 2^53 nanoseconds")]
fn measure(
    what: &str,
    args: &Args,
    drafts: &[Draft<Values>],
    work: impl Fn(&Draft<Values>) -> Result<usize, Failure>,
) -> Result<(), Failure> {
    for draft in drafts.iter().cycle().take(args.warm_up) {
        black_box(work(draft)?);
    }
    let (wall, cpu) = (Instant::now(), cpu_ns()?);
    let mut bytes = 0;
    for draft in drafts.iter().cycle().take(args.mails) {
        bytes += black_box(work(draft)?);
    }
    let each = |ns: f64| (ns / 10.0 / args.mails as f64).round() / 100.0;
    let line = json!({
        "what": what, "mails": args.mails, "cpu_us_per_mail": each((cpu_ns()? - cpu) as f64), "wall_us_per_mail": each(wall.elapsed().as_nanos() as f64), "bytes": bytes,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// Returns the CPU time of the process's main thread, the only one, in nanoseconds.
fn cpu_ns() -> Result<u64, Failure> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split_whitespace().next().ok_or("no figure in /proc/self/schedstat")?.parse()?)
}

fn compile(template: &str, text: &str) -> Result<Designs, Failure> {
    let source = |name: &str, text: &str| -> Source { Arc::new(NamedSource::new(name, text.to_owned())) };
    let at = |text: &str| TextAt { text: text.to_owned(), source: source("campaigns/weekly.toml", text), offset: 0 };
    let slot = |kind| SlotDesign { kind, blocks: Vec::new(), may_be_left_out: false, count: 8 };
    let input = DesignInput {
        templates: BTreeMap::from([("newsletter".to_owned(), source("templates/newsletter.mjml", template))]),
        texts: BTreeMap::from([("newsletter".to_owned(), source("templates/newsletter.txt", text))]),
        partials: BTreeMap::new(),
        blocks: BTreeMap::new(),
        locales: BTreeMap::new(),
        mails: vec![MailDesign {
            campaign: "weekly".to_owned(),
            step: None,
            template: at("newsletter"),
            subject: BTreeMap::from([("en".to_owned(), at("{{ recipient.first_name }}, {{ campaign.title }}"))]),
            preheader: BTreeMap::new(),
            slots: BTreeMap::from([("hero".to_owned(), slot(SlotKind::Block)), ("picks".to_owned(), slot(SlotKind::Products))]),
        }],
        questions: BTreeMap::new(),
        asset_url: String::new(),
        utm: BTreeMap::new(),
        home_url: "https://shop.example/".to_owned(),
        default_locale: "en-GB".to_owned(),
        zone: chrono_tz::UTC,
        currency: Currency::parse("GBP").ok_or("no such currency")?,
    };
    let (designs, diagnostics) = Designs::compile(&input);
    match diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        None => Ok(designs),
        Some(diagnostic) => Err(format!("{diagnostic:?}").into()),
    }
}

fn draft(line: &str) -> Result<Draft<Values>, Failure> {
    let context: Value = serde_json::from_str(line)?;
    let recipient = |key: &str| context["recipient"][key].as_str().unwrap_or_default().to_owned();
    let id = recipient("id");
    Ok(Draft {
        campaign: "weekly".into(),
        edition: "2026-W47".into(),
        step: None,
        address: format!("{}@people.example", id.to_ascii_lowercase()),
        recipient: id.as_str().into(),
        name: Some(recipient("first_name")),
        locale: recipient("locale"),
        at: Timestamp(1_795_251_600_000_000),
        variant: None,
        hours: None,
        explored: Vec::new(),
        context: Values::of(&context),
    })
}

fn spec() -> Result<MessageSpec, Failure> {
    Ok(MessageSpec {
        sender_name: "The Corner Shop".to_owned(),
        sender_address: "news@shop.example".to_owned(),
        reply_to: None,
        return_path: None,
        list_domain: "shop.example".to_owned(),
        unsubscribe_url: "https://shop.example/u/{token}".to_owned(),
        feedback_id: "corner-shop".to_owned(),
        zone: chrono_tz::UTC,
        key: Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).ok_or("not a key")?,
    })
}
