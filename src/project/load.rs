//! Reading a project: every file, every check of its shape and meaning, and what is left when some are wrong.

use std::collections::BTreeMap;
use std::path::Path;

use chrono_tz::Tz;

use super::block::{self, Block};
use super::content::{OffersFile, SegmentsFile};
use super::layer::Layers;
use super::read::{self, Folder};
use super::{Project, Text, check, parse};
use crate::error::{Diagnostic, Error, Kind, Result, Severity};
use crate::id::{BlockName, CampaignName};
use crate::money::Currency;

/// Reads and checks a whole project; returns it with the warnings.
///
/// `env` names a layer: `relance.ENV.toml` is laid over `relance.toml`.
///
/// # Errors
/// `Kind::Project` with all diagnostics together when any is an error; `Kind::Io` when a file cannot be read.
pub fn load(root: &Path, env: Option<&str>) -> Result<(Project, Vec<Diagnostic>)> {
    let Examined { project, found, .. } = examine(root, env)?;
    match project {
        Some(project) if !is_refused(&found) => Ok((*project, found)),
        _ => Err(Error::project(found)),
    }
}

/// A project as far as it could be read, for a look at its mistakes only.
#[derive(Debug)]
pub struct Examined {
    /// What could be read; `None` when there is no configuration to go by.
    pub project: Option<Box<Project>>,
    /// All that was found wrong so far.
    pub found: Vec<Diagnostic>,
    /// Whether all segments were read, so that one that is named and not there is a mistake.
    pub has_segments: bool,
    /// Whether all that mails are made of was read: their language, their words, every block.
    pub has_texts: bool,
}

/// Says whether a project with these diagnostics cannot be used.
pub fn is_refused(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Reads and checks a project as far as it can be read, so that later checks can be made beside the mistakes of the first.
///
/// # Errors
/// `Kind::Usage` when the layer cannot be; `Kind::Io` when a file cannot be read.
pub fn examine(root: &Path, env: Option<&str>) -> Result<Examined> {
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
    let n_locales = locale_texts.len();
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
        zone: basics.as_ref().and_then(|basics| basics.zone).unwrap_or(Tz::UTC),
        currency: basics.as_ref().and_then(|basics| basics.currency),
        quiet_hours: basics.as_ref().and_then(|basics| basics.settings.quiet_hours),
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
        let currency = basics.as_ref().and_then(|basics| basics.currency);
        check::offer::offers(&mut check::Notes::new(&layers, &mut found), file, &names.languages, currency)
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
    if let (Some(config), Some(layers)) = (&config, &config_layers) {
        let mut notes = check::Notes::new(layers, &mut found);
        check::public::topics(&mut notes, config, &campaign_names);
        check::scores::names(&mut notes, config, names.segments.as_deref(), &campaign_names);
    }
    let block_texts = by_name(block_texts, &mut found, check::is_name);
    let n_blocks = block_texts.len();
    let blocks: BTreeMap<BlockName, Block> =
        block_texts.into_iter().filter_map(|(name, text)| Some((BlockName(name), block::read(&text, &mut found)?))).collect();
    check::content::blocks(&mut found, &blocks, &campaigns, &campaign_names, campaigns.len() == campaign_names.len());
    if blocks.len() == n_blocks {
        check::content::general_blocks(&mut found, &blocks, &campaigns);
        check::experiment::blocks(&mut found, &blocks, &campaigns);
    }

    let refused = is_refused(&found);
    let has_segments = segments.is_some();
    let has_texts = basics.as_ref().is_some_and(|basics| basics.locale.is_some()) && n_locales == locales.len() && blocks.len() == n_blocks;
    let (Some(config), Some(config_layers), Some(basics)) = (config, config_layers, basics) else {
        return Ok(Examined { project: None, found, has_segments, has_texts });
    };
    // What stands in for a value that was refused is seen by the later checks only.
    let zone = basics.zone.unwrap_or(Tz::UTC);
    let currency = basics.currency.unwrap_or(Currency::NONE);
    let (locale, settings) = (basics.locale.unwrap_or_else(|| "en".to_owned()), basics.settings);
    let (segments, offers_file, offers) = (segments.unwrap_or_default(), offers_file.unwrap_or_default(), offers.unwrap_or_default());
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
    if !refused {
        found.extend(check::unused::unused(&project));
        found.extend([check::coherence::warnings(&project), check::length::offers_left_out(&project)].concat());
    }
    Ok(Examined { project: Some(Box::new(project)), found, has_segments, has_texts })
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
