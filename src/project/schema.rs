//! The JSON schema of each file, for editors (`relance schema`).

use serde_json::Value;

use super::campaign::CampaignSpec;
use super::config::Config;
use super::content::{BlockSpec, OffersFile, SegmentsFile};

/// The files that have a schema, by the word of the command.
pub const FILES: [&str; 5] = ["config", "campaign", "segments", "offers", "block"];

/// Returns the JSON schema of a file (JSON Schema 2020-12); `None` when the word is not one of [`FILES`].
pub fn schema(file: &str) -> Option<Value> {
    let schema = match file {
        "config" => schemars::schema_for!(Config),
        "campaign" => schemars::schema_for!(CampaignSpec),
        "segments" => schemars::schema_for!(SegmentsFile),
        "offers" => schemars::schema_for!(OffersFile),
        "block" => schemars::schema_for!(BlockSpec),
        _ => return None,
    };
    Some(schema.to_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_schema_that_refuses_unknown_keys() {
        for file in FILES {
            let schema = schema(file).expect("a schema");
            assert_eq!(schema["additionalProperties"], false, "{file}");
            assert!(schema["properties"].as_object().is_some_and(|properties| !properties.is_empty()), "{file}");
        }
        assert!(schema("campaigns").is_none());
    }
}
