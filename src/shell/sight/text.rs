//! Figures as text: Prometheus' exposition format, version 0.0.4 (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! **Invariant:** names and labels are the program's own words ([`Label`] holds nothing else), so none of them can come from outside: no room,
//! no person, no address. What [`write`] writes, [`read`] reads.

use std::fmt::Write as _;

/// The media type of what [`write`] makes.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows, until the program is started again.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often something took how long.
    Histogram,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What a figure is about, in words of the program or numbers that it gave itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Label {
    /// A name and one of a few words.
    Word(&'static str, &'static str),
    /// Which of the machine's cores.
    Core(usize),
    /// A histogram's class: seconds up to which it goes.
    UpTo(f64),
}

/// One number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// What follows the family's name.
    pub(crate) suffix: &'static str,
    /// What it is about.
    pub(crate) labels: Vec<Label>,
    /// The number.
    pub(crate) value: f64,
}

/// Numbers of one name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Family {
    /// The name.
    pub(crate) name: &'static str,
    /// What it means, without line ends and backslashes.
    pub(crate) help: &'static str,
    /// What kind it is.
    pub(crate) kind: Kind,
    /// The numbers.
    pub(crate) samples: Vec<Sample>,
}

/// All families as text.
pub(crate) fn write(families: &[Family]) -> String {
    let mut text = String::new();
    for Family { name, help, kind, samples } in families {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.name());
        for Sample { suffix, labels, value } in samples {
            let _ = write!(text, "{name}{suffix}");
            for (at, label) in labels.iter().enumerate() {
                let _ = write!(text, "{}{label}", if at == 0 { '{' } else { ',' });
            }
            let _ = writeln!(text, "{} {value}", if labels.is_empty() { "" } else { "}" });
        }
    }
    text
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(name, word) => write!(f, "{name}=\"{word}\""),
            Self::Core(core) => write!(f, "core=\"{core}\""),
            Self::UpTo(seconds) if seconds.is_infinite() => f.write_str("le=\"+Inf\""),
            Self::UpTo(seconds) => write!(f, "le=\"{seconds}\""),
        }
    }
}

/// One line of figures as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line<'a> {
    /// Name with suffix.
    pub(crate) name: &'a str,
    /// Names and values of the labels.
    pub(crate) labels: Vec<(&'a str, &'a str)>,
    /// The number.
    pub(crate) value: f64,
}

/// Reads the figures of such a text. `None` when a line is none: the other end is no Incamera of this kind.
pub(crate) fn read(text: &str) -> Option<Vec<Line<'_>>> {
    text.lines().filter(|line| !line.starts_with('#')).map(read_line).collect()
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let (head, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let (name, labels) = match head.split_once('{') {
        None => (head, Vec::new()),
        Some((name, labels)) => {
            let labels = labels.strip_suffix('}')?.split(',').map(|pair| {
                let (name, value) = pair.split_once('=')?;
                Some((name, value.strip_prefix('"')?.strip_suffix('"')?))
            });
            (name, labels.collect::<Option<Vec<_>>>()?)
        }
    };
    let is_name = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name(name) && labels.iter().all(|(name, _)| is_name(name))).then_some(Line { name, labels, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_format_asks_for() {
        let samples = vec![
            Sample { suffix: "_bucket", labels: vec![Label::Core(0), Label::UpTo(0.000_05)], value: 3.0 },
            Sample { suffix: "_bucket", labels: vec![Label::Core(0), Label::UpTo(f64::INFINITY)], value: 4.0 },
            Sample { suffix: "_count", labels: vec![Label::Word("way", "udp")], value: 12_345_678_901_234.0 },
            Sample { suffix: "_sum", labels: Vec::new(), value: 0.25 },
        ];
        let family = Family { name: "it_seconds", help: "How long it took.", kind: Kind::Histogram, samples };
        let text = write(&[family]);
        let wanted = "# HELP it_seconds How long it took.\n# TYPE it_seconds histogram\n\
            it_seconds_bucket{core=\"0\",le=\"0.00005\"} 3\nit_seconds_bucket{core=\"0\",le=\"+Inf\"} 4\n\
            it_seconds_count{way=\"udp\"} 12345678901234\nit_seconds_sum 0.25\n";
        assert_eq!(text, wanted);
        let lines = read(&text).unwrap();
        assert_eq!(lines[0], Line { name: "it_seconds_bucket", labels: vec![("core", "0"), ("le", "0.00005")], value: 3.0 });
        assert_eq!(lines[3], Line { name: "it_seconds_sum", labels: Vec::new(), value: 0.25 });
    }

    #[test]
    fn what_is_no_figure_is_not_taken_for_one() {
        for text in ["<html>", "a b c", "name{label=\"x\" 1", "name{=\"x\"} 1", "na me 1", "name one", "{} 1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
