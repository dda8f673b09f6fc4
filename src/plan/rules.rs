//! Everything of a project that is compiled against the names its data has: segments, blocks, offers, audiences.

use toml::Spanned;

use super::guard;
use crate::audience::Segments;
use crate::condition::{Condition, Schema, ScoreState, compile_all};
use crate::error::{Diagnostic, Severity};
use crate::project::Project;
use crate::project::config::SlowerSpec;
use crate::selection::{Blocks, Offers};

/// The compiled rules of a project.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Names that conditions may use.
    pub schema: Schema,
    /// Segments.
    pub segments: Segments,
    /// Blocks.
    pub blocks: Blocks,
    /// Offers.
    pub offers: Offers,
}

impl Rules {
    /// Compiles every condition of a project; `attributes` and `topics` are known once the data has been read.
    ///
    /// # Errors
    /// All mistakes together, when one of them is an error.
    pub fn compile(project: &Project, schema: Schema) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (rules, found) = Self::examine(project, schema);
        if found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) { Err(found) } else { Ok((rules, found)) }
    }

    /// Compiles every condition that can be compiled, for a look at all mistakes; a rule with a mistake holds for everybody.
    pub fn examine(project: &Project, mut schema: Schema) -> (Self, Vec<Diagnostic>) {
        schema.segments = project.segments.segments.keys().map(|name| name.get_ref().clone()).collect();
        for score in &project.settings.scores {
            schema
                .scores
                .entry(score.name.clone())
                .or_insert_with(|| ScoreState { has_band: score.kind.has_band() || score.undecided.is_some(), ..ScoreState::default() });
        }
        let (segments, mut found) = Segments::compile(project, &schema);
        let (blocks, in_blocks) = Blocks::compile(project, &schema, &segments);
        let (offers, in_offers) = Offers::compile(project, &schema, &segments);
        found.extend(in_blocks);
        found.extend(in_offers);
        for campaign in project.campaigns.values() {
            let stops = campaign.spec.trigger.iter().flat_map(|trigger| &trigger.stop);
            let conditions: Vec<_> = campaign.spec.audience.all.iter().chain(stops).cloned().collect();
            match compile_all(&conditions, &campaign.text, &schema) {
                Ok(conditions) => found.extend(conditions.warnings().cloned()),
                Err(mistakes) => found.extend(mistakes),
            }
        }
        for spec in &project.config.pressure.slower {
            found.extend(slower(project, spec, &schema).err().into_iter().flatten());
        }
        found.extend(guard::guard(project, &schema, &segments));
        (Self { schema, segments, blocks, offers }, found)
    }
}

/// Compiles the condition of people who are written to less often.
pub(super) fn slower(project: &Project, spec: &SlowerSpec, schema: &Schema) -> Result<Vec<Condition>, Vec<Diagnostic>> {
    let (text, place) = project.config_layers.place(spec.when.span());
    let written = Spanned::new(place, spec.when.get_ref().clone());
    compile_all(&[written], text, schema).map(|all| all.conditions)
}
