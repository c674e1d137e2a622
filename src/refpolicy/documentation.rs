//! The remarks before an interface (`## <summary>…`), as refpolicy's `segenxml` takes them.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What the lines with two `#` before a definition say, in the elements of refpolicy's `policy.dtd`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documentation {
    /// `<summary>`: its words with single blanks between them.
    pub summary: String,
    /// `<desc>`: paragraphs and points, a line each.
    pub description: String,
    /// `<param>`, in the order of the arguments.
    pub parameters: Vec<ParameterText>,
    /// `<infoflow type="…" weight="…"/>`: which way data goes.
    pub infoflow: Option<InfoFlow>,
    /// `<rolecap/>`: meant for a role.
    pub rolecap: bool,
    /// `<rolebase/>`: makes a role.
    pub rolebase: bool,
}

/// A `<param>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterText {
    /// Its name, for people: calls are by place.
    pub name: String,
    /// Its summary.
    pub summary: String,
    /// `optional="true"`: may be left out.
    pub optional: bool,
    /// `unused="true"`: kept for the sake of old calls.
    pub unused: bool,
}

/// Which way data goes from the domain's point of view, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InfoFlow {
    /// The way.
    pub direction: Direction,
    /// 1 to 10; 0 when none is given.
    pub weight: u8,
}

/// The `type` of an `<infoflow>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of policy.dtd")]
pub enum Direction {
    None,
    Read,
    Write,
    Both,
}

impl Documentation {
    /// Reads lines that begin with `##`, others are passed over. Unknown and unclosed elements are left out, what they hold
    /// is kept; nothing fails.
    pub fn parse(lines: &str) -> Self {
        let mut reader = Reader::default();
        let mut rest = lines;
        while !rest.is_empty() {
            let (line, behind) = parted(rest, b'\n').unwrap_or((rest, ""));
            if let Some(text) = comment(line) {
                reader.line(text);
            }
            rest = behind;
        }
        reader.store();
        reader.documentation
    }
}

/// The `<param>` elements of remarks, without what they say.
#[derive(Debug, Default)]
pub(super) struct Documented {
    /// How many there are.
    pub count: usize,
    /// Which of them may be left out, by place.
    pub optional: Vec<usize>,
}

impl Documented {
    /// Counts what [`Documentation::parse`] finds in these lines.
    pub(super) fn of(lines: &str) -> Self {
        static PARAM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"<param"));
        let (mut documented, mut rest) = (Self::default(), lines);
        while let Some((before, behind)) = PARAM.find(rest.as_bytes()).and_then(|at| rest.split_at_checked(at)) {
            let begin = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |newline| newline + 1);
            let end = memchr::memchr(b'\n', behind.as_bytes()).map_or(rest.len(), |length| before.len() + length);
            let mut line = rest.get(begin..end).and_then(comment).unwrap_or_default();
            while let Some((_, tag, behind)) = next_tag(line) {
                if tag_name(tag) == "param" {
                    if is_true(tag, "optional") {
                        documented.optional.push(documented.count);
                    }
                    documented.count += 1;
                }
                line = behind;
            }
            rest = rest.get(end..).unwrap_or_default();
        }
        documented
    }
}

/// The text behind `##` and a blank, without blanks around it; an XML comment of segenxml.
fn comment(line: &str) -> Option<&str> {
    let line = if line.starts_with('#') { line } else { line.trim_start() };
    let text = line.strip_prefix("##")?;
    if !matches!(text.as_bytes().first(), Some(b' ' | b'\t')) {
        return None;
    }
    Some(trimmed(text))
}

/// Without the blanks around it; other blanks than ASCII's are rare.
fn trimmed(text: &str) -> &str {
    let text = text.trim_ascii();
    let is_plain = |end: Option<&u8>| end.is_none_or(u8::is_ascii);
    let bytes = text.as_bytes();
    if is_plain(bytes.first()) && is_plain(bytes.last()) { text } else { text.trim() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Summary,
    Description,
    Parameter,
}

#[derive(Default)]
struct Reader {
    documentation: Documentation,
    open: Vec<Element>,
    text: String,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let mut rest = line;
        while let Some((before, tag, behind)) = next_tag(rest) {
            self.words(before);
            self.tag(tag);
            rest = behind;
        }
        self.words(rest);
    }

    fn words(&mut self, text: &str) {
        let text = text.trim_ascii();
        if text.is_empty() {
            return;
        }
        if is_plain(text.as_bytes()) {
            self.blank();
            return self.text.push_str(text);
        }
        for word in text.split_ascii_whitespace() {
            self.blank();
            push_word(&mut self.text, word);
        }
    }

    /// Parts what is written next from what was.
    fn blank(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'\n' | b' ')) {
            self.text.push(' ');
        }
    }

    fn tag(&mut self, tag: &str) {
        match tag_name(tag) {
            "summary" => self.begin(Element::Summary),
            "desc" => self.begin(Element::Description),
            "param" => {
                self.begin(Element::Parameter);
                self.documentation.parameters.push(ParameterText {
                    name: attribute(tag, "name").unwrap_or_default().to_owned(),
                    summary: String::new(),
                    optional: is_true(tag, "optional"),
                    unused: is_true(tag, "unused"),
                });
            }
            "/summary" => self.finish(Element::Summary),
            "/desc" => self.finish(Element::Description),
            "/param" => self.finish(Element::Parameter),
            "rolecap" => self.documentation.rolecap = true,
            "rolebase" => self.documentation.rolebase = true,
            "infoflow" => self.documentation.infoflow = infoflow(tag),
            "li" => {
                self.new_line();
                self.text.push_str("* ");
            }
            "p" | "/p" | "ul" | "/ul" | "/li" | "br" => self.new_line(),
            _ => {}
        }
    }

    fn new_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn begin(&mut self, element: Element) {
        self.store();
        self.open.push(element);
    }

    /// Ends the element; what was opened inside it and not closed ends with it.
    fn finish(&mut self, element: Element) {
        if let Some(place) = self.open.iter().rposition(|open| *open == element) {
            self.store();
            self.open.truncate(place);
        }
    }

    /// Gives the words read to the innermost open element; outside of all they are nothing.
    fn store(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.give(trimmed(&text));
        // Its room is used again.
        self.text = text;
        self.text.clear();
    }

    fn give(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let in_parameter = self.open.contains(&Element::Parameter);
        let place = match self.open.last() {
            None => return,
            Some(_) if in_parameter => self.documentation.parameters.last_mut().map(|parameter| &mut parameter.summary),
            Some(Element::Description) => Some(&mut self.documentation.description),
            Some(Element::Summary | Element::Parameter) => Some(&mut self.documentation.summary),
        };
        let Some(place) = place else { return };
        if !place.is_empty() {
            place.push(' ');
        }
        place.push_str(text);
    }
}

/// Whether a text has no blanks but single ones between words, and no entities.
fn is_plain(text: &[u8]) -> bool {
    let mut was_blank = false;
    text.iter().all(|byte| {
        let is_blank = *byte == b' ';
        let is_well = if is_blank { !was_blank } else { *byte > b' ' && *byte != b'&' };
        was_blank = is_blank;
        is_well
    })
}

/// What stands before and behind a sign.
fn parted(text: &str, sign: u8) -> Option<(&str, &str)> {
    let (before, behind) = text.split_at_checked(memchr::memchr(sign, text.as_bytes())?)?;
    Some((before, behind.get(1..)?))
}

/// The first element's tag of a line without its brackets, and what stands before and behind it.
fn next_tag(line: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some((before, behind)) = line.get(from..).and_then(|text| parted(text, b'<')) {
        let named = behind.as_bytes().first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'/');
        from += before.len();
        if let Some((tag, behind)) = parted(behind, b'>').filter(|_| named) {
            return Some((line.get(..from).unwrap_or_default(), tag, behind));
        }
        from += 1;
    }
    None
}

fn tag_name(tag: &str) -> &str {
    let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
    if name.len() == tag.len() { name.trim_end_matches('/') } else { name }
}

/// Whether a parameter's tag says so; most have a name and nothing else.
fn is_true(tag: &str, name: &str) -> bool {
    let has_more = memchr::memchr_iter(b'=', tag.as_bytes()).count() > 1;
    has_more && attribute(tag, name) == Some("true")
}

/// The five entities of XML.
fn push_word(out: &mut String, word: &str) {
    if !word.as_bytes().contains(&b'&') {
        return out.push_str(word);
    }
    let word = word.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    out.push_str(&word.replace("&amp;", "&"));
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let first = *name.as_bytes().first()?;
    memchr::memchr_iter(first, tag.as_bytes()).find_map(|at| {
        let (before, rest) = tag.split_at_checked(at)?;
        let value = rest.strip_prefix(name)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = *value.as_bytes().first().filter(|byte| matches!(byte, b'"' | b'\''))?;
        let (value, _) = parted(value.get(1..)?, quote)?;
        matches!(before.as_bytes().last(), Some(b' ' | b'\t')).then_some(value)
    })
}

fn infoflow(tag: &str) -> Option<InfoFlow> {
    let direction = match attribute(tag, "type")? {
        "none" => Direction::None,
        "read" => Direction::Read,
        "write" => Direction::Write,
        "both" => Direction::Both,
        _ => return None,
    };
    let weight = attribute(tag, "weight").and_then(|weight| weight.parse().ok()).unwrap_or(0);
    Some(InfoFlow { direction, weight })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_elements_of_the_dtd() {
        let text = "\
## <summary>
##	Read  a &lt;file&gt;
##	of x.
## </summary>
## <desc>
##	<p>
##	First.
##	</p>
##	<ul><li>one</li><li>two</li></ul>
## </desc>
## <param name=\"domain\">
##	<summary>
##	Domain allowed.
##	</summary>
## </param>
## <param name=\"role\" optional=\"true\"><summary>A role.</summary></param>
## <param name='old' unused='true'>
##	<summary>Not used.</summary>
## </param>
## <infoflow type=\"read\" weight=\"10\" />
## <rolecap/>
########################################
#
";
        let documentation = Documentation::parse(text);
        assert_eq!(documentation.summary, "Read a <file> of x.");
        assert_eq!(documentation.description, "First.\n* one\n* two");
        let parameters: Vec<_> = documentation
            .parameters
            .iter()
            .map(|p| (p.name.as_str(), p.summary.as_str(), p.optional, p.unused))
            .collect();
        assert_eq!(
            parameters,
            [
                ("domain", "Domain allowed.", false, false),
                ("role", "A role.", true, false),
                ("old", "Not used.", false, true)
            ]
        );
        assert_eq!(documentation.infoflow, Some(InfoFlow { direction: Direction::Read, weight: 10 }));
        assert!(documentation.rolecap && !documentation.rolebase);
    }

    #[test]
    fn damaged_remarks_lose_nothing_that_can_be_read() {
        for (text, summary, parameters) in [
            ("## <summary>open", "open", 0),
            ("## </summary> stray", "", 0),
            ("## <summary> a < b and c</summary>", "a < b and c", 0),
            ("## <param name=\"x\"><summary>of x", "", 1),
            ("## <summary>a</summary><summary>b</summary>", "a b", 0),
            ("##<summary>no blank</summary>", "", 0),
            ("", "", 0),
        ] {
            let documentation = Documentation::parse(text);
            assert_eq!(
                (documentation.summary.as_str(), documentation.parameters.len()),
                (summary, parameters),
                "{text}"
            );
        }
    }

    #[test]
    fn parameters_are_counted_as_they_are_read() {
        for text in [
            "## <param name=\"a\">\n##\t<summary>x</summary>\n## </param>\n## <param name=\"b\" optional=\"true\">",
            "## <param/><param ><parameter><param optional=\"true\" name=\"c\"> <param name=\"d\" optional = 'true' />",
            "# <param name=\"a\">\n##<param name=\"b\">\n  ## <param name=\"c\">\n## a < b <param> <param",
            "## <x <param> <param name=\"optional\">\n## <param optional=\"true\">\n## <param//> <param\t>",
            "## </param> <param\n## > <param a=\"<param>\" optional=\"true\">",
        ] {
            let (read, counted) = (Documentation::parse(text).parameters, Documented::of(text));
            assert!(counted.count > 0, "{text}");
            assert_eq!(counted.count, read.len(), "{text}");
            let optional: Vec<_> = (0..read.len()).filter(|place| read[*place].optional).collect();
            assert_eq!(counted.optional, optional, "{text}");
        }
    }
}
