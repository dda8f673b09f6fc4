//! From text to a syntax tree of `sqlparser`: limits first, then an allow-list of tokens, then one expression.

use sqlparser::ast::Expr;
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::origin::Origin;
use crate::error::Diagnostic;

/// Longest condition, in bytes.
pub const CONDITION_MAX_BYTES: usize = 10_000;
/// Deepest nesting of parentheses, calls and operators.
pub const CONDITION_DEPTH_MAX: usize = 16;
/// Most terms: operators and commas of one condition.
pub const CONDITION_TERMS_MAX: usize = 250;

/// What may be written, for help lines.
pub(super) const ALLOWED: &str =
    "a condition has fields, functions, numbers, 'texts', AND OR NOT, = <> < <= > >=, BETWEEN, IN, LIKE, IS, + - * / and parentheses";

/// Standard SQL and nothing of any product: no dialect feature is switched on.
#[derive(Debug)]
struct Plain;

impl Dialect for Plain {
    fn is_identifier_start(&self, letter: char) -> bool {
        letter.is_alphabetic() || letter == '_'
    }
    fn is_identifier_part(&self, letter: char) -> bool {
        letter.is_alphanumeric() || letter == '_'
    }
}

/// Parses a condition into one expression.
pub(super) fn parse(origin: &Origin<'_>) -> Result<Expr, Diagnostic> {
    let text = origin.text;
    if text.len() > CONDITION_MAX_BYTES {
        let message = format!("the condition has {} bytes; the limit is {CONDITION_MAX_BYTES}", text.len());
        return Err(origin.place(Diagnostic::error("condition::too-long", message), origin.whole(), "").help(SPLIT));
    }
    if text.trim().is_empty() {
        let error = Diagnostic::error("condition::empty", "the condition is empty").help("write TRUE for everybody");
        return Err(origin.place(error, origin.whole(), ""));
    }
    let tokens = Tokenizer::new(&Plain, text).tokenize_with_location().map_err(|error| {
        let start = origin.byte(error.location).unwrap_or(0);
        let message = lower_first(&error.message);
        let error =
            Diagnostic::error("condition::syntax", message).help("a text is written 'between single quotes', a quote in it is doubled");
        origin.place(error, start..text.len(), "starts here")
    })?;
    check_tokens(&tokens, origin)?;
    let mut parser = Parser::new(&Plain).with_recursion_limit(CONDITION_DEPTH_MAX + 8).with_tokens_with_locations(tokens);
    let expression = parser.parse_expr().map_err(|error| syntax_error(&error, origin))?;
    let rest = parser.peek_token();
    if rest.token == Token::EOF {
        return Ok(expression);
    }
    let message = format!("unexpected `{}` after the condition", rest.token);
    let error = Diagnostic::error("condition::syntax", message).help("join two conditions with AND or OR");
    Err(origin.place(error, origin.bytes(rest.span), "the condition ends before this"))
}

const SPLIT: &str = "split it into several segments and ask for them with in_segment('name')";

/// Refuses every token outside the language, and trees too large to build, before anything recursive runs.
fn check_tokens(tokens: &[TokenWithSpan], origin: &Origin<'_>) -> Result<(), Diagnostic> {
    // A run of prefixes (`NOT NOT`, `- -`) nests as parentheses do.
    let (mut depth, mut n_terms, mut n_prefixes) = (0_usize, 1_usize, 0_usize);
    for TokenWithSpan { token, span } in tokens {
        let refuse = |message: String, help: &str| {
            Err(origin.place(Diagnostic::error("condition::not-allowed", message).help(help), origin.bytes(*span), "not allowed here"))
        };
        match token {
            Token::Whitespace(_) => {}
            Token::Plus | Token::Minus => n_prefixes += 1,
            Token::Word(word) if word.keyword == Keyword::NOT => n_prefixes += 1,
            _ => n_prefixes = 0,
        }
        match token {
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => {
                return refuse("a comment in a condition".to_owned(), "write it as a comment of the file, after `#`");
            }
            Token::SemiColon => return refuse("`;` in a condition".to_owned(), "a condition is one expression, not a statement"),
            Token::Placeholder(_) => return refuse(format!("placeholder `{token}`"), "write the value itself"),
            Token::Word(word) => {
                let operator = matches!(
                    word.keyword,
                    Keyword::AND
                        | Keyword::OR
                        | Keyword::NOT
                        | Keyword::IS
                        | Keyword::IN
                        | Keyword::LIKE
                        | Keyword::ILIKE
                        | Keyword::BETWEEN
                );
                if operator && word.quote_style.is_none() {
                    n_terms += 1;
                }
            }
            Token::Comma
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Eq
            | Token::DoubleEq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq => n_terms += 1,
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::Whitespace(_) | Token::EOF => {}
            other => return refuse(format!("`{other}` is not part of the language"), ALLOWED),
        }
        if depth > CONDITION_DEPTH_MAX || n_prefixes > CONDITION_DEPTH_MAX {
            return Err(too_deep(origin, origin.bytes(*span)));
        }
        if n_terms > CONDITION_TERMS_MAX {
            let message = format!("the condition has more than {CONDITION_TERMS_MAX} operators and commas");
            let error = Diagnostic::error("condition::too-many-terms", message).help(SPLIT);
            return Err(origin.place(error, origin.bytes(*span), "the first too many"));
        }
    }
    Ok(())
}

/// Says that the nesting passes the limit.
pub(super) fn too_deep(origin: &Origin<'_>, range: std::ops::Range<usize>) -> Diagnostic {
    let message = format!("the condition is nested deeper than {CONDITION_DEPTH_MAX} levels");
    origin.place(Diagnostic::error("condition::too-deep", message).help(SPLIT), range, "too deep here")
}

fn syntax_error(error: &ParserError, origin: &Origin<'_>) -> Diagnostic {
    let message = match error {
        ParserError::RecursionLimitExceeded => return too_deep(origin, origin.whole()),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message.as_str(),
    };
    // The parser writes the place at the end of its message: `... at Line: 1, Column: 5`.
    let (said, at) = message.rsplit_once(" at Line: ").map_or((message, None), |(said, at)| (said, read_location(at)));
    let said = said.replace("Expected: ", "expected ").replace(", found: ", ", found ").replace("EOF", "the end");
    let start = at.and_then(|at| origin.byte(at)).unwrap_or(origin.text.len());
    let place = if start >= origin.text.len() { origin.whole() } else { start..start + word_length(&origin.text[start..]) };
    let error = Diagnostic::error("condition::syntax", lower_first(&said)).help(ALLOWED);
    origin.place(error, place, "here")
}

fn read_location(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
}

fn word_length(rest: &str) -> usize {
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
