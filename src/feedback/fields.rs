//! Groups of fields as status notifications and complaints write them (RFC 3464 section 2.1, RFC 5965 section 3).

/// Fields read of one report, and bytes kept of one.
const FIELDS_MAX: usize = 1_000;
const FIELD_BYTES_MAX: usize = 4_000;

/// One group: names in lower case, values unfolded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Group(Vec<(String, String)>);

impl Group {
    /// Returns the first value of a field, without spaces around.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Returns a value without the type in front: `rfc822; ana@shop.example` (RFC 3464 section 2.1.2).
    pub(super) fn typed(&self, name: &str) -> Option<&str> {
        let value = self.get(name)?;
        Some(value.split_once(';').map_or(value, |(_, rest)| rest).trim())
    }
}

/// Reads the groups of a report, separated by empty lines; what is no field is passed over.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let mut groups = vec![Group::default()];
    let mut n_fields = 0;
    for line in text.lines() {
        let Some(group) = groups.last_mut() else { break };
        if line.trim().is_empty() {
            if !group.0.is_empty() {
                groups.push(Group::default());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.0.last_mut().filter(|(_, value)| value.len() + line.len() < FIELD_BYTES_MAX) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            n_fields += 1;
            if n_fields > FIELDS_MAX {
                break;
            }
            let kept = value.floor_char_boundary(FIELD_BYTES_MAX);
            group.0.push((name.trim().to_ascii_lowercase(), value.get(..kept).unwrap_or_default().to_owned()));
        }
    }
    groups.retain(|group| !group.0.is_empty());
    groups
}

/// Finds addresses in a header or a field, whatever stands around them, without angle brackets.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let around = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')');
    text.split(around).filter(|word| word.len() <= 512 && word.contains('@') && !word.starts_with('@') && !word.ends_with('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_unfolded_and_told_apart() {
        let found = groups("Reporting-MTA: dns; mx\r\n\r\n\r\nAction: failed\r\nDiagnostic-Code: smtp; 550\r\n 5.1.1 no\r\nnoise\r\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].get("action"), Some("failed"));
        assert_eq!(found[1].typed("diagnostic-code"), Some("550 5.1.1 no"));
        assert_eq!(found[0].typed("reporting-mta"), Some("mx"));
        assert!(groups(" folded\n\n:\n").len() <= 1);
        let many = "a: b\n\n".repeat(100_000);
        assert!(groups(&many).len() <= FIELDS_MAX + 1);
    }

    #[test]
    fn addresses_are_found_in_headers() {
        let found: Vec<_> = addresses("\"Ana, L\" <ana@shop.example>, bob@b.example; @x y@ <>").collect();
        assert_eq!(found, ["ana@shop.example", "bob@b.example"]);
    }
}
