//! The project folder, read and validated as a whole before anything runs.
//!
//! Owns the texts an author writes and every check that needs no data: after [`load`] a run cannot fail on a typo.
//! It does not know what a condition or a template means; later modules parse those and add their own diagnostics.

pub mod block;
pub mod campaign;
mod check;
pub mod checked;
pub mod config;
pub mod content;
pub mod domain;
pub mod layer;
mod parse;
pub mod read;
pub mod schedule;
pub mod schema;
pub mod starter;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use miette::NamedSource;

use self::block::Block;
use self::checked::{Campaign, Offer, Settings};
use self::config::Config;
use self::content::{OffersFile, SegmentsFile};
use self::layer::Layers;
use self::read::Folder;
use crate::error::{Diagnostic, Error, Kind, Result, Severity};
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

    /// Lists warnings that depend on the day: blocks and offers outside their dates.
    pub fn out_of_date(&self, today: NaiveDate) -> Vec<Diagnostic> {
        check::unused::out_of_date(self, today)
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

/// Reads and checks a whole project; returns it with the warnings.
///
/// `env` names a layer: `relance.ENV.toml` is laid over `relance.toml`.
///
/// # Errors
/// `Kind::Project` with all diagnostics together when any is an error; `Kind::Io` when a file cannot be read.
pub fn load(root: &Path, env: Option<&str>) -> Result<(Project, Vec<Diagnostic>)> {
    let mut folder = Folder::open(root)?;
    let config_layers = layers(&mut folder, env)?;
    let segments_text = folder.read("segments.toml")?.unwrap_or_else(|| read::text("segments.toml", ""));
    let offers_text = folder.read("offers.toml")?.unwrap_or_else(|| read::text("offers.toml", ""));
    let campaign_texts = folder.read_all("campaigns", &["toml"])?;
    let block_texts = folder.read_all("blocks", &["mjml"])?;
    let templates: BTreeMap<String, Text> = folder.read_all("templates", &["mjml", "txt", "html"])?.into_iter().collect();
    let locale_texts = folder.read_all("locales", &["ftl"])?;

    let root = folder.root().to_owned();
    let mut found = folder.found;
    let locales = by_name(locale_texts, &mut found, is_language);
    let config = config_layers.as_ref().and_then(|layers| layers.read(&mut found));
    let basics = config
        .as_ref()
        .zip(config_layers.as_ref())
        .map(|(config, layers)| check::config::check(&mut check::Notes::new(layers, &mut found), config));
    let segments: Option<SegmentsFile> = parse::read(&segments_text, &mut found);
    let offers_file: Option<OffersFile> = parse::read(&offers_text, &mut found);

    let names = check::campaign::Names {
        segments: segments.as_ref().map(|file| file.segments.keys().map(|name| name.get_ref().clone()).collect()),
        offers: offers_file.as_ref().map(|file| file.offers.keys().map(|name| name.get_ref().clone()).collect()),
        templates: templates.keys().cloned().collect(),
        languages: check::Languages {
            default: basics.as_ref().and_then(|basics| basics.locale.clone()),
            files: locales.keys().cloned().collect(),
        },
    };
    if let Some(file) = &segments {
        let layers = Layers { base: segments_text.clone(), overlay: None };
        check::content::segments(&mut check::Notes::new(&layers, &mut found), file);
    }
    let offers = offers_file.as_ref().map(|file| {
        let layers = Layers { base: offers_text.clone(), overlay: None };
        check::content::offers(&mut check::Notes::new(&layers, &mut found), file, &names.languages)
    });
    let campaign_texts = by_name(campaign_texts, &mut found, check::is_name);
    let campaign_names: Vec<String> = campaign_texts.keys().cloned().collect();
    let mut campaigns = BTreeMap::new();
    for (name, text) in campaign_texts {
        let Some(spec) = parse::read(&text, &mut found) else { continue };
        let layers = Layers { base: text, overlay: None };
        let mut notes = check::Notes::new(&layers, &mut found);
        if let Some(campaign) = check::campaign::check(&mut notes, &layers, &name, spec, &names) {
            campaigns.insert(CampaignName(name), campaign);
        }
    }
    let block_texts = by_name(block_texts, &mut found, check::is_name);
    let n_blocks = block_texts.len();
    let blocks: BTreeMap<BlockName, Block> =
        block_texts.into_iter().filter_map(|(name, text)| Some((BlockName(name), block::read(&text, &mut found)?))).collect();
    check::content::blocks(&mut found, &blocks, &campaigns, &campaign_names, campaigns.len() == campaign_names.len());
    if blocks.len() == n_blocks {
        check::content::general_blocks(&mut found, &blocks, &campaigns);
    }

    let n_errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let parts = (config, config_layers, basics, segments, offers_file, offers);
    let (Some(config), Some(config_layers), Some(basics), Some(segments), Some(offers_file), Some(offers)) = parts else {
        return Err(Error::project(found));
    };
    let (Some(zone), Some(currency), Some(locale), Some(settings)) = (basics.zone, basics.currency, basics.locale, basics.settings) else {
        return Err(Error::project(found));
    };
    if n_errors > 0 {
        return Err(Error::project(found));
    }
    let name = config.project.name.clone();
    let project = Project {
        root,
        name,
        config,
        config_layers,
        settings,
        segments,
        segments_text,
        offers_file,
        offers,
        offers_text,
        campaigns,
        blocks,
        templates,
        locales,
        zone,
        currency,
        locale,
    };
    found.extend(check::unused::unused(&project));
    Ok((project, found))
}

/// Reads `relance.toml` and the overlay; `None` when a text was refused and noted.
fn layers(folder: &mut Folder, env: Option<&str>) -> Result<Option<Layers>> {
    let overlay = match env {
        None => None,
        Some(env) if !check::is_name(env) => {
            return Err(Error::new(Kind::Usage, format!("`{env}` cannot be the name of a layer")).help("write for example `--env staging`"));
        }
        Some(env) => {
            let name = format!("relance.{env}.toml");
            let n_before = folder.found.len();
            let overlay = folder.read(&name)?;
            if overlay.is_none() && folder.found.len() == n_before {
                return Err(
                    Error::new(Kind::Usage, format!("there is no `{name}`")).help(format!("create `{name}`, or leave out `--env {env}`"))
                );
            }
            overlay
        }
    };
    Ok(folder.read("relance.toml")?.map(|base| Layers { base, overlay }))
}

/// Keys texts by file name without extension; a name that cannot be one is noted.
fn by_name(texts: Vec<(String, Text)>, found: &mut Vec<Diagnostic>, is_good: fn(&str) -> bool) -> BTreeMap<String, Text> {
    let mut named = BTreeMap::new();
    for (file, text) in texts {
        let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
        if is_good(stem) {
            named.insert(stem.to_owned(), text);
            continue;
        }
        let (wanted, help) = if text.name().starts_with("locales/") {
            ("a language", "name it after a language tag, for example `locales/fr.ftl`")
        } else {
            ("a name", "rename it with lower-case letters, digits, `-` and `_`, and no subfolder")
        };
        let message = format!("`{}` is not named after {wanted}", text.name());
        found.push(Diagnostic::error("file::bad-name", message).help(help));
    }
    named
}

fn is_language(tag: &str) -> bool {
    !tag.contains('_') && tag.parse::<icu_locale_core::LanguageIdentifier>().is_ok()
}
