//! `relance schema`: the JSON Schema of every file one writes and of every output one reads.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use relance::error::{Error, Kind, Result};
use relance::project::schema::{self, FILES};
use serde_json::Value;

use super::out::Out;

/// Outputs of `--json`, by command; `config` is the file, so what the command of that name prints is `config-values`.
const OUTPUTS: [(&str, &str); 38] = [
    ("check", include_str!("../../docs/schemas/check.json")),
    ("check-mails", include_str!("../../docs/schemas/check-mails.json")),
    ("plan", include_str!("../../docs/schemas/plan.json")),
    ("explain", include_str!("../../docs/schemas/explain.json")),
    ("preview", include_str!("../../docs/schemas/preview.json")),
    ("preview-diff", include_str!("../../docs/schemas/preview-diff.json")),
    ("run", include_str!("../../docs/schemas/run.json")),
    ("status", include_str!("../../docs/schemas/status.json")),
    ("send", include_str!("../../docs/schemas/send.json")),
    ("export", include_str!("../../docs/schemas/export.json")),
    ("test", include_str!("../../docs/schemas/test.json")),
    ("profile-show", include_str!("../../docs/schemas/profile-show.json")),
    ("profile-build", include_str!("../../docs/schemas/profile-build.json")),
    ("config-values", include_str!("../../docs/schemas/config-values.json")),
    ("init", include_str!("../../docs/schemas/init.json")),
    ("error", include_str!("../../docs/schemas/error.json")),
    ("profile-export", include_str!("../../docs/schemas/profile-export.json")),
    ("audit", include_str!("../../docs/schemas/audit.json")),
    ("audit-potential", include_str!("../../docs/schemas/audit-potential.json")),
    ("audit-segments", include_str!("../../docs/schemas/audit-segments.json")),
    ("discover", include_str!("../../docs/schemas/discover.json")),
    ("backtest", include_str!("../../docs/schemas/backtest.json")),
    ("audit-delivery", include_str!("../../docs/schemas/audit-delivery.json")),
    ("dkim-keygen", include_str!("../../docs/schemas/dkim-keygen.json")),
    ("feedback", include_str!("../../docs/schemas/feedback.json")),
    ("ledger", include_str!("../../docs/schemas/ledger.json")),
    ("ledger-prune", include_str!("../../docs/schemas/ledger-prune.json")),
    ("forget", include_str!("../../docs/schemas/forget.json")),
    ("suppress", include_str!("../../docs/schemas/suppress.json")),
    ("plan-approve", include_str!("../../docs/schemas/plan-approve.json")),
    ("report", include_str!("../../docs/schemas/report.json")),
    ("sandbox", include_str!("../../docs/schemas/sandbox.json")),
    ("serve", include_str!("../../docs/schemas/serve.json")),
    ("checks-update", include_str!("../../docs/schemas/checks-update.json")),
    ("score-evaluate", include_str!("../../docs/schemas/score-evaluate.json")),
    ("score-train", include_str!("../../docs/schemas/score-train.json")),
    ("score-judge", include_str!("../../docs/schemas/score-judge.json")),
    ("score-apply", include_str!("../../docs/schemas/score-apply.json")),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file of the project, or the command whose JSON output it is.
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(FILES.into_iter().chain(OUTPUTS.map(|(name, _)| name))))]
    name: String,
}

pub(crate) fn run(args: &Args, out: &Out) -> Result<ExitCode> {
    let schema = match OUTPUTS.iter().find(|(name, _)| *name == args.name) {
        Some((_, text)) => serde_json::from_str(text).ok(),
        None => schema::schema(&args.name),
    };
    let text = schema.as_ref().and_then(|schema: &Value| serde_json::to_string_pretty(schema).ok());
    out.data(text.ok_or_else(|| Error::new(Kind::Usage, format!("there is no schema `{}`", args.name)))?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_schema_is_json() {
        for (name, text) in OUTPUTS {
            let schema: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(schema["title"].is_string(), "{name}");
        }
    }
}
