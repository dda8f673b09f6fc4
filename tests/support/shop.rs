//! A shop in a few lines: a real project folder with real data files, read and planned as the program does.
//!
//! Time stands at [`NOW`] unless [`Shop::at`] moves it. Everybody agrees to the newsletter unless told otherwise.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;

use relance::audience::Reason;
use relance::audience::history::{Past, SendHistory, Suppressions};
use relance::clock::{Now, Span, Timestamp};
use relance::condition::Schema;
use relance::id::{CampaignName, ContactId};
use relance::plan::{Admission, Agenda, Decision, Draft, DueCampaign, Explanation, Planner, Rules, Totals, Used, World, due};
use relance::profile::Profile;
use relance::project::content::Level;
use relance::project::{self, Project};
use relance::selection::{Composition, Filling, Offered, Pick, Refused};
use relance::snapshot::{self, BuildReport, Snapshot};
use serde_json::{Value, json};

/// The instant of most tests: a Wednesday, ten in Paris.
pub(crate) const NOW: &str = "2026-05-20T10:00:00+02:00";

/// The parts that every campaign of a test needs and none is about.
const CAMPAIGN: &str = "title = 'T'\nobjective = 'retain'\nwhy = 'w'\ntemplate = 'mail.mjml'\nsubject = { fr = 's' }\n";
const MEASURE: &str = "\n[measure]\nprimary = 'revenue'\nhorizon = '14d'\n";

/// A shop being described.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) now: Timestamp,
    pub(crate) rows: BTreeMap<&'static str, Vec<Value>>,
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) history: SendHistory,
    pub(crate) suppressions: Suppressions,
    pub(crate) taken: HashMap<ContactId, CampaignName>,
    pub(crate) offered: Offered,
    pub(crate) used: Used,
    pub(crate) max_level: Level,
    /// Files each source is spread over.
    pub(crate) n_files: usize,
    config: String,
}

impl Shop {
    /// An empty shop with one newsletter, every day at nine, without slots.
    pub(crate) fn new() -> Self {
        let mut texts = BTreeMap::new();
        texts.insert("templates/mail.mjml".to_owned(), "<mjml></mjml>".to_owned());
        texts.insert("locales/fr.ftl".to_owned(), "word = mot\n".to_owned());
        let shop = Self {
            now: Timestamp::parse(NOW, chrono_tz::Europe::Paris).expect("an instant"),
            rows: BTreeMap::from([("contacts", Vec::new())]),
            texts,
            history: SendHistory::default(),
            suppressions: Suppressions::default(),
            taken: HashMap::new(),
            offered: Offered::default(),
            used: Used::default(),
            max_level: Level::Individual,
            n_files: 1,
            config: String::new(),
        };
        shop.newsletter("", "")
    }

    /// Moves the clock.
    pub(crate) fn at(mut self, now: &str) -> Self {
        self.now = Timestamp::parse(now, chrono_tz::Europe::Paris).expect("an instant");
        self
    }

    /// Adds a row to a source.
    pub(crate) fn row(mut self, source: &'static str, row: Value) -> Self {
        self.rows.entry(source).or_default().push(row);
        self
    }

    /// A contact who agreed to the newsletter.
    pub(crate) fn contact(self, id: &str) -> Self {
        self.contact_with(id, json!({}))
    }

    /// A contact with columns of its own.
    pub(crate) fn contact_with(self, id: &str, more: Value) -> Self {
        let row = json!({ "id": id, "email": format!("{id}@people.example"), "locale": "fr-FR", "consent_newsletter": "yes" });
        self.row("contacts", merged(row, more))
    }

    /// A product in stock.
    pub(crate) fn product(self, id: &str, category: &str, price: &str) -> Self {
        self.product_with(id, category, price, json!({}))
    }

    /// A product with columns of its own.
    pub(crate) fn product_with(self, id: &str, category: &str, price: &str, more: Value) -> Self {
        let row = json!({ "id": id, "title": format!("Titre {id}"), "price": price, "url": format!("https://shop.example/{id}"), "category": category });
        self.row("products", merged(row, more))
    }

    /// An act of a contact, `2 days ago`.
    pub(crate) fn event(self, who: &str, kind: &str, ago: &str, more: Value) -> Self {
        let row = json!({ "at": self.ago(ago).to_string(), "kind": kind, "contact_id": who });
        self.row("events", merged(row, more))
    }

    /// A contact looks at a product.
    pub(crate) fn viewed(self, who: &str, product: &str, ago: &str) -> Self {
        self.event(who, "view", ago, json!({ "product_id": product }))
    }

    /// A contact puts a product in the cart.
    pub(crate) fn carted(self, who: &str, product: &str, ago: &str) -> Self {
        self.event(who, "cart_add", ago, json!({ "product_id": product }))
    }

    /// A contact buys one piece of a product.
    pub(crate) fn order(self, who: &str, product: &str, ago: &str) -> Self {
        self.basket(who, &[product], ago, "10.00")
    }

    /// A contact buys several products at once, at one price each.
    pub(crate) fn basket(mut self, who: &str, products: &[&str], ago: &str, price: &str) -> Self {
        let order = format!("O-{}", self.rows.get("orders").map_or(0, Vec::len));
        for product in products {
            let at = self.ago(ago).to_string();
            let row = json!({ "order_id": order, "contact_id": who, "at": at, "product_id": product, "quantity": 1, "unit_price": price });
            self = self.row("orders", row);
        }
        self
    }

    /// A card of a contact.
    pub(crate) fn card(self, who: &str, id: &str, expires_on: &str) -> Self {
        self.row("payment_methods", json!({ "contact_id": who, "method_id": id, "expires_on": expires_on, "last4": "4242" }))
    }

    /// Writes a text of the project.
    pub(crate) fn text(mut self, path: &str, text: &str) -> Self {
        self.texts.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Adds lines to `relance.toml`.
    pub(crate) fn config(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self
    }

    /// Replaces the newsletter: keys before the tables, then slots and audience.
    pub(crate) fn newsletter(self, keys: &str, tables: &str) -> Self {
        let text = format!("{CAMPAIGN}kind = 'newsletter'\nschedule = '0 9 * * *'\n{keys}\n{tables}{MEASURE}");
        self.text("campaigns/newsletter.toml", &text)
    }

    /// Adds a triggered campaign.
    pub(crate) fn triggered(self, name: &str, trigger: &str, keys: &str, tables: &str) -> Self {
        let text = format!("{CAMPAIGN}kind = 'relance'\n{keys}\n[trigger]\non = '{trigger}'\n{tables}{MEASURE}");
        self.text(&format!("campaigns/{name}.toml"), &text)
    }

    /// Adds a block; `front` is its front matter but for the slot.
    pub(crate) fn block(self, name: &str, slot: &str, front: &str) -> Self {
        self.text(&format!("blocks/{name}.mjml"), &format!("+++\nslot = '{slot}'\n{front}\n+++\n<mj-section></mj-section>\n"))
    }

    /// Adds a segment.
    pub(crate) fn segment(mut self, name: &str, condition: &str) -> Self {
        let segments = self.texts.entry("segments.toml".to_owned()).or_default();
        segments.insert_str(0, &format!("[segments.{name}]\nall = [\"{condition}\"]\n"));
        self
    }

    /// Adds a mail of the past.
    pub(crate) fn past(mut self, who: &str, campaign: &str, edition: &str, ago: &str, products: &[&str]) -> Self {
        let past = Past {
            campaign: campaign.into(),
            edition: edition.into(),
            at: self.ago(ago),
            compulsory: false,
            products: products.iter().map(|id| (*id).into()).collect(),
            offer: None,
            n_personal_blocks: 0,
        };
        self.history.by_recipient.entry(who.into()).or_default().push(past);
        self
    }

    /// Remembers an admitted mail, as the ledger would.
    pub(crate) fn remember(mut self, who: &str, campaign: &str, admission: &Admission) -> Self {
        let picks = admission.composition.slots.values().flat_map(picks_of);
        let past = Past {
            campaign: campaign.into(),
            edition: admission.occasion.edition.clone(),
            at: self.now,
            compulsory: false,
            products: picks.map(|pick| pick.product.clone()).collect(),
            offer: admission.composition.offer.as_ref().map(|offer| offer.name.clone()),
            n_personal_blocks: admission.composition.n_personal_blocks(),
        };
        self.history.by_recipient.entry(who.into()).or_default().push(past);
        self
    }

    /// Returns the codes of what is wrong with the project.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let folder = self.write();
        match project::load(folder.path(), None) {
            Ok((project, _)) => match Rules::compile(&project, Schema::default()) {
                Ok(_) => Vec::new(),
                Err(found) => found.iter().map(|diagnostic| diagnostic.code.to_string()).collect(),
            },
            Err(error) => error.diagnostics().iter().map(|diagnostic| diagnostic.code.to_string()).collect(),
        }
    }

    /// Reads everything and readies a campaign.
    pub(crate) fn plan(&self, campaign: &str) -> Plan {
        let folder = self.write();
        let (project, _) = project::load(folder.path(), None).unwrap_or_else(|error| panic!("the project loads: {error:?}"));
        let now = Now { at: self.now, zone: project.zone };
        let (snapshot, report) =
            snapshot::build(&project, now, &BTreeMap::new(), None, &mut |_| {}).unwrap_or_else(|error| panic!("the data reads: {error:?}"));
        let topics = snapshot.catalogue.topics.iter().map(|topic| topic.slug.clone()).collect();
        let schema = Schema {
            attributes: Some(snapshot.inputs.attributes.clone()),
            account_attributes: Some(snapshot.inputs.account_attributes.clone()),
            topics: Some(topics),
            ..Schema::default()
        };
        let (rules, _) = Rules::compile(&project, schema).unwrap_or_else(|found| panic!("the rules compile: {found:?}"));
        let people = snapshot.profiles.all().unwrap_or_else(|error| panic!("the profiles read: {error:?}"));
        Plan { shop: self.clone(), campaign: campaign.to_owned(), project, rules, snapshot, people, report, folder }
    }

    /// Writes the project into a folder of its own.
    pub(crate) fn write(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sources = String::new();
        for (name, rows) in &self.rows {
            _ = writeln!(sources, "{name} = {{ files = 'data/{name}/*.jsonl' }}");
            let directory = folder.path().join("data").join(name);
            fs::create_dir_all(&directory).expect("a folder");
            let n_rows = rows.len().div_ceil(self.n_files).max(1);
            let files = if rows.is_empty() { vec![&rows[..]] } else { rows.chunks(n_rows).collect() };
            for (number, rows) in files.iter().enumerate() {
                let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
                fs::write(directory.join(format!("{number}.jsonl")), lines.join("\n")).expect("a file");
            }
        }
        let config = format!(
            "[project]\nname = 'Shop'\ntimezone = 'Europe/Paris'\nlocale = 'fr-FR'\ncurrency = 'EUR'\n\
             [sender]\nname = 'Shop'\naddress = 'news@shop.example'\npostal_address = '1 rue du Port'\n\
             [links]\nunsubscribe = 'https://shop.example/u/{{token}}'\npreferences = 'https://shop.example/p/{{token}}'\nhome = 'https://shop.example/'\ncart = 'https://shop.example/cart/{{cart}}'\n\
             [sources]\n{sources}[delivery]\nto = 'eml'\npath = 'outbox'\n{}",
            self.config
        );
        let texts = self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain([("relance.toml", config.as_str())]);
        for (path, text) in texts {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    /// Reads `3 days ago`.
    pub(crate) fn ago(&self, text: &str) -> Timestamp {
        let span = Span::parse(text.strip_suffix(" ago").unwrap_or(text)).expect("a span");
        self.now.minus(span)
    }
}

/// A campaign of a shop, ready to be asked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) project: Project,
    pub(crate) rules: Rules,
    pub(crate) snapshot: Snapshot,
    /// The profiles of the snapshot.
    pub(crate) people: Vec<Profile>,
    pub(crate) report: BuildReport,
    pub(crate) folder: tempfile::TempDir,
    shop: Shop,
    campaign: String,
}

impl Plan {
    /// Lends the planner.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&Planner<'_>) -> T) -> T {
        self.with_planner(|planner| ask(&planner))
    }

    fn with_planner<T>(&self, ask: impl FnOnce(Planner<'_>) -> T) -> T {
        ask(self.planner(&self.campaign))
    }

    /// Decides of several campaigns in one pass over people, who are in order of id.
    #[allow(dead_code, reason = "one target asks")]
    pub(crate) fn together(&self, campaigns: &[&str], only: Option<&str>) -> Vec<Vec<Decision>> {
        let planners = campaigns.iter().map(|name| self.planner(name)).collect();
        let agenda = Agenda::of(self.world(), planners).within(only);
        self.people.iter().map(|profile| agenda.decide(profile)).collect()
    }

    fn now(&self) -> Now {
        Now { at: self.shop.now, zone: self.project.zone }
    }

    fn planner(&self, campaign: &str) -> Planner<'_> {
        let campaign = self.project.campaign(campaign).expect("the campaign");
        let occasion = match due(campaign, self.now(), false) {
            DueCampaign::List(found) => Some(found),
            DueCampaign::PerPerson | DueCampaign::No => None,
        };
        Planner::new(self.world(), campaign, occasion).expect("a planner")
    }

    fn world(&self) -> World<'_> {
        World {
            project: &self.project,
            schema: &self.rules.schema,
            catalogue: &self.snapshot.catalogue,
            models: &self.snapshot.models,
            recommender: &self.snapshot.recommender,
            segments: &self.rules.segments,
            blocks: &self.rules.blocks,
            offers: &self.rules.offers,
            history: &self.shop.history,
            suppressions: &self.shop.suppressions,
            taken: &self.shop.taken,
            offered: &self.shop.offered,
            used: &self.shop.used,
            now: self.now(),
            max_level: self.shop.max_level,
            asks_profiling: self.snapshot.inputs.asks_profiling(),
        }
    }

    /// Lends the planner once the caps on accounts are settled.
    pub(crate) fn with_accounts<T>(&self, ask: impl FnOnce(&Planner<'_>) -> T) -> T {
        let member = |planner: &Planner<'_>, profile: &Profile| planner.member(profile, &planner.decide(profile));
        let members = self.with(|planner| self.people.iter().filter_map(|profile| member(planner, profile)).collect());
        self.with_planner(|planner| ask(&planner.with_members(members)))
    }

    /// Lends the planner once what is limited of offers is settled.
    pub(crate) fn with_offers<T>(&self, ask: impl FnOnce(&Planner<'_>) -> T) -> T {
        let mut refused = Refused::default();
        loop {
            let is_settled = self.with_planner(|planner| {
                let planner = planner.with_refused(refused.clone());
                let claims = self.people.iter().filter_map(|profile| Planner::claim(profile, &planner.decide(profile))).collect();
                !planner.allot(claims, &mut refused)
            });
            if is_settled {
                return self.with_planner(|planner| ask(&planner.with_refused(refused)));
            }
        }
    }

    /// What is known of a person.
    pub(crate) fn profile(&self, id: &str) -> &Profile {
        self.people.iter().find(|profile| profile.contact.id.as_str() == id).unwrap_or_else(|| panic!("no `{id}`"))
    }

    pub(crate) fn decide(&self, id: &str) -> Decision {
        self.with(|planner| planner.decide(self.profile(id)))
    }

    pub(crate) fn explain(&self, id: &str) -> Explanation {
        self.with(|planner| planner.explain(self.profile(id)))
    }

    /// The admission of a person who gets a mail.
    pub(crate) fn admitted(&self, id: &str) -> Admission {
        match self.decide(id) {
            Decision::Admitted(admission) => *admission,
            Decision::Skipped(skip) => panic!("`{id}` skipped: {skip:?}"),
        }
    }

    pub(crate) fn mail(&self, id: &str) -> Composition {
        self.admitted(id).composition
    }

    /// Why a person gets no mail; `None` when there is one.
    pub(crate) fn reason(&self, id: &str) -> Option<Reason> {
        match self.decide(id) {
            Decision::Admitted(_) => None,
            Decision::Skipped(skip) => Some(skip.reason),
        }
    }

    /// The step a person is due, if any.
    pub(crate) fn step(&self, id: &str) -> Option<String> {
        match self.decide(id) {
            Decision::Admitted(admission) => admission.occasion.step,
            Decision::Skipped(_) => None,
        }
    }

    pub(crate) fn draft(&self, id: &str) -> Draft {
        let admission = self.admitted(id);
        self.with(|planner| planner.draft(self.profile(id), &admission))
    }

    /// The block in a slot.
    pub(crate) fn block(&self, id: &str, slot: &str) -> String {
        match &self.mail(id).slots[slot] {
            Filling::Block(choice) => choice.block.to_string(),
            other => panic!("no block: {other:?}"),
        }
    }

    /// All picks of a mail.
    pub(crate) fn picks(&self, id: &str) -> Vec<Pick> {
        self.mail(id).slots.values().flat_map(picks_of).cloned().collect()
    }

    /// The ids of all picks of a mail.
    pub(crate) fn products(&self, id: &str) -> Vec<String> {
        self.picks(id).iter().map(|pick| pick.product.to_string()).collect()
    }

    pub(crate) fn decisions(&self) -> Vec<Decision> {
        self.with(|planner| self.people.iter().map(|profile| planner.decide(profile)).collect())
    }

    pub(crate) fn totals(&self) -> Totals {
        self.with(|planner| {
            let mut totals = planner.totals();
            for profile in &self.people {
                let decision = planner.decide(profile);
                totals.add(&decision, planner.arm(profile, &decision));
            }
            totals
        })
    }
}

/// The picks of a filling.
pub(crate) fn picks_of(filling: &Filling) -> &[Pick] {
    if let Filling::Products { picks, .. } = filling { picks } else { &[] }
}

fn merged(mut row: Value, more: Value) -> Value {
    if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
        row.extend(more);
    }
    row
}
