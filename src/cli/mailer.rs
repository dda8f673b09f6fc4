//! From a draft to a message: links with their tokens, the rendered mail, the bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use relance::clock::Span;
use relance::delivery::{Destination, DomainLimit, FileFormat, Render, Retry, Route, Routes, SmtpOptions, WarmUp};
use relance::error::{Diagnostic, Error, Kind, Result, Severity, io_error};
use relance::message::clicks::reroute;
use relance::message::dkim::{Signer, SigningKey};
use relance::message::token::Purpose;
use relance::message::{Message, MessageSpec, build, link};
use relance::plan::{Draft, Rules};
use relance::project::Project;
use relance::project::campaign::Localized;
use relance::project::checked::Rate;
use relance::project::config::{DeliveryKind, DomainSection, PublicSection, QuestionSpec, SmtpSection};
use relance::project::domain;
use relance::render::branches::{self, Branch};
use relance::render::{DesignInput, Designs, Rendered, Values};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toml::Spanned;

use super::app::App;
use super::secrets;

/// Makes the mails of a project.
#[derive(Debug)]
pub(crate) struct Mailer {
    designs: Designs,
    spec: MessageSpec,
    preferences_url: String,
    /// `[public]` and the questions of the project.
    public: PublicSection,
    questions: BTreeMap<String, QuestionSpec>,
    locale: String,
    redirect_to: Option<String>,
    /// What stands in front of every subject.
    mark: &'static str,
    signer: Option<Signer>,
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
        let redirect_to = config.delivery.redirect_to.as_ref().map(|address| address.get_ref().clone());
        let key = secrets::keys(&app.project)?.first().clone();
        // A colleague who clicks in a redirected mail unsubscribes nobody.
        let key = if redirect_to.is_some() { key.of_tests() } else { key };
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
        let preferences_url = config.links.preferences.get_ref().clone();
        let (public, questions) = (config.public.clone().unwrap_or_default(), config.questions.clone());
        let locale = app.project.locale.clone();
        Ok(Self { designs, spec, preferences_url, public, questions, locale, redirect_to, mark: "", signer: None })
    }

    /// Returns the maker of the same mails with a mark behind each branch of their templates, for counting only; `None` when a template
    /// cannot be compiled with marks.
    pub(crate) fn marked(app: &App, rules: &Rules) -> Result<Option<(Self, Vec<Branch>)>> {
        let (input, branches) = branches::mark(&DesignInput::of(&app.project, &rules.blocks));
        let (designs, found) = Designs::compile(&input);
        let is_whole = found.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
        Ok(if is_whole { Some((Self { designs, ..Self::open(app, rules)? }, branches)) } else { None })
    }

    /// Makes mails to try out from now on: marked in the subject, sent to the address of the draft whatever `redirect_to` says, and
    /// with links and a Message-ID that mean nothing to the project (see [`Key::of_tests`](relance::message::token::Key::of_tests)).
    /// They are signed like any other.
    pub(crate) fn for_tests(mut self) -> Self {
        self.spec.key = self.spec.key.of_tests();
        Self { redirect_to: None, mark: "[test] ", ..self }
    }

    /// Makes mails of a rehearsal from now on: as they would be, to whom they would go, with links and a Message-ID that mean nothing.
    pub(crate) fn for_rehearsal(self) -> Self {
        Self { mark: "", ..self.for_tests() }
    }

    /// Reads the private keys of `[dkim]`: messages are signed from here on. Who only looks at mails needs none.
    pub(crate) fn signing(mut self, app: &App) -> Result<Self> {
        self.signer = signer(app)?;
        Ok(self)
    }

    /// Says whether messages are signed.
    pub(crate) fn is_signing(&self) -> bool {
        self.signer.is_some()
    }

    /// Renders a draft.
    pub(crate) fn render(&self, draft: &Draft) -> Result<Rendered, String> {
        self.rendered(&self.linked(ready(draft.clone())))
    }

    /// Renders a draft that has its links; those that are counted pass by the door.
    fn rendered(&self, draft: &Draft<Values>) -> Result<Rendered, String> {
        let rendered = self
            .designs
            .render_values(
                &self.designs.named(draft.campaign.as_str(), draft.variant.as_deref()),
                draft.step.as_deref(),
                &draft.locale,
                &draft.context,
            )
            .map_err(|error| error.to_string())?;
        if !self.public.clicks {
            return Ok(rendered);
        }
        // What people say of themselves is never counted, tagged or not.
        let own = ["unsubscribe", "preferences", "view"].map(|name| draft.context.text("links", name).unwrap_or_default());
        let is_own = |url: &str| own.iter().any(|link| !link.is_empty() && url.starts_with(link));
        let html = reroute(&rendered.html, |url| if is_own(url) { None } else { self.counted(draft, url) }).into_owned();
        Ok(Rendered { html, ..rendered })
    }

    /// Returns the way of a link by the door; `None` when it leads where it may not, or to the door itself.
    fn counted(&self, draft: &Draft<Values>, url: &str) -> Option<String> {
        let address = self.public.address()?;
        let host = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?.host_str()?.to_owned();
        if url.starts_with(address) || !self.public.redirects.iter().any(|allowed| *allowed.get_ref() == host) {
            return None;
        }
        let token = self.mail_token(Purpose::Click, url, draft);
        let target: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
        Some(format!("{address}/c/{token}?u={target}"))
    }

    fn mail_token(&self, purpose: Purpose, about: &str, draft: &Draft<Values>) -> String {
        self.spec.key.seal_mail(purpose, about, draft.campaign.as_str(), draft.edition.as_str(), draft.recipient.as_str())
    }

    /// Returns the MJML of a draft, filled.
    pub(crate) fn mjml(&self, draft: &Draft) -> Result<String, String> {
        let draft = self.linked(ready(draft.clone()));
        self.designs
            .mjml(
                &self.designs.named(draft.campaign.as_str(), draft.variant.as_deref()),
                draft.step.as_deref(),
                &draft.locale,
                &draft.context,
            )
            .map_err(|error| error.to_string())
    }

    /// Makes the message of a draft, the same bytes at every attempt.
    pub(crate) fn message(&self, draft: Draft) -> Result<Message, String> {
        self.made(ready(draft))
    }

    fn made(&self, mut draft: Draft<Values>) -> Result<Message, String> {
        if let Some(address) = &self.redirect_to {
            draft.address.clone_from(address);
        }
        let draft = self.linked(draft);
        let mut rendered = self.rendered(&draft)?;
        rendered.subject.insert_str(0, self.mark);
        let mut message = build(&draft, &rendered, &self.spec).map_err(|error| error.to_string())?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut message.bytes, draft.at);
        }
        Ok(message)
    }

    /// Returns the function that delivery renders with; its messages are signed when the project says how.
    pub(crate) fn into_render(self, app: &App) -> Result<Render> {
        let mailer = self.signing(app)?;
        Ok(Arc::new(move |draft| mailer.made(draft)))
    }

    /// Adds the links that carry a token.
    fn linked(&self, mut draft: Draft<Values>) -> Draft<Values> {
        let (campaign, recipient) = (draft.campaign.as_str(), draft.recipient.as_str());
        let unsubscribe = link(&self.spec.key, &self.spec.unsubscribe_url, Purpose::Unsubscribe, campaign, recipient);
        let preferences = link(&self.spec.key, &self.preferences_url, Purpose::Preferences, campaign, recipient);
        let address = self.public.address();
        let view = address.map(|address| format!("{address}/v/{}", self.mail_token(Purpose::View, "", &draft)));
        let questions = self.asked(&draft);
        let links = [("unsubscribe", Some(&unsubscribe)), ("preferences", Some(&preferences)), ("view", view.as_ref())];
        draft.context.put("links", links.map(|(name, url)| (name, url.map(String::as_str))));
        draft.context.insert("questions", &questions);
        draft
    }

    /// The questions of the project in the reader's language, with a link for each answer.
    fn asked(&self, draft: &Draft<Values>) -> Value {
        let short = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_owned();
        let title = |text: &Localized| {
            let tags = [draft.locale.clone(), short(&draft.locale), self.locale.clone(), short(&self.locale)];
            let found = tags.iter().find_map(|tag| text.get(tag)).or_else(|| text.values().next());
            found.map(|title| title.get_ref().clone())
        };
        let question = |(name, question): (&String, &QuestionSpec)| {
            let token = self.mail_token(Purpose::Answer, name, draft);
            let answers = question.answers.iter().map(|answer| {
                let value = answer.value.get_ref();
                let url = self.public.address().map(|address| format!("{address}/q/{token}?q={name}&a={value}"));
                json!({ "value": value, "title": title(&answer.title), "url": url })
            });
            (name.clone(), json!({ "title": title(&question.title), "answers": answers.collect::<Vec<_>>() }))
        };
        Value::Object(self.questions.iter().map(question).collect())
    }
}

/// Makes a draft ready to be rendered.
fn ready(draft: Draft) -> Draft<Values> {
    draft.with(|context| Values::of(&context))
}

/// Returns how the project reaches its own servers, secrets read.
pub(crate) fn routes(app: &App) -> Result<Routes> {
    let delivery = &app.project.config.delivery;
    let routes = delivery.servers().into_iter().map(|(_, section)| route(app, section)).collect::<Result<Vec<_>>>()?;
    if routes.is_empty() {
        return Err(Error::new(Kind::Project, "there is no [delivery.smtp] to send through")
            .help("add `[delivery.smtp]` with its `host` to relance.toml"));
    }
    let limit = |section: &DomainSection| DomainLimit {
        rate: section.rate.as_ref().and_then(|rate| Rate::parse(rate.get_ref())),
        connections: section.connections.as_ref().map(|n| *n.get_ref()),
    };
    let domains =
        delivery.domains.iter().map(|(name, section)| (domain::ascii(name).unwrap_or_else(|| name.clone()), limit(section))).collect();
    Ok(Routes { routes, domains })
}

/// Reads the keys of `[dkim]`, each once; `None` when mails are not signed. All that are wrong are told together, at their place.
pub(crate) fn signer(app: &App) -> Result<Option<Signer>> {
    let config = &app.project.config;
    let Some(dkim) = &config.dkim else { return Ok(None) };
    let (mut keys, mut found) = (Vec::new(), Vec::new());
    for spec in &dkim.keys {
        let selector = spec.selector.get_ref();
        let key = secrets::read(&spec.key, &app.project.root)
            .and_then(|pem| SigningKey::from_pem(pem.expose_secret()).map_err(|error| Error::new(Kind::Project, error.to_string())));
        match key {
            Ok(key) => keys.push((selector.clone(), key)),
            Err(error) => {
                let (text, span) = app.project.config_layers.place(spec.selector.span());
                let message = format!("the key of selector `{selector}` cannot be used: {error}");
                let help =
                    error.help_text().map_or_else(|| format!("make a key: `relance dkim keygen --selector {selector}`"), str::to_owned);
                found.push(Diagnostic::error("dkim::bad-key", message).at(text, span, "its private key").help(help));
            }
        }
    }
    if !found.is_empty() {
        return Err(Error::project(found));
    }
    Ok(Some(Signer::new(&signing_domain(&app.project), keys)))
}

/// Returns the domain that signs: that of `[dkim]`, or the sender's.
pub(crate) fn signing_domain(project: &Project) -> String {
    let config = &project.config;
    let written = config.dkim.as_ref().and_then(|dkim| dkim.domain.as_ref()).and_then(|written| domain::ascii(written.get_ref()));
    written.or_else(|| domain::of_address(config.sender.address.get_ref())).unwrap_or_default()
}

/// Returns where the project delivers to.
pub(crate) fn destination(app: &App) -> Result<Destination> {
    let delivery = &app.project.config.delivery;
    let format = match delivery.to {
        DeliveryKind::Smtp => return Ok(Destination::Smtp(Box::new(routes(app)?))),
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
        Destination::Smtp(routes) => route_words(routes),
        Destination::Files { path, .. } => path.strip_prefix(&app.project.root).unwrap_or(path).display().to_string(),
    }
}

/// Names servers for people.
pub(crate) fn route_words(routes: &Routes) -> String {
    routes.routes.iter().map(|route| route.name.as_str()).collect::<Vec<_>>().join(", ")
}
