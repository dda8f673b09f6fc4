//! `profile show --export`: everything that is held about one person, in one document (GDPR art. 15 and 20).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use relance::error::Result;
use relance::private;
use relance::project::config::SourceSpec;
use relance::source::{self, Raw, ReadSettings, Record};
use serde_json::{Map, Value, json};

use crate::cli::access;
use crate::cli::app::App;
use crate::cli::out::{Out, with_instants};
use crate::cli::secrets;
use crate::cli::whole::Whole;

/// Name of the document in the folder that is given.
const FILE: &str = "person.json";

/// Writes the document: `-` prints it. `shown` is what `profile show --json` prints, `mails` what the ledger holds.
pub(super) fn write(app: &App, id: &str, shown: &Value, mails: &Value, to: &Path, out: &Out) -> Result<()> {
    let document = json!({
        "schema": 1,
        "at": app.now.at.to_string(),
        "controller": app.project.config.sender.postal_address,
        "recipient": id,
        "sources": sources(app, id)?,
        "profile": shown,
        "mails": mails,
        "access": access::of(app, id),
    });
    let document = with_instants(document);
    // One line, as every `--json` output, or as people read it.
    let mut text = if out.json { document.to_string() } else { serde_json::to_string_pretty(&document).unwrap_or_default() };
    if to == Path::new("-") {
        out.data(text);
        return Ok(());
    }
    private::make_folder(to)?;
    text.push('\n');
    let path = to.join(FILE);
    let mut file = Whole::create(&path)?;
    file.text(&text)?;
    file.finish()?;
    out.did("Wrote", path.display());
    Ok(())
}

/// Every row of every source that is this person's, with every column that the files have.
fn sources(app: &App, id: &str) -> Result<Map<String, Value>> {
    let urls = secrets::source_urls(&app.project)?;
    let sources = &app.project.config.sources;
    let rows = Rows { app, urls: &urls };
    let mut all = Map::new();
    let mut keep = |name: &str, found: Option<Vec<Value>>| {
        if let Some(found) = found {
            all.insert(name.to_owned(), found.into());
        }
    };
    keep("contacts", rows.of::<source::Contacts>("contacts", Some(&sources.contacts), &|row| row.id == id)?);
    // A visitor linked to several people is nobody's: their acts are not given to one who may be another.
    let (mine, others) = (Mutex::new(BTreeSet::new()), Mutex::new(BTreeSet::new()));
    let links = rows.of::<source::Identities>("identities", sources.identities.as_ref(), &|row| {
        let linked = if row.contact_id == id { &mine } else { &others };
        linked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(row.visitor_id.to_owned());
        row.contact_id == id
    })?;
    keep("identities", links);
    let others = others.into_inner().unwrap_or_default();
    let mut visitors: BTreeSet<String> = mine.into_inner().unwrap_or_default();
    visitors.retain(|visitor| !others.contains(visitor));
    let acts = rows.of::<source::Events>("events", sources.events.as_ref(), &|row| match row.contact_id {
        Some(contact) => contact == id,
        None => row.visitor_id.is_some_and(|visitor| visitors.contains(visitor)),
    })?;
    keep("events", acts);
    keep("orders", rows.of::<source::Orders>("orders", sources.orders.as_ref(), &|row| row.contact_id == Some(id))?);
    let cards = rows.of::<source::PaymentMethods>("payment_methods", sources.payment_methods.as_ref(), &|row| row.contact_id == id)?;
    keep("payment_methods", cards);
    keep("contracts", rows.of::<source::Contracts>("contracts", sources.contracts.as_ref(), &|row| row.contact_id == id)?);
    Ok(all)
}

struct Rows<'a> {
    app: &'a App,
    urls: &'a std::collections::BTreeMap<String, String>,
}

impl Rows<'_> {
    /// Returns the rows of a source that are wanted, in an order that depends on nothing but them.
    fn of<R: Record>(
        &self,
        name: &str,
        spec: Option<&SourceSpec>,
        is_wanted: &(dyn for<'r> Fn(&R::Row<'r>) -> bool + Sync),
    ) -> Result<Option<Vec<Value>>> {
        let Some(spec) = spec else { return Ok(None) };
        let project = &self.app.project;
        let settings = ReadSettings {
            root: &project.root,
            zone: project.zone,
            currency: project.currency,
            database_url: self.urls.get(name).map(String::as_str),
            now: self.app.now.at,
            threads: 0,
        };
        let (_, parts) = source::read_with::<Raw<R>, Vec<String>>(name, spec, &settings, &Vec::new, &|found, (row, cells)| {
            if is_wanted(&row) {
                let cells = cells.into_iter().map(|(column, text)| (column.to_owned(), Value::String(text.into_owned())));
                found.push(Value::Object(cells.collect()).to_string());
            }
        })?;
        let mut found: Vec<String> = parts.into_iter().flatten().collect();
        found.sort_unstable();
        Ok(Some(found.iter().filter_map(|row| serde_json::from_str(row).ok()).collect()))
    }
}
