//! The front-page test: what a newspaper would print of the most intrusive mails of a plan. Ids only, never a name or an address.

use serde::Serialize;

use super::decision::Decision;
use crate::id::ContactId;
use crate::project::privacy::Visible;
use crate::selection::{Intrusion, Seen};

/// Mails kept.
const KEPT: usize = 5;

/// The most intrusive mails so far, the worst first.
#[derive(Debug, Clone, Default)]
pub struct FrontPage(Vec<Story>);

/// One mail, as it would be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Id of the person.
    pub recipient: ContactId,
    /// Points of the mail.
    pub points: u32,
    /// What would be read, one sentence a thing.
    pub sentences: Vec<String>,
}

impl FrontPage {
    /// Looks at one decision.
    pub fn add(&mut self, recipient: &ContactId, decision: &Decision) {
        let Decision::Admitted(admission) = decision else { return };
        let intrusion = &admission.composition.intrusion;
        let is_worse = |story: &Story| (intrusion.points, &story.recipient) > (story.points, recipient);
        let full = self.0.len() >= KEPT;
        if intrusion.points == 0 || full && self.0.last().is_some_and(|last| !is_worse(last)) {
            return;
        }
        self.0.push(Story { recipient: recipient.clone(), points: intrusion.points, sentences: sentences(intrusion) });
        self.0.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.recipient.cmp(&b.recipient)));
        self.0.truncate(KEPT);
    }

    /// Returns the stories, the worst first.
    pub fn stories(&self) -> &[Story] {
        &self.0
    }
}

fn sentences(intrusion: &Intrusion) -> Vec<String> {
    intrusion.seen.iter().map(sentence).collect()
}

fn sentence(seen: &Seen) -> String {
    let which = &seen.which;
    let known = match seen.what {
        Visible::Menu => format!("in which order they like the shop ({which})"),
        Visible::Orders => format!("what they bought ({which})"),
        Visible::Cart => format!("what lies in their cart ({which})"),
        Visible::City => format!("where they live ({which})"),
        Visible::Declared => format!("what they told about themselves ({which})"),
        Visible::Answers => format!("what they answered ({which})"),
        Visible::Contracts => format!("which card or contract they hold ({which})"),
        Visible::Age => format!("how old they are, or their gender ({which})"),
        Visible::InferredInterest => format!("what they must like, a guess ({which})"),
        Visible::ViewedCategory => format!("which part of the shop they looked at ({which})"),
        Visible::ViewedItem => format!("which things they looked at ({which})"),
        Visible::Searched => format!("what they searched for ({which})"),
        Visible::Score => format!("what they are reckoned to do next ({which})"),
        Visible::Other => format!("something that no list knows ({which})"),
    };
    let fresh = if seen.is_fresh { ", within the last day" } else { "" };
    let sensitive = if seen.is_sensitive { ", and it is sensitive" } else { "" };
    format!("The shop wrote to them knowing {known}{fresh}{sensitive}.")
}
