//! The scores of a project, ready to be laid over profiles.

use std::sync::Arc;

use super::columns::figures;
use super::model::{Band, Model};
use crate::clock::{Now, Timestamp};
use crate::condition::{ScoreState, Trouble};
use crate::profile::{Profile, Scored};
use crate::project::checked::Score;
use crate::project::config::ScoreKind;

/// Days after which a model is old.
const AGE_MAX_DAYS: i64 = 30;

/// One score.
#[derive(Debug, Clone)]
pub struct Scorer {
    name: Arc<str>,
    kind: ScoreKind,
    way: Way,
    band: Option<Band>,
}

/// Where a score comes from.
#[derive(Debug, Clone)]
enum Way {
    /// An extra column of the contacts.
    Column(String),
    /// A model.
    Model(Box<Model>),
    /// Nowhere yet.
    Nothing(Trouble),
}

/// All scores of a project, in order of name.
#[derive(Debug, Clone, Default)]
pub struct Scorers {
    list: Vec<Scorer>,
    at: Timestamp,
    may: May,
}

/// Whose scores may be computed.
#[derive(Debug, Clone, Copy, Default)]
pub struct May {
    /// Whether contacts say anything of the consent to profiling.
    pub asks_profiling: bool,
    /// A consent given then or earlier counts as none.
    pub expired: Option<Timestamp>,
}

impl May {
    /// Says whether a person may be scored, and be learned from.
    pub fn score(&self, profile: &Profile) -> bool {
        profile.contact.may_be_profiled(self.asks_profiling, self.expired)
    }
}

impl Scorer {
    /// Makes a score of what the project says and of its model, when it has one.
    pub fn new(score: &Score, model: Option<Model>) -> Self {
        let band = score.undecided.map(|[low, high]| Band { low, high });
        // Of a difference of two probabilities nobody can say beforehand where it is undecided.
        let learned = model.as_ref().filter(|_| score.kind != ScoreKind::Uplift).map(|model| model.band);
        let way = match (&score.column, model) {
            (Some(column), _) => Way::Column(column.clone()),
            (None, None) => Way::Nothing(Trouble::NotLearned),
            (None, Some(model)) if model.is_current() && model.kind == score.kind && model.horizon_days == score.horizon_days => {
                Way::Model(Box::new(model))
            }
            (None, Some(_)) => Way::Nothing(Trouble::OtherForm),
        };
        Self { name: score.name.as_str().into(), kind: score.kind, way, band: band.or(learned) }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its model, when it has one.
    pub fn model(&self) -> Option<&Model> {
        match &self.way {
            Way::Model(model) => Some(model),
            _ => None,
        }
    }

    /// Returns the scores between which a person is undecided.
    pub fn band(&self) -> Option<Band> {
        self.band
    }

    /// Returns the score of a person; `None` of who it says nothing about.
    pub fn of(&self, profile: &Profile, at: Timestamp) -> Option<f64> {
        match &self.way {
            Way::Column(column) => {
                profile.contact.attributes.get(column)?.trim().replace(',', ".").parse().ok().filter(|score: &f64| score.is_finite())
            }
            Way::Model(model) => asks(self.kind, profile).then(|| figures(profile, at)).flatten().map(|figures| model.score(&figures)),
            Way::Nothing(_) => None,
        }
    }

    fn state(&self, now: Now) -> ScoreState {
        let trouble = match &self.way {
            Way::Column(_) => None,
            Way::Nothing(trouble) => Some(*trouble),
            Way::Model(model) => {
                let age = (now.today() - model.learned_until).num_days();
                if age > AGE_MAX_DAYS { Some(Trouble::Old { days: age }) } else { (age < 0).then_some(Trouble::Later) }
            }
        };
        ScoreState { trouble, has_band: self.band.is_some() || self.kind.has_band() }
    }
}

/// Says whether a score of a kind is about a person: only who ordered can stop ordering.
pub fn asks(kind: ScoreKind, profile: &Profile) -> bool {
    kind != ScoreKind::Churn || profile.orders.n > 0
}

impl Scorers {
    /// Puts scores together as they are at an instant.
    pub fn new(list: Vec<Scorer>, at: Timestamp, may: May) -> Self {
        Self { list, at, may }
    }

    /// Lists the scores.
    pub fn all(&self) -> &[Scorer] {
        &self.list
    }

    /// Lays the scores of a person over their profile; nobody who may not be profiled has any.
    pub fn lay_over(&self, profile: &mut Profile) {
        if !self.may.score(profile) {
            return;
        }
        let scored = |scorer: &Scorer| {
            let value = scorer.of(profile, self.at)?;
            Some(Scored { name: Arc::clone(&scorer.name), value, is_undecided: scorer.band.map(|band| band.holds(value)) })
        };
        profile.scores = self.list.iter().filter_map(scored).collect();
    }

    /// Says of each score what conditions should know: its name, and what is wrong with its model.
    pub fn states(&self, now: Now) -> impl Iterator<Item = (String, ScoreState)> {
        self.list.iter().map(move |scorer| (scorer.name.to_string(), scorer.state(now)))
    }
}
