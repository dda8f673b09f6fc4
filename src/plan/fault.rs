//! What in a campaign does not hold together, by name: each view says it in its own words.

use std::fmt;

use serde::{Serialize, Serializer};

/// One thing that is wrong with a campaign; as text and in JSON it is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No block speaks to a segment of the audience.
    NoMessage {
        /// The segment.
        segment: String,
    },
    /// A block says something that its conditions do not look at.
    Unfounded {
        /// The block.
        block: String,
        /// What it says, as `claims` names it.
        claim: String,
    },
    /// Nothing in a mail can be followed.
    LeadsNowhere {
        /// The file of the template.
        template: String,
    },
    /// The project sets no budget of intrusion.
    NoBudget,
    /// Mails are over the budget of intrusion whatever was dropped.
    OverBudget {
        /// How many.
        mails: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMessage { segment } => write!(f, "segment `{segment}` has no message of its own"),
            Self::Unfounded { block, claim } => write!(f, "block `{block}` says `{claim}` and looks at no such data"),
            Self::LeadsNowhere { template } => write!(f, "template `{template}` leads nowhere: no link, no button"),
            Self::NoBudget => f.write_str("there is no budget: write `budget = 10` in `[intrusion]`"),
            Self::OverBudget { mails } => write!(f, "{mails} mails are over the budget whatever block is dropped"),
        }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_in_json() {
        let fault = Fault::Unfounded { block: "hero-paris".to_owned(), claim: "city".to_owned() };
        let line = "block `hero-paris` says `city` and looks at no such data";
        assert_eq!(serde_json::to_value(&fault).expect("it serialises"), serde_json::json!(line));
        assert_eq!(fault.to_string(), line);
    }
}
