//! From a syntax tree to a checked one: an allow-list of nodes, names looked up, types compared.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::NaiveDate;
use sqlparser::ast::{BinaryOperator, Expr, Ident, Spanned as _, UnaryOperator, Value as Literal};

use super::node::{Comparison, Node, Operation, Printed};
use super::origin::Origin;
use super::parse::{ALLOWED, CONDITION_DEPTH_MAX, too_deep};
use super::schema::{ACCOUNT_COLUMNS, FIELDS, Field, Schema, Type, Use};
use super::subject::Truth;
use super::{Condition, Warnings, functions, macros, parse};
use crate::clock::Span;
use crate::error::Diagnostic;

/// Checks a parsed condition; every mistake is reported, not the first alone.
pub(super) fn check(parsed: &Expr, origin: &Origin<'_>, schema: &Schema) -> Result<Condition, Vec<Diagnostic>> {
    let mut checker = Checker::new(origin, schema);
    let root = checker.truth(parsed, 0);
    match root {
        Some(root) if checker.errors.is_empty() => Ok(Condition {
            words: Printed { node: &root, expand: false }.to_string().into(),
            root,
            uses: checker.uses,
            fields: checker.fields,
            segments: checker.segments,
            named: checker.named,
            shortest_view: checker.shortest_view,
            warnings: Warnings(checker.warnings),
        }),
        _ => Err(checker.errors),
    }
}

/// A checked expression, its type and where it stands.
#[derive(Clone)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kind: Type,
    pub(super) at: Range<usize>,
}

pub(super) struct Checker<'a> {
    pub(super) origin: &'a Origin<'a>,
    pub(super) schema: &'a Schema,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) uses: BTreeSet<Use>,
    pub(super) fields: Vec<Field>,
    pub(super) segments: Vec<String>,
    pub(super) named: BTreeSet<String>,
    pub(super) shortest_view: Option<Span>,
}

impl<'a> Checker<'a> {
    fn new(origin: &'a Origin<'a>, schema: &'a Schema) -> Self {
        let (errors, warnings, uses, fields, segments, named, shortest_view) = Default::default();
        Self { origin, schema, errors, warnings, uses, fields, segments, named, shortest_view }
    }

    /// Reports a mistake at a place; returns `None` so that a caller can leave with it.
    pub(super) fn refuse<T>(&mut self, error: Diagnostic, at: Range<usize>, label: &str) -> Option<T> {
        self.errors.push(self.origin.place(error, at, label));
        None
    }

    pub(super) fn at(&self, expr: &Expr) -> Range<usize> {
        self.origin.bytes(expr.span())
    }

    /// Checks an expression that must be true or false.
    fn truth(&mut self, expr: &Expr, depth: usize) -> Option<Node> {
        let typed = self.expr(expr, depth)?;
        if typed.kind == Type::Bool {
            return Some(typed.node);
        }
        let error = Diagnostic::error("condition::type", format!("a condition is true or false, this is {}", typed.kind.word()));
        let help = match typed.kind {
            Type::Any => "compare it: `attr.name = TRUE`",
            Type::Text => "compare it: `field = 'text'`",
            _ => "compare it: `field > 0`",
        };
        self.refuse(error.help(help), typed.at, typed.kind.word())
    }

    /// Checks any expression.
    pub(super) fn expr(&mut self, expr: &Expr, depth: usize) -> Option<Typed> {
        let at = self.at(expr);
        if depth > CONDITION_DEPTH_MAX {
            self.errors.push(too_deep(self.origin, at));
            return None;
        }
        let below = depth + 1;
        let (node, kind) = match expr {
            Expr::Nested(inner) => return self.expr(inner, depth),
            Expr::Identifier(name) => return self.name(name, depth, at),
            Expr::CompoundIdentifier(path) => self.column(path, &at)?,
            Expr::Value(value) => self.literal(&value.value, &at)?,
            Expr::Function(function) => return self.call(function, below, at),
            Expr::BinaryOp { op: BinaryOperator::And, .. } => (Node::And(self.chain(expr, &BinaryOperator::And, below)?), Type::Bool),
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => (Node::Or(self.chain(expr, &BinaryOperator::Or, below)?), Type::Bool),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, below, &at)?,
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => (Node::Not(Box::new(self.truth(expr, below)?)), Type::Bool),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => (negate(self.number(expr, "-", below)?), Type::Number),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => (self.number(expr, "+", below)?, Type::Number),
            Expr::Between { expr, negated, low, high } => (self.between(expr, low, high, *negated, below)?, Type::Bool),
            Expr::InList { expr, list, negated } => (self.in_list(expr, list, *negated, below)?, Type::Bool),
            Expr::Like { negated, any: false, expr, pattern, escape_char: None }
            | Expr::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                (self.like(expr, pattern, *negated, below)?, Type::Bool)
            }
            Expr::IsNull(value) => (Node::IsNull { value: self.boxed(value, below)?, negated: false }, Type::Bool),
            Expr::IsNotNull(value) => (Node::IsNull { value: self.boxed(value, below)?, negated: true }, Type::Bool),
            Expr::IsTrue(value) => (self.is(value, Truth::True, false, below)?, Type::Bool),
            Expr::IsNotTrue(value) => (self.is(value, Truth::True, true, below)?, Type::Bool),
            Expr::IsFalse(value) => (self.is(value, Truth::False, false, below)?, Type::Bool),
            Expr::IsNotFalse(value) => (self.is(value, Truth::False, true, below)?, Type::Bool),
            Expr::IsUnknown(value) => (self.is(value, Truth::Unknown, false, below)?, Type::Bool),
            Expr::IsNotUnknown(value) => (self.is(value, Truth::Unknown, true, below)?, Type::Bool),
            other => {
                let error = Diagnostic::error("condition::not-allowed", format!("{} is not part of the language", describe(other)));
                return self.refuse(error.help(ALLOWED), at, "not allowed here");
            }
        };
        Some(Typed { node, kind, at })
    }

    /// Checks the terms of a chain of one operator, however the parser nested them.
    fn chain(&mut self, expr: &Expr, operator: &BinaryOperator, depth: usize) -> Option<Vec<Node>> {
        let (mut left_to_do, mut terms, mut all_good) = (vec![expr], Vec::new(), true);
        while let Some(mut next) = left_to_do.pop() {
            while let Expr::Nested(inner) = next {
                next = inner;
            }
            match next {
                Expr::BinaryOp { left, op, right } if op == operator => left_to_do.extend([right.as_ref(), left.as_ref()]),
                term => match self.truth(term, depth) {
                    Some(node) => terms.push(node),
                    None => all_good = false,
                },
            }
        }
        all_good.then_some(terms)
    }

    fn boxed(&mut self, expr: &Expr, depth: usize) -> Option<Box<Node>> {
        Some(Box::new(self.expr(expr, depth)?.node))
    }

    fn is(&mut self, value: &Expr, what: Truth, negated: bool, depth: usize) -> Option<Node> {
        Some(Node::Is { value: Box::new(self.truth(value, depth)?), what, negated })
    }

    /// Checks an expression that must be a number.
    fn number(&mut self, expr: &Expr, sign: &str, depth: usize) -> Option<Node> {
        let typed = self.expr(expr, depth)?;
        if matches!(typed.kind, Type::Number | Type::Any) {
            return Some(typed.node);
        }
        let error = Diagnostic::error("condition::type", format!("`{sign}` wants numbers, this is {}", typed.kind.word()));
        let help = match typed.kind {
            Type::Instant | Type::Date => "count days with days_since(field) or days_until(field)",
            _ => "a number is written without quotes",
        };
        self.refuse(error.help(help), typed.at, typed.kind.word())
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, depth: usize, at: &Range<usize>) -> Option<(Node, Type)> {
        let comparison = match op {
            BinaryOperator::Eq => Comparison::Equal,
            BinaryOperator::NotEq => Comparison::Different,
            BinaryOperator::Lt => Comparison::Less,
            BinaryOperator::LtEq => Comparison::LessOrEqual,
            BinaryOperator::Gt => Comparison::More,
            BinaryOperator::GtEq => Comparison::MoreOrEqual,
            _ => {
                let operation = match op {
                    BinaryOperator::Plus => Operation::Add,
                    BinaryOperator::Minus => Operation::Subtract,
                    BinaryOperator::Multiply => Operation::Multiply,
                    BinaryOperator::Divide => Operation::Divide,
                    other => {
                        let error = Diagnostic::error("condition::not-allowed", format!("`{other}` is not part of the language"));
                        return self.refuse(error.help(ALLOWED), at.clone(), "not allowed here");
                    }
                };
                let (left, right) = (self.number(left, &op.to_string(), depth), self.number(right, &op.to_string(), depth));
                return Some((Node::Arithmetic(operation, Box::new(left?), Box::new(right?)), Type::Number));
            }
        };
        let (left, right) = (self.expr(left, depth), self.expr(right, depth));
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::Different);
        let (left, right) = self.comparable(left?, right?, ordered, &op.to_string())?;
        Some((Node::Compare(comparison, Box::new(left.node), Box::new(right.node)), Type::Bool))
    }

    /// Checks that two values can be compared, and reads a text beside a date as a date.
    fn comparable(&mut self, left: Typed, right: Typed, ordered: bool, sign: &str) -> Option<(Typed, Typed)> {
        let (left, right) = match (left.kind, right.kind) {
            (Type::Any, Type::Text) if ordered => (left, self.as_date(right)?),
            (Type::Text, Type::Any) if ordered => (self.as_date(left)?, right),
            (Type::Instant | Type::Date, Type::Text) => (left, self.as_date(right)?),
            (Type::Text, Type::Instant | Type::Date) => (self.as_date(left)?, right),
            _ => (left, right),
        };
        let fits = match (left.kind, right.kind) {
            (Type::Text | Type::Bool, _) | (_, Type::Text | Type::Bool) if ordered => false,
            (Type::Any, _) | (_, Type::Any) | (Type::Instant, Type::Date) | (Type::Date, Type::Instant) => true,
            (a, b) => a == b,
        };
        if fits {
            return Some((left, right));
        }
        let at = left.at.start.min(right.at.start)..left.at.end.max(right.at.end);
        let (message, help) = if left.kind == right.kind {
            let help = "compare texts with =, <>, IN or LIKE; compare numbers and dates with < <= > >= and BETWEEN";
            (format!("`{sign}` does not order {}", if left.kind == Type::Text { "texts" } else { "truth values" }), help)
        } else {
            let help = match (left.kind, right.kind) {
                (Type::Number, Type::Text) | (Type::Text, Type::Number) => "a number is written without quotes, a text with them",
                (Type::Bool, _) | (_, Type::Bool) => "a truth value is compared with TRUE or FALSE",
                (Type::Instant | Type::Date, _) | (_, Type::Instant | Type::Date) => {
                    "a date is written 'YYYY-MM-DD'; count days with days_since(field)"
                }
                _ => "compare values of the same type",
            };
            (format!("{} is compared with {}", left.kind.word(), right.kind.word()), help)
        };
        self.refuse(Diagnostic::error("condition::type", message).help(help), at, "")
    }

    fn as_date(&mut self, typed: Typed) -> Option<Typed> {
        let Node::Text(text) = &typed.node else { return Some(typed) };
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Typed { node: Node::Date(day), kind: Type::Date, at: typed.at });
        }
        let error = Diagnostic::error("condition::bad-date", format!("`{text}` is not a date")).help("a date is written 'YYYY-MM-DD'");
        self.refuse(error, typed.at, "not a date")
    }

    fn between(&mut self, value: &Expr, low: &Expr, high: &Expr, negated: bool, depth: usize) -> Option<Node> {
        let (value, low, high) = (self.expr(value, depth), self.expr(low, depth), self.expr(high, depth));
        let (value, low) = self.comparable(value?, low?, true, "BETWEEN")?;
        let (value, high) = self.comparable(value, high?, true, "BETWEEN")?;
        if let (Node::Number(from), Node::Number(to)) = (&low.node, &high.node)
            && from > to
        {
            let error = Diagnostic::error("condition::empty-range", "nothing is between these: the first is larger");
            return self.refuse(error.help("write the smaller one first"), low.at.start..high.at.end, "");
        }
        Some(Node::Between { value: Box::new(value.node), low: Box::new(low.node), high: Box::new(high.node), negated })
    }

    fn in_list(&mut self, value: &Expr, list: &[Expr], negated: bool, depth: usize) -> Option<Node> {
        let mut value = self.expr(value, depth)?;
        let mut nodes = Vec::with_capacity(list.len());
        let mut all_good = true;
        for item in list {
            let item = self.expr(item, depth)?;
            match self.comparable(value.clone(), item, false, "IN") {
                Some((same, item)) => {
                    value = same;
                    nodes.push(item.node);
                }
                None => all_good = false,
            }
        }
        all_good.then(|| Node::In { value: Box::new(value.node), list: nodes, negated })
    }

    fn like(&mut self, value: &Expr, pattern: &Expr, negated: bool, depth: usize) -> Option<Node> {
        let (value, pattern) = (self.expr(value, depth), self.expr(pattern, depth));
        let (value, pattern) = (value?, pattern?);
        if !matches!(value.kind, Type::Text | Type::Any) {
            let error = Diagnostic::error("condition::type", format!("LIKE wants a text, this is {}", value.kind.word()));
            return self.refuse(error.help("compare it with =, < or BETWEEN"), value.at, value.kind.word());
        }
        let Node::Text(pattern) = pattern.node else {
            let error = Diagnostic::error("condition::type", "the pattern of LIKE is not a written text");
            return self.refuse(error.help("write LIKE 'start%'; % is any text, _ any one character"), pattern.at, "");
        };
        Some(Node::Like { value: Box::new(value.node), pattern, negated })
    }

    fn literal(&mut self, value: &Literal, at: &Range<usize>) -> Option<(Node, Type)> {
        match value {
            Literal::SingleQuotedString(text) => Some((Node::Text(text.clone()), Type::Text)),
            Literal::Boolean(value) => Some((Node::Bool(*value), Type::Bool)),
            Literal::Number(digits, _) => {
                if let Some(number) = digits.parse::<f64>().ok().filter(|number| number.is_finite()) {
                    return Some((Node::Number(number), Type::Number));
                }
                let error = Diagnostic::error("condition::bad-number", format!("`{digits}` is not a number that can be held"));
                self.refuse(error.help("write a number such as 12 or 0.5"), at.clone(), "")
            }
            Literal::Null => {
                let error = Diagnostic::error("condition::null", "NULL equals nothing, not even NULL");
                self.refuse(error.help("use `IS NULL` or `IS NOT NULL`"), at.clone(), "")
            }
            other => {
                let error = Diagnostic::error("condition::not-allowed", format!("`{other}` is not part of the language"));
                self.refuse(error.help("a text is written 'between single quotes'"), at.clone(), "not allowed here")
            }
        }
    }

    /// Looks up a bare name: a field or a macro.
    fn name(&mut self, name: &Ident, depth: usize, at: Range<usize>) -> Option<Typed> {
        if let Some(field) = Field::find(&name.value) {
            self.uses.insert(field.info().data);
            if !self.fields.contains(&field) {
                self.fields.push(field);
            }
            return Some(Typed { node: Node::Field(field), kind: field.info().kind, at });
        }
        if let Some(node) = self.expand(&name.value, depth) {
            return Some(Typed { node, kind: Type::Bool, at });
        }
        let wrong = &name.value;
        let mut error = Diagnostic::error("condition::unknown-field", format!("unknown field `{wrong}`"));
        let lower = wrong.to_lowercase();
        error = if name.quote_style.is_some() {
            error.help(format!("a text is written between single quotes: '{wrong}'"))
        } else if self.schema.segments.contains(wrong) {
            error.help(format!("ask for a segment with in_segment('{wrong}')"))
        } else if self.schema.attributes.as_ref().is_some_and(|known| known.contains(wrong)) {
            error.help(format!("an extra column is written `attr.{wrong}`"))
        } else if let Some(function) = functions::find(wrong) {
            error.help(format!("a function is called: {}", function.signature))
        } else {
            let known = FIELDS.iter().map(|info| info.name).chain(macros::MACROS.iter().map(|(name, _)| *name));
            error.help("an extra column of the contacts is written `attr.name`").did_you_mean(&lower, known)
        };
        self.refuse(error, at, "not a field of a profile")
    }

    /// Returns the checked rule of a macro. The rules of the language compile by test, so this is `None` only for an unknown name.
    pub(super) fn expand(&mut self, name: &str, depth: usize) -> Option<Node> {
        let (name, rule) = macros::find(name)?;
        let origin = Origin::alone(rule);
        let parsed = parse::parse(&origin).ok()?;
        let mut inner = Checker::new(&origin, self.schema);
        let node = inner.truth(&parsed, depth)?;
        self.uses.extend(inner.uses);
        self.named.extend(inner.named);
        self.shortest_view = self.shortest_view.into_iter().chain(inner.shortest_view).min();
        for field in inner.fields {
            if !self.fields.contains(&field) {
                self.fields.push(field);
            }
        }
        Some(Node::Macro(name, Box::new(node)))
    }

    /// Looks up `attr.NAME` and `account.NAME`.
    fn column(&mut self, path: &[Ident], at: &Range<usize>) -> Option<(Node, Type)> {
        let [prefix, name] = path else {
            let error = Diagnostic::error("condition::unknown-field", "a name has at most two parts").help("write `attr.name`");
            return self.refuse(error, at.clone(), "");
        };
        if prefix.value.eq_ignore_ascii_case("account") {
            return self.account(&name.value, at);
        }
        if !prefix.value.eq_ignore_ascii_case("attr") {
            let error = Diagnostic::error("condition::unknown-field", format!("unknown prefix `{}`", prefix.value));
            let error = if Field::find(&name.value).is_some() {
                error.help(format!("write `{}` alone", name.value))
            } else {
                error.help(format!("an extra column of the contacts is written `attr.{}`", name.value))
            };
            return self.refuse(error, at.clone(), "");
        }
        if let Some(known) = &self.schema.attributes
            && !known.contains(&name.value)
        {
            let error = Diagnostic::error("condition::unknown-attribute", format!("the contacts have no column `{}`", name.value));
            let error = error.help("extra columns of `contacts` are the ones the data contract does not name");
            return self.refuse(error.did_you_mean(&name.value, known.iter().map(String::as_str)), at.clone(), "no such column");
        }
        self.uses.insert(Use::Declared);
        self.named.insert(format!("attr.{}", name.value));
        Some((Node::Attribute(name.value.clone()), Type::Any))
    }

    /// Looks up a column of the person's company.
    fn account(&mut self, name: &str, at: &Range<usize>) -> Option<(Node, Type)> {
        let kind = ACCOUNT_COLUMNS.iter().find(|(column, _)| *column == name).map(|(_, kind)| *kind);
        if kind.is_none()
            && let Some(known) = &self.schema.account_attributes
            && !known.contains(name)
        {
            let error = Diagnostic::error("condition::unknown-attribute", format!("the accounts have no column `{name}`"));
            let names = ACCOUNT_COLUMNS.iter().map(|(column, _)| *column).chain(known.iter().map(String::as_str));
            let error = error.help("columns of a company come from `[sources.accounts]`").did_you_mean(name, names);
            return self.refuse(error, at.clone(), "no such column");
        }
        self.uses.insert(Use::Declared);
        Some((Node::Account(name.to_owned()), kind.unwrap_or(Type::Any)))
    }
}

fn negate(node: Node) -> Node {
    match node {
        Node::Number(number) => Node::Number(-number),
        Node::Negate(inner) => *inner,
        node => Node::Negate(Box::new(node)),
    }
}

/// Names a construct of SQL that the language does not have.
fn describe(expr: &Expr) -> String {
    match expr {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => "a subquery".to_owned(),
        Expr::Case { .. } => "CASE".to_owned(),
        Expr::Cast { .. } | Expr::Convert { .. } => "a cast".to_owned(),
        Expr::TypedString(_) => "a typed literal".to_owned(),
        Expr::Interval(_) => "INTERVAL".to_owned(),
        Expr::Like { .. } | Expr::ILike { .. } => "LIKE with ANY or ESCAPE".to_owned(),
        Expr::Tuple(_) => "a list outside IN".to_owned(),
        Expr::SimilarTo { .. } | Expr::RLike { .. } => "a regular expression".to_owned(),
        Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => "`*`".to_owned(),
        Expr::UnaryOp { op, .. } => format!("`{op}`"),
        _ => "this".to_owned(),
    }
}
