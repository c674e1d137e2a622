//! What the devel Makefile defines for m4, out of its own text and `build.conf`.
//!
//! Distributions differ in it (Fedora's has `hide_broken_symptoms`), so it is read as make would read it, as far as
//! variables and conditions go: no rule, no file, no command. What a function of make gives that asks the machine is
//! empty.

use std::collections::HashMap;

/// What stands in the place of a Makefile that is not there: refpolicy's `support/Makefile.devel` in short.
const WITHOUT_MAKEFILE: &str = r#"
include build.conf
TYPE ?= standard
DIRECT_INITRC ?= n
ifeq "$(TYPE)" "mls"
M4PARAM += -D enable_mls
endif
ifeq "$(TYPE)" "mcs"
M4PARAM += -D enable_mcs
endif
ifneq ($(DISTRO),)
M4PARAM += -D distro_$(DISTRO)
endif
ifeq "$(SYSTEMD)" "y"
M4PARAM += -D init_systemd
endif
ifeq ($(DIRECT_INITRC),y)
M4PARAM += -D direct_sysadm_daemon
endif
ifeq "$(UBAC)" "y"
M4PARAM += -D enable_ubac
endif
M4PARAM += $(foreach opt,$(CUSTOM_BUILDOPT),-D $(opt))
MLS_SENS ?= 16
MLS_CATS ?= 1024
MCS_CATS ?= 1024
M4PARAM += -D mls_num_sens=$(MLS_SENS) -D mls_num_cats=$(MLS_CATS) -D mcs_num_cats=$(MCS_CATS)
"#;

/// Variables within variables, functions within functions.
const DEEPEST: u32 = 20;

/// The longest value; a variable may double itself in every line.
const LONGEST: usize = 1 << 16;

/// The macros that m4 is given (`-D`), with their values.
///
/// `given` are the variables that make gets on its command line, which win over those of the files.
///
/// ```
/// use seltui::refpolicy::makefile_definitions;
///
/// let build = "TYPE ?= mcs\nDISTRO ?= debian\noverride MCS_CATS := 1024\n";
/// let names: Vec<_> = makefile_definitions(None, build, &[]).into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["enable_mcs", "distro_debian", "mls_num_sens", "mls_num_cats", "mcs_num_cats"]);
/// ```
pub fn makefile_definitions(makefile: Option<&str>, build_conf: &str, given: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut make = Make::default();
    for (name, value) in given {
        let value = Variable { text: (*value).to_owned(), is_expanded: true, is_given: true };
        make.variables.insert((*name).to_owned(), value);
    }
    make.read(makefile.unwrap_or(WITHOUT_MAKEFILE), build_conf);
    let parameters = make.value("M4PARAM", 0);
    let mut words = parameters.split_ascii_whitespace();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix("-D") else { continue };
        let definition = if rest.is_empty() { words.next().unwrap_or_default() } else { rest };
        let definition = definition.replace(['"', '\''], "");
        let (name, value) = definition.split_once('=').unwrap_or((&definition, ""));
        if !name.is_empty() {
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

#[derive(Debug)]
struct Variable {
    text: String,
    /// Set with `:=`: what is in it is done.
    is_expanded: bool,
    /// From the command line.
    is_given: bool,
}

#[derive(Default)]
struct Make {
    variables: HashMap<String, Variable>,
}

/// An `ifeq` that is not ended.
struct Conditional {
    /// The part that is read now counts.
    holds: bool,
    /// One of its parts counted already.
    is_decided: bool,
    /// Those around it count.
    is_reached: bool,
}

impl Make {
    fn read(&mut self, text: &str, build_conf: &str) {
        let mut open: Vec<Conditional> = Vec::new();
        let mut in_rule = false;
        for line in logical_lines(text) {
            let counts = open.last().is_none_or(|conditional| conditional.holds);
            let line = without_comment(&line);
            // Behind a rule a tab begins what the rule does; elsewhere it is a blank.
            if in_rule && line.starts_with('\t') {
                continue;
            }
            let line = line.trim();
            let (word, rest) = line.split_once(|c: char| c.is_ascii_whitespace() || c == '(').unwrap_or((line, ""));
            let rest = line.get(word.len()..).unwrap_or(rest).trim();
            match word {
                "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                    let holds = counts && self.condition(word, rest);
                    open.push(Conditional { holds, is_decided: holds, is_reached: counts });
                }
                "else" => {
                    let (word, rest) =
                        rest.split_once(|c: char| c.is_ascii_whitespace() || c == '(').unwrap_or((rest, ""));
                    let is_open =
                        open.last().is_some_and(|conditional| conditional.is_reached && !conditional.is_decided);
                    let holds = is_open && (word.is_empty() || self.condition(word, rest));
                    if let Some(conditional) = open.last_mut() {
                        conditional.holds = holds;
                        conditional.is_decided |= holds;
                    }
                }
                "endif" => {
                    open.pop();
                }
                "include" | "-include" | "sinclude" if counts && rest.ends_with("build.conf") => {
                    self.read(build_conf, "");
                }
                _ if counts && !line.is_empty() => in_rule = !self.assign(line) && line.contains(':'),
                _ => {}
            }
        }
    }

    fn condition(&self, word: &str, rest: &str) -> bool {
        if let "ifdef" | "ifndef" = word {
            let is_set = !self.value(&self.expanded(rest, 0), 0).is_empty();
            return is_set == (word == "ifdef");
        }
        let rest = rest.trim();
        let parts = match rest.strip_prefix('(') {
            Some(inner) => comma_split(inner.strip_suffix(')').unwrap_or(inner)),
            None => quoted_parts(rest),
        };
        let mut parts = parts.iter().map(|part| self.expanded(part, 0).trim().to_owned());
        let is_equal = parts.next().unwrap_or_default() == parts.next().unwrap_or_default();
        is_equal == (word == "ifeq")
    }

    /// `NAME = value` and its kin; false for anything else, a rule or what is not of interest.
    fn assign(&mut self, line: &str) -> bool {
        let mut line = line;
        let mut overrides = false;
        while let Some((word @ ("override" | "export" | "private"), rest)) = line.split_once(char::is_whitespace) {
            overrides |= word == "override";
            line = rest.trim_start();
        }
        let Some((left, value)) = line.split_once('=') else { return false };
        let name = left.trim_end_matches([':', '?', '+']);
        let operator = left.get(name.len()..).unwrap_or_default();
        let (name, value) = (name.trim(), value.trim_start());
        // A colon before the sign is a rule's.
        if name.is_empty() || name.contains([':', ' ', '\t', '$', '(']) {
            return false;
        }
        let old = self.variables.get(name);
        if old.is_some_and(|old| old.is_given) && !overrides {
            return true;
        }
        let (text, is_expanded) = match (operator, old) {
            ("?", Some(_)) => return true,
            ("+", Some(old)) if old.is_expanded => (format!("{} {}", old.text, self.expanded(value, 0)), true),
            ("+", Some(old)) => (format!("{} {value}", old.text), false),
            (":" | "::", _) => (self.expanded(value, 0), true),
            _ => (value.to_owned(), false),
        };
        if text.len() <= LONGEST {
            self.variables.insert(name.to_owned(), Variable { text, is_expanded, is_given: false });
        }
        true
    }

    fn value(&self, name: &str, depth: u32) -> String {
        match self.variables.get(name) {
            Some(variable) if variable.is_expanded => variable.text.clone(),
            Some(variable) => self.expanded(&variable.text, depth + 1),
            None => String::new(),
        }
    }

    /// A text with its variables and functions put in.
    fn expanded(&self, text: &str, depth: u32) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            result.push_str(before);
            rest = match behind.chars().next() {
                Some('$') => {
                    result.push('$');
                    behind.get(1..).unwrap_or_default()
                }
                Some(open @ ('(' | '{')) => {
                    let (inner, behind) = enclosed(behind, open);
                    if depth < DEEPEST && result.len() <= LONGEST {
                        result.push_str(&self.reference(inner, depth + 1));
                    }
                    behind
                }
                Some(single) => {
                    result.push_str(&self.value(single.encode_utf8(&mut [0; 4]), depth + 1));
                    behind.get(single.len_utf8()..).unwrap_or_default()
                }
                None => "",
            };
        }
        result.push_str(rest);
        result
    }

    /// What stands between `$(` and `)`.
    fn reference(&self, inner: &str, depth: u32) -> String {
        let Some((function, rest)) = inner.split_once([' ', '\t']) else {
            return self.value(&self.expanded(inner, depth), depth);
        };
        let arguments = comma_split(rest);
        let argument = |number: usize| arguments.get(number).map(|text| self.expanded(text, depth)).unwrap_or_default();
        let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match function {
            "strip" => words(&self.expanded(rest, depth)).join(" "),
            "findstring" => {
                let (part, text) = (argument(0), argument(1));
                if text.contains(&part) { part } else { String::new() }
            }
            "filter" | "filter-out" => {
                let patterns = words(&argument(0));
                let wanted = function == "filter";
                let texts = words(&argument(1));
                texts.into_iter().filter(|text| patterns.contains(text) == wanted).collect::<Vec<_>>().join(" ")
            }
            "if" => {
                if argument(0).trim().is_empty() {
                    argument(2)
                } else {
                    argument(1)
                }
            }
            "foreach" => {
                let (name, list) = (argument(0), words(&argument(1)));
                let body = arguments.get(2).map(String::as_str).unwrap_or_default();
                let each = list.iter().map(|word| {
                    let body = body.replace(&format!("$({})", name.trim()), word);
                    self.expanded(&body, depth)
                });
                each.collect::<Vec<_>>().join(" ")
            }
            _ => String::new(),
        }
    }
}

/// Lines, with those put together that a backslash joins.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let (part, more) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(part.trim_start());
            }
            None => lines.push(part.to_owned()),
        }
        goes_on = more;
    }
    lines
}

fn without_comment(line: &str) -> &str {
    line.split_once('#').map_or(line, |(before, _)| before)
}

/// The text up to the bracket that closes the first character, and what is behind it.
fn enclosed(text: &str, open: char) -> (&str, &str) {
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return (text.get(1..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
            }
        }
    }
    (text.get(1..).unwrap_or_default(), "")
}

/// At the commas that stand in no parenthesis.
fn comma_split(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_u32);
    for c in text.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

/// `"a" "b"` or `'a' 'b'`
fn quoted_parts(text: &str) -> Vec<String> {
    let (mut parts, mut rest) = (Vec::new(), text.trim_start());
    while let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = rest.get(1..).unwrap_or_default();
        let (part, behind) = inner.split_once(quote).unwrap_or((inner, ""));
        parts.push(part.to_owned());
        rest = behind.trim_start();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(makefile: &str, build: &str, given: &[(&str, &str)]) -> String {
        let found = makefile_definitions(Some(makefile), build, given);
        found.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn conditions_are_make_s() {
        let makefile = "A ?= y\nifeq ($(A),y)\n\tM4PARAM += -D a\nelse\nM4PARAM += -D not_a\nendif\n\
            ifneq \"$(findstring -mls,$(TYPE))\" \"\"\nM4PARAM += -D mls\nelse ifeq ($(TYPE),mcs)\nM4PARAM += -D mcs\nendif\n\
            ifdef NOTHING\nM4PARAM += -D nothing\nifeq (a,a)\nM4PARAM += -D inner\nendif\nendif\n\
            rule: A\n\tM4PARAM += -D rule\n";
        assert_eq!(shown(makefile, "", &[("TYPE", "mcs")]), "a= mcs=");
        assert_eq!(shown(makefile, "", &[("TYPE", "strict-mls"), ("A", "n")]), "not_a= mls=");
    }

    #[test]
    fn without_a_makefile_it_is_refpolicy_s() {
        let words = |build: &str, given: &[(&str, &str)]| {
            let found = makefile_definitions(None, build, given);
            let word =
                |(name, value): (String, String)| if value.is_empty() { name } else { format!("{name}={value}") };
            found.into_iter().map(word).collect::<Vec<_>>().join(" ")
        };
        let numbers = "mls_num_sens=16 mls_num_cats=1024 mcs_num_cats=1024";
        let debian = "TYPE ?= mcs\nNAME ?= default\nDISTRO ?= debian\nMONOLITHIC ?= n\nDIRECT_INITRC ?= y\nSYSTEMD ?= y\n\
                      CUSTOM_BUILDOPT ?= \noverride UBAC := y\noverride MLS_SENS := 16\noverride MLS_CATS := 1024\n\
                      override MCS_CATS := 1024\n";
        let rest = format!("distro_debian init_systemd direct_sysadm_daemon enable_ubac {numbers}");
        assert_eq!(words(debian, &[]), format!("enable_mcs {rest}"));
        assert_eq!(words(debian, &[("TYPE", "mls")]), format!("enable_mls {rest}"));
        assert_eq!(words("", &[]), numbers);
        let custom = words("CUSTOM_BUILDOPT = a b # c\nMLS_SENS:=4", &[]);
        assert_eq!(custom, "a b mls_num_sens=4 mls_num_cats=1024 mcs_num_cats=1024");
    }

    #[test]
    fn given_variables_win_unless_overridden() {
        let makefile = "include $(HEADERDIR)/build.conf\nM4PARAM = -D t=$(TYPE) -Dc=$(CATS) # no -D x\n";
        let build = "TYPE ?= mcs\noverride CATS := 8\nTYPE = mls\n";
        assert_eq!(shown(makefile, build, &[]), "t=mls c=8");
        assert_eq!(shown(makefile, build, &[("TYPE", "standard"), ("CATS", "9")]), "t=standard c=8");
    }

    #[test]
    fn a_variable_that_names_itself_ends() {
        assert_eq!(shown("M4PARAM = -D a $(M4PARAM) $(M4PARAM)\n", "", &[]).split(' ').next(), Some("a="));
    }
}
