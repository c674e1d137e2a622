//! `seltui interface expand`: what a call brings, as policy text.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::bail;
use clap::Args;

use super::{Answer, CommonOptions, declared_in, definitions, find::shown, show::say_undefined};
use crate::{
    cli::module_source::say,
    host::{self, headers::Headers, policy_types::PolicyAndSession},
    refpolicy::{
        Branch, CallKind, CallProblem, Definitions, Expander, Expansion, NameKind, Placed, ProblemKind, SearchIn,
        StatementId, Unfolded, matching::PolicyTypes as _, statement::StatementKind,
    },
    selinux::Call,
};

/// What to expand.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExpandOptions {
    /// The interface, template or pattern; its arguments follow, `$1`, `$2` … where there are none
    #[arg(value_name = "NAME", required_unless_present = "all")]
    name: Option<String>,

    /// The arguments of the call: domains, types, attributes, roles, prefixes, sets in braces; behind `--` one may begin with `-`
    #[arg(value_name = "ARG")]
    arguments: Vec<String>,

    /// Count the domains that this session declares among the members of an attribute: the file `journal` in its folder
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    session: Option<PathBuf>,

    /// Every interface and template: a line `## NAME`, then its statements
    #[arg(long)]
    all: bool,

    /// Show the calls in it, unfolded down to this depth, instead of statements alone
    #[arg(long, value_name = "LEVELS", conflicts_with = "all")]
    depth: Option<u32>,
}

/// Prints the statements; status 1 when nothing has that name, or m4 would fail at it.
pub(super) fn run(common: &CommonOptions, options: &ExpandOptions) -> anyhow::Result<Answer> {
    common.refuse_json("interface expand")?;
    let definitions = definitions(common)?;
    super::say_unsupported(definitions.headers());
    let mut expander = Expander::of(&definitions);
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let answer = if options.all {
        // The first word behind --all is an argument too.
        let arguments: Vec<_> = options.name.iter().chain(&options.arguments).map(String::as_str).collect();
        all(&definitions, &mut expander, &arguments, &mut out)?
    } else {
        one(common, &definitions, &mut expander, options, &mut out)?
    };
    out.flush()?;
    Ok(answer)
}

fn all(
    definitions: &Definitions,
    expander: &mut Expander,
    arguments: &[&str],
    out: &mut impl Write,
) -> anyhow::Result<Answer> {
    let mut answer = Answer::No;
    for (_, definition) in definitions.interfaces() {
        let parameters = parameters(definition.parameter_count());
        let own: Vec<_> = parameters.iter().map(String::as_str).collect();
        let expansion = expander.expand(&definition.name, if arguments.is_empty() { &own } else { arguments });
        writeln!(out, "## {}", definition.name)?;
        print(&expansion, out)?;
        tell(&expansion);
        answer = Answer::Done;
    }
    Ok(answer)
}

fn one(
    common: &CommonOptions,
    definitions: &Definitions,
    expander: &mut Expander,
    options: &ExpandOptions,
    out: &mut impl Write,
) -> anyhow::Result<Answer> {
    let name = options.name.as_deref().unwrap_or_default();
    let Some((_, definition)) = definitions.get(name) else {
        say_undefined(definitions, name, SearchIn::Interfaces);
        return Ok(Answer::No);
    };
    if let Some(argument) = options.arguments.iter().find(|argument| argument.contains(['(', ')', '`', '\'', ',', '#']))
    {
        let argument = crate::selinux::printable(argument.as_bytes());
        bail!("the argument \"{argument}\" would end or change the call: names, and sets in braces, can stand there");
    }
    let parameters = parameters(definition.parameter_count());
    let given: Vec<_> = if options.arguments.is_empty() { &parameters } else { &options.arguments }
        .iter()
        .map(String::as_str)
        .collect();
    if !options.arguments.is_empty()
        && let Some(calls) = refused(common, options.session.as_deref(), name, &given)?
    {
        for call in &calls {
            writeln!(out, "## {call}")?;
            print(&expander.expand(name, &call.argument_texts()), out)?;
        }
        return Ok(Answer::No);
    }
    let expansion = expander.expand(name, &given);
    match options.depth {
        Some(depth) => print_calls(&expansion, depth, out)?,
        None => print(&expansion, out)?,
    }
    Ok(tell(&expansion))
}

/// Says why an attribute cannot be the argument, where the policy tells that it is one; the calls for its members.
fn refused(
    common: &CommonOptions,
    session: Option<&Path>,
    name: &str,
    arguments: &[&str],
) -> anyhow::Result<Option<Vec<Call>>> {
    let policy = match host::policy::read(&common.root, common.policy.as_deref()) {
        Ok((_, policy)) => Some(policy),
        // Only a policy that was named must be there.
        Err(error) if common.policy.is_some() => return Err(error.into()),
        Err(_) => None,
    };
    let declared = session.map(declared_in).transpose()?.unwrap_or_default();
    let known = PolicyAndSession { policy: policy.as_ref(), declared: &declared };
    let kind_of = |name: &str| known.kind_of(name);
    let is_attribute = |argument: &&str| kind_of(argument) == NameKind::Attribute;
    let Some(attribute) = arguments.iter().find(|argument| is_attribute(argument)) else { return Ok(None) };
    let headers = Headers::new(&common.headers, &common.root);
    let catalogue = host::catalogue::read_only(&headers, &common.root, &[name])?;
    let Err(problem @ CallProblem::Attribute(..)) = catalogue.check_call(name, arguments, &kind_of) else {
        return Ok(None);
    };
    let members = known.members(attribute);
    let calls = catalogue.calls_for_members((name, arguments), &problem, &members, &kind_of);
    say(&format!("{name}({}) cannot be compiled: {problem}", arguments.join(", ")));
    if !calls.is_empty() {
        say("one call for each member can be:");
        for call in &calls {
            say(&format!("    {call}"));
        }
    }
    Ok(Some(calls))
}

fn parameters(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("${number}")).collect()
}

/// Says what m4 would say; the answer is no where it would fail.
fn tell(expansion: &Expansion) -> Answer {
    let mut answer = Answer::Done;
    for problem in &expansion.problems {
        // What a macro prints names its own place, and is a line.
        let text = match problem.kind {
            ProblemKind::Printed => problem.message.trim_end().to_owned(),
            _ => problem.to_string(),
        };
        say(&crate::selinux::printable(text.as_bytes()));
        if problem.kind >= ProblemKind::Error {
            answer = Answer::No;
        }
    }
    answer
}

/// One statement a line; blocks with their braces.
fn print(expansion: &Expansion, out: &mut impl Write) -> std::io::Result<()> {
    let mut open = Blocks::default();
    for (placed, id) in expansion.statements.iter().zip(0..) {
        open.close_before(StatementId(id), Some(placed), out)?;
        writeln!(out, "{}", shown(placed.statement.text()))?;
        open.begin(placed, String::new());
    }
    open.close_all(out)
}

/// The blocks that are open where the text is, each with the blanks before its head.
#[derive(Default)]
struct Blocks(Vec<(StatementId, Branch, String)>);

impl Blocks {
    /// Closes the blocks that end before this statement, and goes on to their second branch.
    fn close_before(&mut self, id: StatementId, placed: Option<&Placed>, out: &mut impl Write) -> std::io::Result<()> {
        while let Some((_, _, indent)) = self.0.pop_if(|(end, ..)| *end <= id) {
            writeln!(out, "{indent}}}")?;
        }
        if let (Some((_, branch @ Branch::Then, indent)), Some((_, Branch::Else))) =
            (self.0.last_mut(), placed.and_then(|placed| placed.block))
        {
            *branch = Branch::Else;
            writeln!(out, "{indent}}} else {{")?;
        }
        Ok(())
    }

    fn begin(&mut self, placed: &Placed, indent: String) {
        use StatementKind::{Block, If, Optional, Require};

        if matches!(placed.statement.kind, Require | Optional | If(_) | Block) {
            self.0.push((placed.end, Branch::Then, indent));
        }
    }

    fn close_all(&mut self, out: &mut impl Write) -> std::io::Result<()> {
        self.0.drain(..).rev().try_for_each(|(_, _, indent)| writeln!(out, "{indent}}}"))
    }
}

/// The calls as a tree, each level and each block further to the right: what is not unfolded is shown as the call that it is.
fn print_calls(expansion: &Expansion, depth: u32, out: &mut impl Write) -> std::io::Result<()> {
    let mut left: Vec<_> = expansion.unfold(None).into_iter().rev().map(|line| (0, line)).collect();
    let mut open = Blocks::default();
    while let Some((level, line)) = left.pop() {
        match line {
            Unfolded::Statement(id, placed) => {
                open.close_before(id, Some(placed), out)?;
                let indent = "  ".repeat(level + open.0.len());
                writeln!(out, "{indent}{}", shown(placed.statement.text()))?;
                open.begin(placed, indent);
            }
            Unfolded::Call(id, call) => {
                // Where a call brings nothing, nothing tells on which side of a brace it stands.
                if call.first < call.end {
                    open.close_before(call.first, expansion.statement(call.first), out)?;
                }
                let arguments: Vec<_> = call.arguments.iter().map(|argument| shown(argument.as_str())).collect();
                let word = match call.kind {
                    CallKind::Interface => "interface",
                    CallKind::Template => "template",
                    CallKind::Pattern => "pattern",
                };
                let name = shown(call.name.as_str());
                let indent = "  ".repeat(level + open.0.len());
                writeln!(out, "{indent}{name}({}) # {word}", arguments.join(", "))?;
                if call.depth <= depth {
                    left.extend(expansion.unfold(Some(id)).into_iter().rev().map(|line| (level + 1, line)));
                }
            }
        }
    }
    open.close_all(out)
}
