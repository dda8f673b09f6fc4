//! The checked tree of a condition, and its print as SQL.

use std::fmt::{self, Display as _};

use chrono::NaiveDate;

use super::functions::Call;
use super::schema::Field;
use super::subject::Truth;

/// A checked expression: types agree, names exist, literals are read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Two or more terms.
    And(Vec<Node>),
    /// Two or more terms.
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Between {
        value: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
        negated: bool,
    },
    In {
        value: Box<Node>,
        list: Vec<Node>,
        negated: bool,
    },
    Like {
        value: Box<Node>,
        pattern: String,
        negated: bool,
    },
    IsNull {
        value: Box<Node>,
        negated: bool,
    },
    Is {
        value: Box<Node>,
        what: Truth,
        negated: bool,
    },
    Arithmetic(Operation, Box<Node>, Box<Node>),
    Negate(Box<Node>),
    Bool(bool),
    Number(f64),
    Text(String),
    Date(NaiveDate),
    Field(Field),
    Attribute(String),
    Account(String),
    Call(Call),
    Macro(&'static str, Box<Node>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Comparison {
    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Different => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
        }
    }
}

/// An arithmetic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operation {
    fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
        }
    }
}

impl Node {
    /// Returns how tightly it holds together, by the precedences of SQL.
    fn tightness(&self) -> Tightness {
        match self {
            Self::Or(_) => Tightness::Or,
            Self::And(_) => Tightness::And,
            Self::Not(_) => Tightness::Not,
            Self::Compare(..) | Self::Between { .. } | Self::In { .. } | Self::Like { .. } | Self::IsNull { .. } | Self::Is { .. } => {
                Tightness::Predicate
            }
            Self::Arithmetic(Operation::Add | Operation::Subtract, ..) => Tightness::Sum,
            Self::Arithmetic(..) => Tightness::Product,
            Self::Negate(_) => Tightness::Sign,
            Self::Number(number) if number.is_sign_negative() => Tightness::Sign,
            _ => Tightness::Atom,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Or,
    And,
    Not,
    Predicate,
    Sum,
    Product,
    Sign,
    Atom,
}

/// A node to print; parentheses only where SQL needs them.
pub(super) struct Printed<'a> {
    pub(super) node: &'a Node,
    /// Print the rule of a macro instead of its name.
    pub(super) expand: bool,
}

impl Printed<'_> {
    fn with<'b>(&self, node: &'b Node) -> Printed<'b> {
        Printed { node, expand: self.expand }
    }

    /// Prints `node`, in parentheses when it is looser than `at_least`.
    fn part(&self, f: &mut fmt::Formatter<'_>, node: &Node, at_least: Tightness) -> fmt::Result {
        let node = match node {
            Node::Macro(_, rule) if self.expand => rule,
            node => node,
        };
        if node.tightness() < at_least { write!(f, "({})", self.with(node)) } else { self.with(node).fmt(f) }
    }

    fn chain(&self, f: &mut fmt::Formatter<'_>, terms: &[Node], separator: &str, at_least: Tightness) -> fmt::Result {
        for (position, term) in terms.iter().enumerate() {
            if position > 0 {
                f.write_str(separator)?;
            }
            self.part(f, term, at_least)?;
        }
        Ok(())
    }

    fn call(&self, f: &mut fmt::Formatter<'_>, call: &Call) -> fmt::Result {
        write!(f, "{}(", call.name())?;
        match call {
            Call::Affinity(topic) => write!(f, "{}", Quoted(&topic.text)),
            Call::BoughtWithin(topic, window)
            | Call::ViewedWithin(topic, window)
            | Call::CountBought(topic, window)
            | Call::CountViewed(topic, window) => write!(f, "{}, {}", Quoted(&topic.text), Quoted(&window.text)),
            Call::CountEvent(text, window) | Call::CountTitles(text, window) | Call::Searched(text, window) => {
                write!(f, "{}, {}", Quoted(text), Quoted(&window.text))
            }
            Call::DaysSince(node) | Call::DaysUntil(node) | Call::Lower(node) => self.with(node).fmt(f),
            Call::IsBirthday(0) => Ok(()),
            Call::IsBirthday(days) => write!(f, "{days}"),
            Call::InSegment(name) | Call::Score(name) | Call::Undecided(name) | Call::Consent(name) | Call::CountEventThisMonth(name) => {
                write!(f, "{}", Quoted(name))
            }
            Call::Answered(question, value) => write!(f, "{}, {}", Quoted(question), Quoted(value)),
            Call::WithinKm { lat, lon, km } => write!(f, "{}, {}, {}", Decimal(*lat), Decimal(*lon), Decimal(*km)),
        }?;
        f.write_str(")")
    }
}

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        match self.node {
            Node::And(terms) => self.chain(f, terms, " AND ", Tightness::Not),
            Node::Or(terms) => self.chain(f, terms, " OR ", Tightness::And),
            Node::Not(node) => {
                f.write_str("NOT ")?;
                self.part(f, node, Tightness::Not)
            }
            Node::Compare(comparison, left, right) => {
                self.part(f, left, Tightness::Sum)?;
                write!(f, " {} ", comparison.sign())?;
                self.part(f, right, Tightness::Sum)
            }
            Node::Between { value, low, high, negated } => {
                self.part(f, value, Tightness::Sum)?;
                write!(f, " {}BETWEEN ", not(negated))?;
                self.part(f, low, Tightness::Sum)?;
                f.write_str(" AND ")?;
                self.part(f, high, Tightness::Sum)
            }
            Node::In { value, list, negated } => {
                self.part(f, value, Tightness::Sum)?;
                write!(f, " {}IN (", not(negated))?;
                self.chain(f, list, ", ", Tightness::Or)?;
                f.write_str(")")
            }
            Node::Like { value, pattern, negated } => {
                self.part(f, value, Tightness::Sum)?;
                write!(f, " {}LIKE {}", not(negated), Quoted(pattern))
            }
            Node::IsNull { value, negated } => {
                self.part(f, value, Tightness::Sum)?;
                write!(f, " IS {}NULL", not(negated))
            }
            Node::Is { value, what, negated } => {
                self.part(f, value, Tightness::Sum)?;
                write!(f, " IS {}{}", not(negated), what.to_string().to_uppercase())
            }
            Node::Arithmetic(operation, left, right) => {
                let own = self.node.tightness();
                self.part(f, left, own)?;
                write!(f, " {} ", operation.sign())?;
                self.part(f, right, if own == Tightness::Sum { Tightness::Product } else { Tightness::Sign })
            }
            Node::Negate(node) => {
                f.write_str("-")?;
                self.part(f, node, Tightness::Atom)
            }
            Node::Bool(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Node::Number(number) => Decimal(*number).fmt(f),
            Node::Text(text) => Quoted(text).fmt(f),
            Node::Date(day) => write!(f, "'{day}'"),
            Node::Field(field) => f.write_str(field.info().name),
            Node::Attribute(name) => write!(f, "attr.{}", Name(name)),
            Node::Account(name) => write!(f, "account.{}", Name(name)),
            Node::Call(call) => self.call(f, call),
            Node::Macro(_, rule) if self.expand => self.with(rule).fmt(f),
            Node::Macro(name, _) => f.write_str(name),
        }
    }
}

/// A text literal of SQL: quotes inside are doubled.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

/// A column name: in double quotes unless it is a plain word.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && self.0.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}

/// A number that reads back as the same number.
pub(super) struct Decimal(pub(super) f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0 == 0.0 || (1e-6..1e15).contains(&self.0.abs());
        if plain { write!(f, "{}", self.0) } else { write!(f, "{:e}", self.0) }
    }
}
