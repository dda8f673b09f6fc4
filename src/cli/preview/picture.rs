//! A picture of a mail: its HTML part in a frame that runs nothing, measured, then photographed whole.

use std::path::Path;

use relance::error::{Error, Kind, Result, io_error};

use super::chromium::Chromium;

/// Highest picture, in pixels: above it Chromium draws nothing.
const HEIGHT_MAX: u32 = 16_000;
/// What every PNG begins with (RFC 2083 section 3.1).
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Measures the frame once its images are there, and leaves the figure alone in the page.
const MEASURE: &str = "addEventListener('load', () => {
  const mail = document.querySelector('iframe').contentDocument;
  document.documentElement.textContent = 'height=' + Math.max(mail.documentElement.scrollHeight, mail.body.scrollHeight);
});";

/// How a mail is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// CSS pixels.
    pub(crate) width: u32,
    /// For a reader whose system is dark.
    pub(crate) is_dark: bool,
}

/// Writes a PNG of an HTML part whose images are in it, as high as the mail; the file is whole or not there. Returns its height and whether
/// the mail is higher.
///
/// # Errors
/// Those of [`Chromium`]; `Io` when the file cannot be written.
pub(crate) fn write(html: &str, look: Look, file: &Path) -> Result<(u32, bool)> {
    let browser = Chromium::find()?;
    let put = |name: &str, text: String| {
        let path = browser.path(name);
        std::fs::write(&path, text).map_err(|error| io_error("write", &path, error))
    };
    put("measure.html", page(html, (look.width, 1), Some(MEASURE)))?;
    let printed = browser.open("measure.html", (look.width, 800), look.is_dark, "--dump-dom")?;
    let full = height(&printed).ok_or_else(|| Error::new(Kind::Io, "the browser did not say how high the mail is"))?;
    let height = full.clamp(1, HEIGHT_MAX);

    put("mail.html", page(html, (look.width, height), None))?;
    let picture = browser.path("mail.png");
    browser.open("mail.html", (look.width, height), look.is_dark, &format!("--screenshot={}", picture.display()))?;
    let bytes = std::fs::read(&picture).map_err(|error| io_error("read", &picture, error))?;
    if !bytes.starts_with(SIGNATURE) {
        return Err(Error::new(Kind::Io, "the browser made no picture").help("look at the mail with `--open` instead"));
    }
    let mut temporary = file.as_os_str().to_owned();
    temporary.push(".part");
    relance::private::write_then_rename(Path::new(&temporary), file, &bytes)?;
    Ok((height, full > HEIGHT_MAX))
}

/// Reads what [`MEASURE`] left.
fn height(printed: &str) -> Option<u32> {
    let (_, rest) = printed.split_once("height=")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// A page with a mail in a frame without scripts, as wide as asked: a window of Chromium is never narrower than 500 pixels; only images in the mail itself are shown, nothing is fetched and no page followed.
fn page(html: &str, (width, height): (u32, u32), script: Option<&str>) -> String {
    let mail = html.replace('&', "&amp;").replace('"', "&quot;");
    let allowed = if script.is_some() { "; script-src 'nonce-measure'" } else { "" };
    let script = script.map(|script| format!("<script nonce=\"measure\">{script}</script>")).unwrap_or_default();
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'{allowed}\">\
         <style>html,body{{margin:0}}iframe{{display:block;border:0;width:{width}px;height:{height}px}}</style></head>\
         <body><iframe sandbox=\"allow-same-origin\" srcdoc=\"{mail}\"></iframe>{script}</body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_stays_in_its_frame() {
        let page = page("<p title=\"a\">&amp;\"></iframe><script>1</script>", (375, 90), None);
        assert!(page.contains("srcdoc=\"<p title=&quot;a&quot;>&amp;amp;&quot;></iframe><script>1</script>\""), "{page}");
        assert!(page.contains("width:375px;height:90px") && !page.contains("script-src") && !page.contains("allow-scripts"), "{page}");
    }

    #[test]
    fn the_height_is_read_or_not_there() {
        assert_eq!(height("<!DOCTYPE html>\n<html>height=2345</html>\n"), Some(2345));
        assert_eq!([height("<html></html>"), height("height="), height("height=99999999999")], [None, None, None]);
    }
}
