//! `seltui events`: what a log says, one line or JSON object a message, or grouped into denials.

mod message_json;
mod text;

use std::io::{self, BufWriter, Write as _};

use clap::Args;

use self::message_json::{DenialJson, MessageJson};
use super::{Answer, CommonOptions, json, reading};
use crate::{
    denials::{Denial, Denials},
    host::{clock, log::Detail},
};

/// What only this subcommand takes.
#[derive(Debug, Args)]
pub struct EventsOptions {
    /// Group the messages into denials, most frequent first
    #[arg(long)]
    summary: bool,
}

/// Prints the messages of the log. The answer is no when there is none.
pub fn run(common: &CommonOptions, options: &EventsOptions) -> anyhow::Result<Answer> {
    let inputs = reading::inputs(common);
    let zone = clock::zone();
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let (mut denials, mut handed) = (Denials::new(), false);
    let detail = if options.summary { Detail::WithoutCommandLine } else { Detail::Whole };
    let summary = reading::read_what_can_be(common, &inputs, detail, |event| {
        handed = true;
        if options.summary {
            denials.absorb(event);
            return Ok(());
        }
        for message in &event.messages {
            if common.json {
                json::write_line(&mut out, &MessageJson::new(&event.id, message, &inputs))?;
            } else {
                writeln!(out, "{}", text::message(&event, message, &zone))?;
            }
        }
        Ok(())
    })?;
    if summary.counters.lines == 0 {
        reading::complain(&summary)?;
    }
    let mut rows: Vec<&Denial> = denials.rows().iter().collect();
    rows.sort_by_key(|denial| std::cmp::Reverse(denial.tally.count()));
    for denial in rows {
        if common.json {
            json::write_line(&mut out, &DenialJson::new(denial))?;
        } else {
            writeln!(out, "{}", text::denial(denial, &zone))?;
        }
    }
    out.flush()?;
    // The counts are for a person: a closed standard error is no reason to fail.
    let _ = writeln!(io::stderr(), "{}", text::counters(&summary.counters));
    reading::complain(&summary)?;
    Ok(if handed { Answer::Done } else { Answer::No })
}
