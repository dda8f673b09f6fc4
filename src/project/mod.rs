//! The project folder, read and validated as a whole before anything runs.
//!
//! Owns the texts an author writes and every check that needs no data: after [`load()`] a run cannot fail on a typo.
//! It does not know what a condition or a template means; later modules parse those and add their own diagnostics.

pub mod benefit;
pub mod block;
pub mod blur;
pub mod campaign;
mod check;
mod codes;
pub mod checked;
pub mod config;
pub mod content;
pub mod domain;
pub mod hours;
pub mod layer;
mod load;
mod parse;
pub mod privacy;
pub mod read;
pub mod schedule;
pub mod schema;
pub mod starter;
pub mod trigger;

pub use load::{Examined, examine, is_refused, load};

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use miette::NamedSource;

use self::block::Block;
use self::checked::{Campaign, Offer, Settings, SocialProof};
use self::config::Config;
use self::content::{OffersFile, SegmentsFile};
use self::layer::Layers;
use crate::clock::Span;
use crate::error::{Diagnostic, Error, Kind, Result};
use crate::id::{BlockName, CampaignName};
use crate::money::Currency;

/// A text of the project, named by its path inside it.
pub type Text = Arc<NamedSource<String>>;

/// A project in which every check has passed.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder, with links resolved; paths of the configuration start from it.
    pub root: PathBuf,
    /// Name shown in summaries.
    pub name: String,
    /// `relance.toml` with its overlay.
    pub config: Config,
    /// The texts of the configuration; spans of `config` are placed by [`Layers::place`].
    pub config_layers: Layers,
    /// Durations and limits of the configuration.
    pub settings: Settings,
    /// `segments.toml`; empty when there is none.
    pub segments: SegmentsFile,
    /// The text of `segments.toml`.
    pub segments_text: Text,
    /// `offers.toml`, with the place of each name; empty when there is none.
    pub offers_file: OffersFile,
    /// Offers by name.
    pub offers: BTreeMap<String, Offer>,
    /// The text of `offers.toml`.
    pub offers_text: Text,
    /// Campaigns by file name.
    pub campaigns: BTreeMap<CampaignName, Campaign>,
    /// Blocks by file name.
    pub blocks: BTreeMap<BlockName, Block>,
    /// Files of `templates/` by name relative to it, partials and `.txt` included.
    pub templates: BTreeMap<String, Text>,
    /// Files of `locales/` by language tag.
    pub locales: BTreeMap<String, Text>,
    /// The project's time zone.
    pub zone: Tz,
    /// Currency of amounts that carry none.
    pub currency: Currency,
    /// Language of people whose own is unknown, e.g. `fr-FR`.
    pub locale: String,
}

impl Project {
    /// Returns the priority of a campaign; that of one which is there no more is the least.
    pub fn priority(&self, name: &CampaignName) -> i32 {
        self.campaigns.get(name).map_or(i32::MIN, |campaign| campaign.spec.priority)
    }

    /// Says whether of two campaigns that write to a person on one day the first is the one to remember: that of higher priority, of equals
    /// the first by name.
    pub fn writes_before(&self, name: &CampaignName, other: &CampaignName) -> bool {
        (self.priority(name), other) > (self.priority(other), name)
    }

    /// Returns a campaign by name.
    ///
    /// # Errors
    /// `Kind::Usage` when there is none, with the nearest name.
    pub fn campaign(&self, name: &str) -> Result<&Campaign> {
        self.campaigns.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.campaigns.keys().map(CampaignName::as_str).collect();
            let error = Error::new(Kind::Usage, format!("there is no campaign `{name}`"));
            match crate::error::closest(name, names.iter().copied()) {
                Some(guess) => error.help(format!("did you mean `{guess}`?")),
                None if names.is_empty() => error.help(format!("create `campaigns/{name}.toml`")),
                None => error.help(format!("campaigns are {}", parse::list(&names))),
            }
        })
    }

    /// Reads the pools of codes of all offers, by the name of the pool; a code that stands twice counts once.
    ///
    /// # Errors
    /// `Kind::Project` when a file cannot be read or holds something that is no code.
    pub fn codes(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let specs = self.offers.values().filter_map(|offer| offer.spec.codes.as_ref());
        specs.map(|spec| Ok((spec.pool(), codes::read(&self.root, spec)?))).collect()
    }

    /// Lists warnings that depend on the day: blocks and offers outside their dates.
    pub fn out_of_date(&self, today: NaiveDate) -> Vec<Diagnostic> {
        check::unused::out_of_date(self, today)
    }

    /// Returns the holdout of all marketing, where a campaign keeps it: compulsory mails and offers of limited time do not.
    pub fn holdout_for(&self, campaign: &checked::Campaign) -> Option<&crate::holdout::Everywhere> {
        self.settings.holdout.as_ref().filter(|_| !campaign.spec.compulsory && !campaign.spec.time_limited)
    }

    /// Lists the offers of a campaign that ended before a day, with their last day: its mails go without them.
    pub fn ended_offers<'p>(&'p self, campaign: &'p checked::Campaign, today: NaiveDate) -> BTreeMap<&'p str, NaiveDate> {
        check::unused::ended_offers(self, campaign, today)
    }

    /// Lists the segments that a campaign aims at and has nothing of their own to say to: no block, no offer of its steps rests on them.
    pub fn without_message<'p>(&'p self, campaign: &'p checked::Campaign) -> Vec<&'p toml::Spanned<String>> {
        check::coherence::without_message(self, campaign)
    }

    /// Returns the longest time over which any slot or block counts orders; zero when none does.
    pub fn social_proof_window(&self) -> Span {
        let slots = self.campaigns.values().flat_map(|campaign| campaign.slots.values()).filter_map(|slot| slot.social_proof);
        let blocks = self.blocks.values().filter_map(|block| block.social_proof);
        slots.chain(blocks).map(SocialProof::window).max().unwrap_or(Span(0))
    }

    /// Returns the purposes for which a slot shows what is learned for a person; where there is none, nothing is learned.
    pub fn learned_for(&self) -> BTreeSet<campaign::Purpose> {
        let slots = self.campaigns.values().flat_map(checked::Campaign::versions).flat_map(|version| version.slots.values());
        let learned = slots.filter(|slot| slot.spec.strategies.contains_key(&campaign::Strategy::ForYou));
        learned.map(|slot| slot.purpose).collect()
    }

    /// Returns the number of texts that were read.
    pub fn n_files(&self) -> usize {
        let optional = [&self.segments_text, &self.offers_text].iter().filter(|text| !text.inner().is_empty()).count();
        let config = 1 + usize::from(self.config_layers.overlay.is_some());
        config + optional + self.campaigns.len() + self.blocks.len() + self.templates.len() + self.locales.len()
    }
}

/// Lists every value of the configuration: dotted key, value as TOML, file it came from; secrets show only where they are kept.
pub fn origins(project: &Project) -> Vec<(String, String, String)> {
    project.config_layers.origins()
}
