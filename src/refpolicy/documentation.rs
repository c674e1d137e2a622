//! The remarks before an interface (`## <summary>…`), as refpolicy's `segenxml` takes them.

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
        for line in lines.lines() {
            let Some(text) = comment(line) else { continue };
            reader.line(text);
        }
        reader.store();
        reader.documentation
    }
}

/// The text behind `##` and a blank, without blanks around it; an XML comment of segenxml.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("##")?;
    text.starts_with([' ', '\t']).then(|| text.trim())
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
        let mut from = 0;
        while let Some((before, behind)) = rest.get(from..).and_then(|text| text.split_once('<')) {
            let named = behind.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
            let Some((tag, behind)) = behind.split_once('>').filter(|_| named) else {
                from += before.len() + 1;
                continue;
            };
            self.words(rest.get(..from + before.len()).unwrap_or_default());
            self.tag(tag);
            (rest, from) = (behind, 0);
        }
        self.words(rest);
    }

    fn words(&mut self, text: &str) {
        for word in text.split_ascii_whitespace() {
            if !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
                self.text.push(' ');
            }
            push_word(&mut self.text, word);
        }
    }

    fn tag(&mut self, tag: &str) {
        let name = tag.trim_end_matches('/').split_ascii_whitespace().next().unwrap_or_default();
        match name {
            "summary" => self.begin(Element::Summary),
            "desc" => self.begin(Element::Description),
            "param" => {
                self.begin(Element::Parameter);
                let is_true = |name| attribute(tag, name).is_some_and(|value| value == "true");
                self.documentation.parameters.push(ParameterText {
                    name: attribute(tag, "name").unwrap_or_default().to_owned(),
                    summary: String::new(),
                    optional: is_true("optional"),
                    unused: is_true("unused"),
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
        self.give(text.trim());
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

/// The five entities of XML.
fn push_word(out: &mut String, word: &str) {
    if !word.contains('&') {
        return out.push_str(word);
    }
    let word = word.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    out.push_str(&word.replace("&amp;", "&"));
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let (before, rest) = tag.split_at_checked(at)?;
        let value = rest.strip_prefix(name)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, _) = value.strip_prefix(quote)?.split_once(quote)?;
        before.ends_with([' ', '\t']).then_some(value)
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
}
