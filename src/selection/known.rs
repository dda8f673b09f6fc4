//! What is worked out once for all slots of a mail.

use std::cell::{OnceCell, RefCell};

use super::candidate::Proposal;
use crate::project::campaign::Purpose;
use crate::recommend::{History, Track};

/// What slots of one mail ask of the blend; those that ask the same get the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) track: Track,
    pub(super) purpose: Purpose,
    /// Whether what the person did may be used.
    pub(super) may_profile: bool,
}

/// What is known of a person once the first slot has asked.
#[derive(Debug, Default)]
pub(super) struct Known {
    history: OnceCell<History>,
    blends: RefCell<Vec<(Question, Vec<Proposal>)>>,
}

impl Known {
    /// What the person did, as the models look at it.
    pub(super) fn history(&self, make: impl FnOnce() -> History) -> &History {
        self.history.get_or_init(make)
    }

    /// What the blend proposes; `make` may answer for other tracks at once.
    pub(super) fn blend(&self, asked: Question, make: impl FnOnce() -> Vec<(Track, Vec<Proposal>)>) -> Vec<Proposal> {
        let find = || self.blends.borrow().iter().find(|known| known.0 == asked).map(|known| known.1.clone());
        find().unwrap_or_else(|| {
            let answers = make();
            self.blends.borrow_mut().extend(answers.into_iter().map(|(track, proposals)| (Question { track, ..asked }, proposals)));
            find().unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_is_answered_once() {
        let (known, mut n_made) = (Known::default(), 0);
        let all = Question { track: Track::All, purpose: Purpose::Newsletter, may_profile: true };
        let new = Question { track: Track::New, ..all };
        for asked in [all, new, all, Question { may_profile: false, ..all }, new, Question { purpose: Purpose::Cart, ..all }] {
            let answers = || {
                n_made += 1;
                [Track::All, Track::New].map(|track| (track, Vec::new())).into()
            };
            assert_eq!(known.blend(asked, answers), []);
        }
        assert_eq!(n_made, 3);
    }
}
