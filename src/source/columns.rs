//! The columns of a source: what the contract asks, what a file has, and the map between the two.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::error::{Error, Kind, closest};
use crate::project::config::SourceSpec;

/// One column of the contract.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Our name.
    pub name: &'static str,
    /// Must every file have it.
    pub required: bool,
    /// Is it text whatever the file's type: ids written as numbers become text.
    pub text: bool,
}

/// What a source asks of its files: the contract of its record and the project's names.
#[derive(Debug)]
pub(super) struct Contract {
    pub(super) source: String,
    pub(super) columns: &'static [Column],
    /// At least one of these must be there.
    pub(super) one_of: &'static [&'static str],
    /// Name in the files of each column of the contract.
    theirs: Vec<String>,
    /// Whether the project named it, so that its absence is a mistake even when the contract can do without.
    mapped: Vec<bool>,
    /// Their name to our position.
    positions: HashMap<String, usize>,
    /// Their name to the name of an extra column: attributes, `consent_*`.
    renamed: HashMap<String, String>,
}

impl Contract {
    /// Joins the contract of a record with `columns = { ours = "theirs" }`.
    pub(super) fn new(
        source: &str,
        columns: &'static [Column],
        one_of: &'static [&'static str],
        keeps_extras: bool,
        spec: &SourceSpec,
    ) -> Result<Self, Error> {
        let mut theirs: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
        let mut mapped = vec![false; columns.len()];
        let mut renamed = HashMap::new();
        for (ours, name) in &spec.columns {
            let name = name.get_ref().clone();
            if let Some(position) = columns.iter().position(|column| column.name == ours) {
                theirs[position] = name;
                mapped[position] = true;
            } else if keeps_extras {
                renamed.insert(name, ours.clone());
            } else {
                let error = Error::new(Kind::Project, format!("`{ours}` is not a column of source `{source}`"));
                let known: Vec<&str> = columns.iter().map(|column| column.name).collect();
                let help = match closest(ours, known.iter().copied()) {
                    Some(guess) => format!("did you mean `{guess}` in `columns` of [sources.{source}]?"),
                    None => format!("columns are {}", list(known)),
                };
                return Err(error.help(help));
            }
        }
        let positions = theirs.iter().enumerate().map(|(position, name)| (name.clone(), position)).collect();
        Ok(Self { source: source.to_owned(), columns, one_of, theirs, mapped, positions, renamed })
    }

    /// Returns the position of a file's column in the contract.
    pub(super) fn position(&self, theirs: &str) -> Option<usize> {
        self.positions.get(theirs).copied()
    }

    /// Returns the name under which a column outside the contract is kept.
    pub(super) fn extra_name<'a>(&'a self, theirs: &'a str) -> &'a str {
        self.renamed.get(theirs).map_or(theirs, String::as_str)
    }

    /// Returns the name the files give to a column of the contract.
    pub(super) fn theirs(&self, position: usize) -> &str {
        &self.theirs[position]
    }

    /// Checks the columns of one file: required and mapped ones are there, none is there twice.
    pub(super) fn check<'a>(&self, file: &str, found: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        for name in found {
            if !seen.insert(name) {
                return Err(Error::new(Kind::Data, format!("source `{}`: `{file}` has two columns named `{name}`", self.source))
                    .help(format!("rename one of them where `{file}` is made")));
            }
        }
        for (position, column) in self.columns.iter().enumerate() {
            if (column.required || self.mapped[position]) && !seen.contains(self.theirs(position)) {
                return Err(self.missing(file, self.theirs(position), column.name, &seen));
            }
        }
        for (theirs, ours) in &self.renamed {
            if !seen.contains(theirs.as_str()) {
                return Err(self.missing(file, theirs, ours, &seen));
            }
        }
        let there =
            |ours: &&str| self.columns.iter().position(|column| column.name == *ours).is_some_and(|at| seen.contains(self.theirs(at)));
        if !self.one_of.is_empty() && !self.one_of.iter().any(there) {
            let wanted = self.one_of.join("` nor `");
            return Err(Error::new(Kind::Data, format!("source `{}`: `{file}` has neither `{wanted}`", self.source))
                .detail(format!("columns found: {}", list(seen.iter().copied())))
                .help(format!("add `columns = {{ {} = \"THEIR NAME\" }}` to [sources.{}]", self.one_of[0], self.source)));
        }
        Ok(())
    }

    fn missing(&self, file: &str, theirs: &str, ours: &str, seen: &BTreeSet<&str>) -> Error {
        let error = Error::new(Kind::Data, format!("source `{}`: `{file}` has no column `{theirs}`", self.source))
            .detail(format!("columns found: {}", list(seen.iter().copied())));
        let free = seen.iter().copied().filter(|name| self.position(name).is_none());
        error.help(match closest(theirs, free) {
            Some(guess) => format!("did you mean `{guess}`? write `columns = {{ {ours} = \"{guess}\" }}` in [sources.{}]", self.source),
            None => format!("write `columns = {{ {ours} = \"THEIR NAME\" }}` in [sources.{}]", self.source),
        })
    }

    /// Maps the columns of a file with a header.
    pub(super) fn layout(&self, found: &[String]) -> Layout {
        let mut columns = vec![None; self.columns.len()];
        let mut extras = Vec::new();
        for (index, name) in found.iter().enumerate() {
            match self.position(name) {
                Some(position) => columns[position] = Some(index),
                None => extras.push((self.extra_name(name).to_owned(), index)),
            }
        }
        Layout { columns, extras, names: found.to_vec() }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Where the columns of the contract are in one file.
#[derive(Debug)]
pub(super) struct Layout {
    /// Index in the file of each column of the contract.
    pub(super) columns: Vec<Option<usize>>,
    /// Name and index of every other column.
    pub(super) extras: Vec<(String, usize)>,
    /// The file's own names, in order.
    pub(super) names: Vec<String>,
}
