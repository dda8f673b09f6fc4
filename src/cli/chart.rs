//! Pieces of pages: text made safe, charts as inline SVG.

use std::fmt::Write as _;

use relance::measure::Interval;

/// Makes text safe within HTML and its attributes.
pub(crate) fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Makes text safe, and what stands between backticks code; a backtick alone stays.
pub(crate) fn with_code(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, (code, after))) = rest.split_once('`').and_then(|(before, from)| Some((before, from.split_once('`')?))) {
        out.extend([safe(before).as_str(), "<code>", safe(code).as_str(), "</code>"]);
        rest = after;
    }
    out + &safe(rest)
}

/// Width of every chart, in its own units.
const WIDTH: f64 = 640.0;

/// Draws an interval against zero.
pub(crate) fn bar(it: Interval, label: &str) -> String {
    let reach = it.low.abs().max(it.high.abs()).max(f64::MIN_POSITIVE) * 1.15;
    let x = |value: f64| WIDTH / 2.0 * (1.0 + value / reach);
    let (low, high, middle) = (x(it.low), x(it.high), x(it.estimate));
    let (centre, label) = (WIDTH / 2.0, safe(label));
    format!(
        "<svg viewBox=\"0 0 {WIDTH} 34\" role=\"img\"><title>{label}</title>\
         <line class=\"zero\" x1=\"{centre}\" y1=\"2\" x2=\"{centre}\" y2=\"32\"/>\
         <line class=\"range\" x1=\"{low:.1}\" y1=\"17\" x2=\"{high:.1}\" y2=\"17\"/>\
         <circle class=\"dot\" cx=\"{middle:.1}\" cy=\"17\" r=\"6\"/></svg>"
    )
}

/// A row of [`bars`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) n: u64,
    /// Where the name leads.
    pub(crate) href: Option<String>,
    /// What is said below the name.
    pub(crate) note: String,
}

impl Row {
    /// A row that only counts.
    pub(crate) fn of(name: &str, n: u64) -> Self {
        Self { name: name.to_owned(), n, ..Self::default() }
    }
}

impl From<(String, u64)> for Row {
    fn from((name, n): (String, u64)) -> Self {
        Self { name, n, ..Self::default() }
    }
}

/// Writes a table whose counts have bars beside them, drawn against `whole`; nothing without rows.
///
/// The table says all that the bars do, so they are hidden from who listens to the page.
pub(crate) fn bars<R: Into<Row>>(
    section: &str,
    title: &str,
    rows: impl IntoIterator<Item = R>,
    whole: u64,
    written: impl Fn(u64) -> String,
) -> String {
    let mut text = String::new();
    for row in rows {
        let row: Row = row.into();
        let share = relance::measure::real(row.n) / relance::measure::real(whole.max(1)) * WIDTH;
        let name = safe(&row.name);
        let name = row.href.map_or_else(|| name.clone(), |href| format!("<a href=\"{}\">{name}</a>", safe(&href)));
        let note = if row.note.is_empty() { String::new() } else { format!("<span class=\"under\">{}</span>", safe(&row.note)) };
        _ = write!(
            text,
            "<tr><th scope=\"row\">{name}{note}</th><td class=\"n\">{}</td><td><svg viewBox=\"0 0 {WIDTH} 20\" preserveAspectRatio=\"none\" \
             aria-hidden=\"true\"><rect class=\"track\" width=\"{WIDTH}\" height=\"20\"/>\
             <rect class=\"fill\" width=\"{:.1}\" height=\"20\"/></svg></td></tr>",
            written(row.n),
            share.min(WIDTH)
        );
    }
    if text.is_empty() {
        return text;
    }
    format!("<section data-section=\"{section}\"><h3>{}</h3><table class=\"bars\">{text}</table></section>\n", safe(title))
}

/// Draws intervals one after the other as a band around a line, with zero; nothing for fewer than two.
pub(crate) fn band(points: &[Interval], label: &str, ends: (&str, &str)) -> String {
    const HEIGHT: f64 = 200.0;
    if points.len() < 2 {
        return String::new();
    }
    let low = points.iter().map(|it| it.low).fold(0.0, f64::min);
    let high = points.iter().map(|it| it.high).fold(0.0, f64::max);
    let room = (high - low).max(f64::MIN_POSITIVE);
    let y = |value: f64| 10.0 + (high - value) / room * (HEIGHT - 40.0);
    let step = WIDTH / f64::from(u32::try_from(points.len() - 1).unwrap_or(u32::MAX));
    let xs = || (0_u32..).map(|n| f64::from(n) * step);
    let mut outline = String::new();
    let mut line = String::new();
    for (x, it) in xs().zip(points) {
        _ = write!(outline, "{x:.1},{:.1} ", y(it.high));
        _ = write!(line, "{x:.1},{:.1} ", y(it.estimate));
    }
    for (x, it) in xs().zip(points).collect::<Vec<_>>().into_iter().rev() {
        _ = write!(outline, "{x:.1},{:.1} ", y(it.low));
    }
    // Words are outside of the drawing: there they would shrink with it.
    format!(
        "<figure><svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{}</title>\
         <polygon class=\"band\" points=\"{outline}\"/><line class=\"zero\" x1=\"0\" y1=\"{zero:.1}\" x2=\"{WIDTH}\" y2=\"{zero:.1}\"/>\
         <polyline class=\"line\" points=\"{line}\"/></svg><figcaption><span>{}</span><span>{}</span></figcaption></figure>",
        safe(label),
        safe(ends.0),
        safe(ends.1),
        zero = y(0.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text() {
        assert_eq!(safe("<b a=\"1\">&'"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let table = bars("f", "<t>", [("a & b".to_owned(), 50)], 200, |n| n.to_string());
        assert!(table.contains("width=\"160.0\"") && table.contains("&lt;t&gt;") && table.contains("a &amp; b"), "{table}");
        assert_eq!(bars("f", "t", Vec::<Row>::new(), 1, |n| n.to_string()), "");
        let row = Row { href: Some("/a?b=1&c=\"".to_owned()), note: "<i>".to_owned(), ..Row::of("a", 1) };
        let table = bars("f", "t", [row], 1, |n| n.to_string());
        assert!(table.contains("<a href=\"/a?b=1&amp;c=&quot;\">a</a><span class=\"under\">&lt;i&gt;</span>"), "{table}");
    }

    #[test]
    fn code_is_marked_and_nothing_is_markup() {
        assert_eq!(with_code("`<b>` & `c` x"), "<code>&lt;b&gt;</code> &amp; <code>c</code> x");
        assert_eq!(with_code("one ` alone <i>"), "one ` alone &lt;i&gt;");
    }

    #[test]
    fn zero_is_always_within_the_chart() {
        let it = Interval { estimate: 5.0, low: 4.0, high: 6.0 };
        let chart = band(&[it, it], "money", ("a", "b"));
        assert!(chart.contains("y1=\"170.0\"") && chart.contains("points=\"0.0,36.7"), "{chart}");
        assert_eq!(band(&[it], "money", ("a", "b")), "");
    }
}
