//! The lines that a person reads.
//!
//! **Invariant:** each line is written when it is known, so that whoever waits sees what is being waited for; a line to mend says what to do.

use std::io::Write as _;

/// What was found of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it should be, and how it is.
    Good(String),
    /// Not as it should be, and what to do.
    Mend(String),
    /// Could not be found out, or is right only if something else is, and what.
    Unknown(String),
}

/// How many of which.
#[derive(Debug, Default)]
pub(crate) struct Report {
    good: usize,
    mend: usize,
    unknown: usize,
    #[cfg(test)]
    pub(super) lines: Vec<(String, Verdict)>,
}

/// Signs, so that the lines are told apart without colours.
const SIGNS: [&str; 3] = ["ok  ", "MEND", "?   "];

impl Report {
    /// What follows is about this.
    pub(crate) fn heading(&mut self, words: &str) {
        write(&format!("{}{words}\n", if self.good + self.mend + self.unknown == 0 { "" } else { "\n" }));
    }

    /// One line.
    pub(crate) fn add(&mut self, what: &str, verdict: Verdict) {
        let (sign, count, words) = match &verdict {
            Verdict::Good(words) => (SIGNS[0], &mut self.good, words),
            Verdict::Mend(words) => (SIGNS[1], &mut self.mend, words),
            Verdict::Unknown(words) => (SIGNS[2], &mut self.unknown, words),
        };
        *count += 1;
        write(&format!("  {sign}  {what}: {words}\n"));
        #[cfg(test)]
        self.lines.push((what.to_owned(), verdict));
    }

    /// [`Verdict::Good`].
    pub(crate) fn good(&mut self, what: &str, words: impl Into<String>) {
        self.add(what, Verdict::Good(words.into()));
    }

    /// [`Verdict::Mend`].
    pub(crate) fn mend(&mut self, what: &str, words: impl Into<String>) {
        self.add(what, Verdict::Mend(words.into()));
    }

    /// [`Verdict::Unknown`].
    pub(crate) fn unknown(&mut self, what: &str, words: impl Into<String>) {
        self.add(what, Verdict::Unknown(words.into()));
    }

    /// Lines that name something to do.
    pub(crate) fn to_mend(&self) -> usize {
        self.mend
    }

    /// The last line: what it comes to.
    pub(crate) fn end(&self) {
        let unknown = match self.unknown {
            0 => String::new(),
            1 => " One line could not be found out.".into(),
            many => format!(" {many} lines could not be found out."),
        };
        write(&match self.mend {
            0 => format!("\nNothing to mend.{unknown}\n"),
            1 => format!("\nOne thing to mend.{unknown}\n"),
            many => format!("\n{many} things to mend.{unknown}\n"),
        });
    }
}

/// Whoever reads may have stopped reading.
fn write(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
