//! The texts a project gives to be compiled: plain data, no file access.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::mapped::Source;
use crate::money::Currency;

/// Everything mails are made of.
#[derive(Debug, Clone)]
pub struct DesignInput {
    /// Templates by name: `newsletter` for `templates/newsletter.mjml`.
    pub templates: BTreeMap<String, Source>,
    /// Own text parts by template name, from `templates/NAME.txt`; derived from the template where absent.
    pub texts: BTreeMap<String, Source>,
    /// What `mj-include` may name, by path from `templates/`: `partials/footer.mjml`.
    pub partials: BTreeMap<String, Source>,
    /// Blocks by name.
    pub blocks: BTreeMap<String, BlockText>,
    /// `.ftl` files by language tag.
    pub locales: BTreeMap<String, Source>,
    /// Mails to compile, one per campaign or per step of a campaign.
    pub mails: Vec<MailDesign>,
    /// Values of the answers of each question that mails may ask.
    pub questions: BTreeMap<String, Vec<String>>,
    /// URL put before relative image paths, with or without a final slash: that of the assets, or the home page's.
    pub asset_url: String,
    /// Tags added to links; `{campaign}`, `{edition}` (of a triggered mail, its step) and `{step}` are replaced.
    pub utm: BTreeMap<String, String>,
    /// Where a link that cannot be trusted leads.
    pub home_url: String,
    /// Language of last resort, e.g. `fr-FR`.
    pub default_locale: String,
    /// Zone in which dates are read.
    pub zone: Tz,
    /// Currency of amounts that carry none.
    pub currency: Currency,
}

/// The body of a block: `source[offset..]`, after the front matter.
#[derive(Debug, Clone)]
pub struct BlockText {
    /// Slot it can fill.
    pub slot: String,
    /// Its file.
    pub source: Source,
    /// Byte offset of the body.
    pub offset: usize,
}

/// One mail of a campaign.
#[derive(Debug, Clone)]
pub struct MailDesign {
    /// Campaign.
    pub campaign: String,
    /// Step of a sequence.
    pub step: Option<String>,
    /// Template name, and where the campaign says it.
    pub template: TextAt,
    /// Subject templates by language tag.
    pub subject: BTreeMap<String, TextAt>,
    /// Preheader templates by language tag.
    pub preheader: BTreeMap<String, TextAt>,
    /// Slots by name.
    pub slots: BTreeMap<String, SlotDesign>,
}

/// A short text inside an author's file.
#[derive(Debug, Clone)]
pub struct TextAt {
    /// The text, escapes of TOML resolved.
    pub text: String,
    /// Its file.
    pub source: Source,
    /// Byte offset of its first character in the file.
    pub offset: usize,
}

/// A slot as a template sees it.
#[derive(Debug, Clone)]
pub struct SlotDesign {
    /// What fills it.
    pub kind: SlotKind,
    /// Blocks it may show in this campaign, most precise first; empty unless `kind` is `Block`.
    pub blocks: Vec<String>,
    /// Whether a mail that is too long does without it: `block` is `null` then.
    pub may_be_left_out: bool,
    /// Most products, categories or cart lines it shows.
    pub count: usize,
}

/// What can fill a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// One of several blocks.
    Block,
    /// Products.
    Products,
    /// Categories.
    Categories,
    /// Cart lines.
    Cart,
    /// A payment method or a contract.
    Subject,
}
