//! Checks of a call: the name, the number of arguments, and each argument read at load.

use std::ops::Range;

use sqlparser::ast::{Expr, Function as SqlFunction, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned as _};

use super::check::{Checker, Typed};
use super::functions::{self, Call, FUNCTIONS, Function, Topic, Window};
use super::node::Node;
use super::schema::Type;
use super::topic::topic_slug;
use crate::clock::Span;
use crate::error::{Diagnostic, plural};

/// Most days ahead that `is_birthday` looks.
const BIRTHDAY_DAYS_MAX: f64 = 365.0;

impl Checker<'_> {
    /// Checks a call.
    pub(super) fn call(&mut self, sql: &SqlFunction, depth: usize, at: Range<usize>) -> Option<Typed> {
        let name = sql.name.to_string();
        let name_at = self.origin.bytes(sql.name.span());
        let Some(function) = functions::find(&name) else {
            let error = Diagnostic::error("condition::unknown-function", format!("unknown function `{name}`"));
            let all = FUNCTIONS.iter().map(|function| function.name).collect::<Vec<_>>().join(", ");
            let error = error.help(format!("functions are {all}"));
            let known = FUNCTIONS.iter().map(|function| function.name);
            return self.refuse(error.did_you_mean(&name.to_lowercase(), known), name_at, "not a function of a condition");
        };
        let Some(args) = plain_arguments(sql) else {
            let error = Diagnostic::error("condition::not-allowed", format!("`{}` takes plain arguments only", function.name));
            return self.refuse(error.help(format!("write {}", function.signature)), at, "");
        };
        let takes = arity(function.name);
        if !takes.contains(&args.len()) {
            let takes =
                if takes.start() == takes.end() { takes.end().to_string() } else { format!("{} or {}", takes.start(), takes.end()) };
            let message =
                format!("`{}` takes {takes} {}, not {}", function.name, plural(usize::from(takes != "1") + 1, "argument"), args.len());
            let error = Diagnostic::error("condition::arguments", message).help(format!("write {}", function.signature));
            return self.refuse(error, at, "");
        }
        let call = self.read(function, &args, depth, &at)?;
        self.uses.extend(function.data);
        self.note(&call);
        let node = match call {
            // A segment of the project wins over a macro of the same name.
            Call::InSegment(name) if !self.schema.segments.contains(&name) => self.expand(&name, depth)?,
            call => Node::Call(call),
        };
        Some(Typed { node, kind: function.returns, at })
    }

    /// Notes what a call looks at that is no field of the table.
    fn note(&mut self, call: &Call) {
        match call {
            Call::CountEvent(kind, _) => _ = self.named.insert(format!("event.{kind}")),
            Call::Score(name) | Call::Undecided(name) => _ = self.named.insert(format!("score.{name}")),
            Call::Answered(question, _) => _ = self.named.insert(format!("attr.{question}")),
            Call::Consent(purpose) => _ = self.named.insert(format!("consent.{purpose}")),
            Call::ViewedWithin(_, window) | Call::CountViewed(_, window) | Call::Searched(_, window) => {
                self.shortest_view = self.shortest_view.into_iter().chain([window.span]).min();
            }
            _ => {}
        }
    }

    fn read(&mut self, function: &Function, args: &[&Expr], depth: usize, at: &Range<usize>) -> Option<Call> {
        Some(match function.name {
            "affinity" => Call::Affinity(self.topic(function, args[0], false)?),
            "bought_within" => self.topic_and_window(function, args, Call::BoughtWithin)?,
            "viewed_within" => self.topic_and_window(function, args, Call::ViewedWithin)?,
            "count_bought" => self.topic_and_window(function, args, Call::CountBought)?,
            "count_viewed" => self.topic_and_window(function, args, Call::CountViewed)?,
            "count_event" => self.text_and_window(function, args, Call::CountEvent)?,
            "count_event_this_month" => Call::CountEventThisMonth(self.text(function, args[0])?),
            "count_titles" => self.text_and_window(function, args, Call::CountTitles)?,
            "searched" => self.text_and_window(function, args, Call::Searched)?,
            "days_since" => Call::DaysSince(self.dated(function, args[0], depth)?),
            "days_until" => Call::DaysUntil(self.dated(function, args[0], depth)?),
            "is_birthday" => Call::IsBirthday(self.birthday_days(function, args)?),
            "in_segment" => Call::InSegment(self.segment(function, args[0])?),
            "score" => Call::Score(self.score(function, args[0])?),
            "undecided" => Call::Undecided(self.score(function, args[0])?),
            "answered" => {
                let (question, value) = (self.text(function, args[0]), self.text(function, args[1]));
                Call::Answered(question?, value?)
            }
            "consent" => Call::Consent(self.text(function, args[0])?),
            "within_km" => self.within_km(function, args, at)?,
            // The table and this list agree by test: what is left is `lower`.
            _ => Call::Lower(self.texted(function, args[0], depth)?),
        })
    }

    fn topic_and_window(&mut self, function: &Function, args: &[&Expr], make: fn(Topic, Window) -> Call) -> Option<Call> {
        let (topic, window) = (self.topic(function, args[0], true), self.window(function, args[1]));
        Some(make(topic?, window?))
    }

    fn text_and_window(&mut self, function: &Function, args: &[&Expr], make: fn(String, Window) -> Call) -> Option<Call> {
        let (text, window) = (self.text(function, args[0]), self.window(function, args[1]));
        Some(make(text?, window?))
    }

    /// Reads a written, non-empty text.
    fn text(&mut self, function: &Function, arg: &Expr) -> Option<String> {
        let text = self.any_text(function, arg)?;
        if !text.trim().is_empty() {
            return Some(text);
        }
        let error = Diagnostic::error("condition::arguments", format!("`{}` got an empty text", function.name));
        let at = self.at(arg);
        self.refuse(error.help(format!("write {}", function.signature)), at, "")
    }

    fn any_text(&mut self, function: &Function, arg: &Expr) -> Option<String> {
        if let Expr::Value(value) = arg
            && let sqlparser::ast::Value::SingleQuotedString(text) = &value.value
        {
            return Some(text.clone());
        }
        let error = Diagnostic::error("condition::arguments", format!("`{}` wants a text between single quotes here", function.name));
        let at = self.at(arg);
        self.refuse(error.help(format!("write {}", function.signature)), at, "not a written text")
    }

    /// Reads a written number.
    fn written_number(&mut self, function: &Function, arg: &Expr) -> Option<f64> {
        let before = self.errors.len();
        if let Some(Typed { node: Node::Number(number), .. }) = self.expr(arg, 0) {
            return Some(number);
        }
        self.errors.truncate(before);
        let error = Diagnostic::error("condition::arguments", format!("`{}` wants a written number here", function.name));
        let at = self.at(arg);
        self.refuse(error.help(format!("write {}", function.signature)), at, "not a number")
    }

    fn topic(&mut self, function: &Function, arg: &Expr, or_anything: bool) -> Option<Topic> {
        let text = self.any_text(function, arg)?;
        let at = self.at(arg);
        if or_anything && matches!(text.trim(), "" | "*") {
            return Some(Topic { slug: "*".to_owned(), text: "*".to_owned() });
        }
        let slug = topic_slug(&text);
        if slug.is_empty() {
            let error =
                Diagnostic::error("condition::arguments", format!("`{text}` names no topic")).help("write a category, a brand or a tag");
            return self.refuse(error, at, "");
        }
        if let Some((_, last)) = text.rsplit_once('>') {
            let error = Diagnostic::error("condition::arguments", format!("`{text}` is a path; a topic is one level of it"));
            return self.refuse(error.help(format!("write '{}'", last.trim())), at, "");
        }
        // Product ids are topics too, and are not listed: only an affinity can be known to be about nothing.
        if let Some(known) = self.schema.topics.as_ref().filter(|known| !or_anything && !known.contains(&slug)) {
            let warning = Diagnostic::warning("condition::unknown-topic", format!("no product has the topic `{slug}`"));
            let warning = warning.did_you_mean(&slug, known.iter().map(String::as_str));
            self.warnings.push(self.origin.place(warning, at, "always 0"));
        }
        Some(Topic { slug, text })
    }

    fn window(&mut self, function: &Function, arg: &Expr) -> Option<Window> {
        let text = self.any_text(function, arg)?;
        match Span::parse(&text) {
            Some(span) if span.0 > 0 => Some(Window { span, text: text.trim().to_owned() }),
            _ => {
                let error = Diagnostic::error("condition::bad-span", format!("`{text}` is not a length of time"));
                let at = self.at(arg);
                self.refuse(error.help("write '180 days', '6h' or '2 weeks'; it is more than zero"), at, "not a length of time")
            }
        }
    }

    fn dated(&mut self, function: &Function, arg: &Expr, depth: usize) -> Option<Box<Node>> {
        let typed = self.expr(arg, depth)?;
        if matches!(typed.node, Node::Field(_) | Node::Attribute(_) | Node::Account(_))
            && matches!(typed.kind, Type::Instant | Type::Date | Type::Any)
        {
            return Some(Box::new(typed.node));
        }
        let error = Diagnostic::error("condition::type", format!("`{}` wants a field that is an instant or a date", function.name));
        self.refuse(error.help("such as last_order_at, last_event_at or contract_ends_on"), typed.at, typed.kind.word())
    }

    fn texted(&mut self, function: &Function, arg: &Expr, depth: usize) -> Option<Box<Node>> {
        let typed = self.expr(arg, depth)?;
        if matches!(typed.kind, Type::Text | Type::Any) {
            return Some(Box::new(typed.node));
        }
        let error = Diagnostic::error("condition::type", format!("`{}` wants a text, this is {}", function.name, typed.kind.word()));
        self.refuse(error.help(format!("write {}", function.signature)), typed.at, typed.kind.word())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    fn birthday_days(&mut self, function: &Function, args: &[&Expr]) -> Option<u16> {
        let Some(arg) = args.first() else { return Some(0) };
        let days = self.written_number(function, arg)?;
        if (0.0..=BIRTHDAY_DAYS_MAX).contains(&days) && days.fract() == 0.0 {
            return Some(days as u16);
        }
        let error = Diagnostic::error("condition::arguments", format!("`{days}` is not a number of days before a birthday"));
        let at = self.at(arg);
        self.refuse(error.help("write a whole number from 0 to 365"), at, "")
    }

    fn within_km(&mut self, function: &Function, args: &[&Expr], at: &Range<usize>) -> Option<Call> {
        let numbers: Vec<_> = args.iter().map(|arg| self.written_number(function, arg)).collect();
        let (lat, lon, km) = (numbers[0]?, numbers[1]?, numbers[2]?);
        if lat.abs() <= 90.0 && lon.abs() <= 180.0 && km > 0.0 {
            return Some(Call::WithinKm { lat, lon, km });
        }
        let error = Diagnostic::error("condition::arguments", "this is no place on earth");
        self.refuse(error.help("latitude is -90 to 90, longitude -180 to 180, the distance more than 0 km"), at.clone(), "")
    }

    fn segment(&mut self, function: &Function, arg: &Expr) -> Option<String> {
        let name = self.text(function, arg)?;
        if self.schema.segments.contains(&name) {
            if !self.segments.contains(&name) {
                self.segments.push(name.clone());
            }
            return Some(name);
        }
        if super::macros::find(&name).is_some() {
            return Some(name);
        }
        let error = Diagnostic::error("condition::unknown-segment", format!("segment `{name}` does not exist"));
        let error = error.help("segments are defined in segments.toml");
        let known = self.schema.segments.iter().map(String::as_str).chain(super::macros::MACROS.iter().map(|(name, _)| *name));
        let at = self.at(arg);
        self.refuse(error.did_you_mean(&name, known), at, "no such segment")
    }

    fn score(&mut self, function: &Function, arg: &Expr) -> Option<String> {
        let name = self.text(function, arg)?;
        let at = self.at(arg);
        let Some(state) = self.schema.scores.get(&name) else {
            let error = Diagnostic::error("condition::unknown-score", format!("score `{name}` does not exist"));
            let error = error.help(format!("declare it in relance.toml as [scores.{name}]"));
            return self.refuse(error.did_you_mean(&name, self.schema.scores.keys().map(String::as_str)), at, "no such score");
        };
        if function.name == "undecided" && !state.has_band {
            let error = Diagnostic::error("condition::no-band", format!("nobody said between which scores of `{name}` one is undecided"));
            let help = format!("write for example `undecided = [0.2, 0.6]` in [scores.{name}]");
            return self.refuse(error.help(help), at, "this score has no band");
        }
        match state.trouble {
            None => {}
            Some(trouble) if trouble.is_error() => {
                let error = Diagnostic::error("condition::no-model", format!("score `{name}` {}", trouble.words()));
                return self.refuse(error.help(format!("run `relance score train {name}`")), at, "nothing is known of this score");
            }
            Some(trouble) => {
                let warning = Diagnostic::warning("condition::old-model", format!("score `{name}` {}", trouble.words()));
                let warning = warning.help(format!("run `relance score train {name}`"));
                self.warnings.push(self.origin.place(warning, at, ""));
            }
        }
        Some(name)
    }
}

/// Returns how many arguments a function takes.
fn arity(name: &str) -> std::ops::RangeInclusive<usize> {
    match name {
        "affinity"
        | "days_since"
        | "days_until"
        | "in_segment"
        | "score"
        | "undecided"
        | "consent"
        | "lower"
        | "count_event_this_month" => 1..=1,
        "is_birthday" => 0..=1,
        "within_km" => 3..=3,
        _ => 2..=2,
    }
}

/// Returns the arguments of a call when nothing else is written in it: no DISTINCT, ORDER BY, FILTER, OVER, name or star.
fn plain_arguments(sql: &SqlFunction) -> Option<Vec<&Expr>> {
    let bare = sql.filter.is_none()
        && sql.over.is_none()
        && sql.null_treatment.is_none()
        && sql.within_group.is_empty()
        && !sql.uses_odbc_syntax
        && matches!(sql.parameters, FunctionArguments::None);
    let FunctionArguments::List(list) = &sql.args else { return None };
    if !bare || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    list.args
        .iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::condition::{FUNCTIONS, Schema, ScoreState, compile};

    #[test]
    fn every_function_of_the_table_is_read_under_its_own_name() {
        let schema = Schema {
            segments: ["name".to_owned()].into(),
            scores: [("name".to_owned(), ScoreState::default())].into(),
            ..Schema::default()
        };
        for function in FUNCTIONS {
            let call = function.signature.replace("(field)", "(created_at)").replace("(text)", "(city)");
            let text = format!("{call} IS NOT NULL");
            let condition = compile(&text, None, &schema).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
            assert_eq!(condition.to_string(), text);
            assert!(!condition.uses().is_empty(), "{}", function.name);
            assert!(function.data.is_none_or(|data| condition.uses().contains(&data)), "{}", function.name);
        }
    }
}
