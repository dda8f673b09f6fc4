//! A project's mails looked at as they would leave: each is made, then inspected.

use rayon::prelude::*;
use relance::error::Result;
use relance::inspect::{Clients, Facts, Finding, Known, Mail, Report, inspect};
use relance::plan::Draft;
use relance::project::Project;
use relance::project::checked::Campaign;

use super::app::App;
use super::checks;
use super::mailer::Mailer;

/// What mails are looked at with.
#[derive(Debug)]
pub(crate) struct Inspector {
    clients: Clients,
    /// What is known of every mail of the project.
    facts: Facts,
}

impl Inspector {
    /// Reads what is known of mail programs; whether mails are signed is what `mailer` does.
    pub(crate) fn open(project: &Project, mailer: &Mailer) -> Result<Self> {
        let links = &project.config.links;
        let facts = Facts {
            utm: links.utm.keys().cloned().collect(),
            own_host: url::Url::parse(links.home.get_ref()).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
            is_compulsory: false,
            is_signed: mailer.is_signing(),
        };
        Ok(Self { clients: checks::clients(project)?, facts })
    }

    /// Returns the day of what is known of mail programs.
    pub(crate) fn clients_as_of(&self) -> &str {
        self.clients.date()
    }

    /// Returns how much is known of each mail program asked about.
    pub(crate) fn known(&self) -> &[Known] {
        self.clients.known()
    }

    /// Makes one mail and looks at it; the worst comes first.
    pub(crate) fn look(&self, campaign: &Campaign, mailer: &Mailer, draft: &Draft) -> Vec<Finding> {
        let made = mailer.render(draft).and_then(|rendered| Ok((mailer.message(draft.clone())?, rendered)));
        let (message, rendered) = match made {
            Ok(made) => made,
            Err(why) => return vec![Finding::not_made(&why)],
        };
        let mail = Mail {
            bytes: &message.bytes,
            html: &rendered.html,
            text: &rendered.text,
            subject: &rendered.subject,
            preheader: &rendered.preheader,
        };
        inspect(mail, &Facts { is_compulsory: campaign.spec.compulsory, ..self.facts.clone() }, &self.clients)
    }

    /// Looks at mails on all cores, and adds what is found in their order.
    pub(crate) fn look_at_all(&self, campaign: &Campaign, mailer: &Mailer, drafts: &[Draft], report: &mut Report) {
        let found: Vec<Vec<Finding>> = drafts.par_iter().map(|draft| self.look(campaign, mailer, draft)).collect();
        for (draft, found) in drafts.iter().zip(found) {
            report.add(draft.recipient.as_str(), found);
        }
    }
}

/// Opens what makes mails as they would leave: signed where the key can be read, for who only looks needs none.
pub(crate) fn looking(app: &App) -> Result<Mailer> {
    let open = || Mailer::open(app, &app.rules()?);
    open()?.signing(app).or_else(|_| open())
}
