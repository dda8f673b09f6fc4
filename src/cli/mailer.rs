//! From a draft to a message: links with their tokens, the rendered mail, the bytes.

use std::sync::Arc;

use relance::clock::Span;
use relance::delivery::{Destination, DomainLimit, FileFormat, Render, Retry, Route, Routes, SmtpOptions, WarmUp};
use relance::error::{Diagnostic, Error, Kind, Result, Severity, io_error};
use relance::message::token::{Key, Purpose};
use relance::message::{Message, MessageSpec, build, link};
use relance::plan::{Draft, Rules};
use relance::project::Project;
use relance::project::checked::Rate;
use relance::project::config::{DeliveryKind, DomainSection, SmtpSection};
use relance::render::{DesignInput, Designs, Rendered};
use secrecy::ExposeSecret as _;
use toml::Spanned;

use super::app::App;
use super::secrets;

/// Name of the first key; a later key gets another, so that tokens say which made them.
const KEY_ID: &str = "k1";

/// Makes the mails of a project.
#[derive(Debug)]
pub(crate) struct Mailer {
    designs: Designs,
    spec: MessageSpec,
    preferences_url: String,
    redirect_to: Option<String>,
}

/// Compiles every mail of a project; the diagnostics hold errors and warnings.
pub(crate) fn designs(project: &Project, rules: &Rules) -> (Designs, Vec<Diagnostic>) {
    Designs::compile(&DesignInput::of(project, &rules.blocks))
}

impl Mailer {
    /// Compiles the mails and reads the key; any mistake in a template stops here.
    pub(crate) fn open(app: &App, rules: &Rules) -> Result<Self> {
        let (designs, found) = designs(&app.project, rules);
        if found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(Error::project(found));
        }
        let config = &app.project.config;
        let secret = secrets::key(&app.project)?;
        let key = Key::new(KEY_ID, secret.expose_secret().as_bytes().to_vec())
            .ok_or_else(|| Error::new(Kind::Project, "the key of [secrets] cannot be used").help("make one: `openssl rand -hex 32`"))?;
        let address = config.sender.address.get_ref().clone();
        let spec = MessageSpec {
            sender_name: config.sender.name.clone(),
            reply_to: config.sender.reply_to.as_ref().map(|reply_to| reply_to.get_ref().clone()),
            return_path: config.sender.return_path.as_ref().map(|path| path.get_ref().clone()),
            list_domain: address.rsplit('@').next().unwrap_or_default().to_owned(),
            sender_address: address,
            unsubscribe_url: config.links.unsubscribe.get_ref().clone(),
            feedback_id: app.project.name.clone(),
            zone: app.project.zone,
            key,
        };
        let redirect_to = config.delivery.redirect_to.as_ref().map(|address| address.get_ref().clone());
        Ok(Self { designs, spec, preferences_url: config.links.preferences.get_ref().clone(), redirect_to })
    }

    /// Renders a draft.
    pub(crate) fn render(&self, draft: &Draft) -> Result<Rendered, String> {
        let draft = self.linked(draft.clone());
        self.designs
            .render(draft.campaign.as_str(), draft.step.as_deref(), &draft.locale, &draft.context)
            .map_err(|error| error.to_string())
    }

    /// Returns the MJML of a draft, filled.
    pub(crate) fn mjml(&self, draft: &Draft) -> Result<String, String> {
        let draft = self.linked(draft.clone());
        self.designs.mjml(draft.campaign.as_str(), draft.step.as_deref(), &draft.locale, &draft.context).map_err(|error| error.to_string())
    }

    /// Makes the message of a draft, the same bytes at every attempt.
    pub(crate) fn message(&self, mut draft: Draft) -> Result<Message, String> {
        if let Some(address) = &self.redirect_to {
            draft.address.clone_from(address);
        }
        let draft = self.linked(draft);
        let rendered = self
            .designs
            .render(draft.campaign.as_str(), draft.step.as_deref(), &draft.locale, &draft.context)
            .map_err(|error| error.to_string())?;
        build(&draft, &rendered, &self.spec).map_err(|error| error.to_string())
    }

    /// Returns the function that delivery renders with.
    pub(crate) fn into_render(self) -> Render {
        Arc::new(move |draft| self.message(draft))
    }

    /// Adds the links that carry a token.
    fn linked(&self, mut draft: Draft) -> Draft {
        let (campaign, recipient) = (draft.campaign.as_str(), draft.recipient.as_str());
        let unsubscribe = link(&self.spec.key, &self.spec.unsubscribe_url, Purpose::Unsubscribe, campaign, recipient);
        let preferences = link(&self.spec.key, &self.preferences_url, Purpose::Preferences, campaign, recipient);
        if let Some(links) = draft.context.get_mut("links") {
            links["unsubscribe"] = unsubscribe.into();
            links["preferences"] = preferences.into();
        }
        draft
    }
}

/// Returns where the project delivers to.
pub(crate) fn destination(app: &App) -> Result<Destination> {
    let delivery = &app.project.config.delivery;
    let format = match delivery.to {
        DeliveryKind::Smtp => {
            let routes = delivery.servers().into_iter().map(|(_, section)| route(app, section)).collect::<Result<Vec<_>>>()?;
            if routes.is_empty() {
                return Err(Error::new(Kind::Project, "`delivery.to` is `smtp` and there is no [delivery.smtp]"));
            }
            let limit = |section: &DomainSection| DomainLimit {
                rate: section.rate.as_ref().and_then(|rate| Rate::parse(rate.get_ref())),
                connections: section.connections.as_ref().map(|n| *n.get_ref()),
            };
            let domains = delivery.domains.iter().map(|(name, section)| (name.to_lowercase(), limit(section))).collect();
            return Ok(Destination::Smtp(Box::new(Routes { routes, domains })));
        }
        DeliveryKind::Eml => FileFormat::Eml,
        DeliveryKind::Maildir => FileFormat::Maildir,
        DeliveryKind::Mbox => FileFormat::Mbox,
        DeliveryKind::Jsonl => FileFormat::Jsonl,
    };
    Ok(Destination::Files { format, path: app.project.root.join(delivery.path.as_deref().unwrap_or(std::path::Path::new("outbox"))) })
}

/// Reads the secrets and files of one server.
fn route(app: &App, section: &SmtpSection) -> Result<Route> {
    let secret = section.password.as_ref().or(section.token.as_ref());
    let secret = secret.map(|secret| secrets::read(secret, &app.project.root)).transpose()?;
    let pem = section.ca_file.as_ref().map(|path| app.project.root.join(path));
    let pem = pem.map(|path| std::fs::read(&path).map_err(|error| io_error("read", &path, error))).transpose()?;
    Ok(Route {
        name: section.name.clone().unwrap_or_else(|| format!("{}:{}", section.host, section.port)),
        weight: section.weight,
        rate: section.rate.as_ref().and_then(|rate| Rate::parse(rate.get_ref())),
        smtp: SmtpOptions::new(section, secret, pem),
    })
}

/// Returns how patient delivery is.
pub(crate) fn retry(app: &App) -> Retry {
    let (section, usual) = (&app.project.config.delivery.retry, Retry::default());
    let or = |written: &Option<Spanned<String>>, usual: Span| {
        written.as_ref().and_then(|written| Span::parse(written.get_ref())).unwrap_or(usual)
    };
    Retry {
        first: or(&section.first, usual.first),
        longest: or(&section.longest, usual.longest),
        give_up_after: or(&section.give_up_after, usual.give_up_after),
        greylisted: or(&section.greylisted, usual.greylisted),
        ..usual
    }
}

/// Returns the daily ceilings, when the sender is new.
pub(crate) fn warm_up(app: &App) -> Option<WarmUp> {
    let section = app.project.config.delivery.warm_up.as_ref()?;
    Some(WarmUp {
        from: section.from.get_ref().parse().ok()?,
        start: *section.start.get_ref(),
        factor: *section.factor.get_ref(),
        until: *section.until.get_ref(),
        zone: app.project.zone,
    })
}

/// Names a destination for people.
pub(crate) fn destination_words(destination: &Destination, app: &App) -> String {
    match destination {
        Destination::Smtp(routes) => routes.routes.iter().map(|route| route.name.as_str()).collect::<Vec<_>>().join(", "),
        Destination::Files { path, .. } => path.strip_prefix(&app.project.root).unwrap_or(path).display().to_string(),
    }
}
