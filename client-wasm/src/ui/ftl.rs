//! Fluent (projectfluent.org), as much of it as the files of words use: messages of a few lines with values in them, and
//! choices among forms by a value. The build script shares this.
//!
//! Invariant: **what this cannot say is refused when the client is built**, with file and line ([`check`]); what it says is what
//! `fluent-bundle` says.

/// A piece of a message.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// `{ $name }`
    Value(&'a str),
    /// `{ $name -> [one] … *[other] … }`
    Choice(&'a str, Vec<Form<'a>>),
}

/// One form of a choice.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    /// What the value is, or which kind of number.
    pub(crate) key: &'a str,
    /// Whether it is taken where no other is.
    pub(crate) default: bool,
    pub(crate) pieces: Vec<Piece<'a>>,
}

/// The messages of a file with their texts, which [`pieces`] reads. A line that begins a message ends the one before.
pub(crate) fn messages(file: &str) -> impl Iterator<Item = (&str, &str)> {
    let begins = |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#');
    let mut rest = file;
    std::iter::from_fn(move || {
        loop {
            let mut end = rest.find('\n').map_or(rest.len(), |end| end + 1);
            if end == 0 {
                return None;
            }
            if !rest.starts_with('#') {
                while end < rest.len() && !rest.get(end..).is_some_and(begins) {
                    end += rest.get(end..)?.find('\n').map_or(rest.len() - end, |end| end + 1);
                }
            }
            let (entry, after) = rest.split_at_checked(end)?;
            rest = after;
            if let Some((id, text)) = entry.split_once('=').filter(|_| !entry.starts_with('#')) {
                return Some((id.trim_end(), text.trim()));
            }
        }
    })
}

/// The pieces of a message's text.
///
/// # Errors
/// What is left where something stands that this does not know.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, &str> {
    let mut rest = text;
    let mut pieces = line(&mut rest)?;
    while !rest.is_empty() {
        let next = rest.strip_prefix(INDENTED).filter(|next| !next.starts_with([' ', '\n', '.', '[', '*', '}'])).ok_or(rest)?;
        pieces.push(Piece::Text("\n"));
        rest = next;
        pieces.append(&mut line(&mut rest)?);
    }
    Ok(pieces)
}

/// How a message goes on in its next line.
const INDENTED: &str = "\n    ";

/// Up to the end of a line, or of the text.
fn line<'a>(rest: &mut &'a str) -> Result<Vec<Piece<'a>>, &'a str> {
    let mut pieces = Vec::new();
    loop {
        let end = rest.find(['{', '}', '\n']).unwrap_or(rest.len());
        let (text, after) = rest.split_at_checked(end).ok_or(*rest)?;
        let goes_on = after.starts_with('{');
        let text = if goes_on { text } else { text.trim_end() };
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        *rest = after;
        if !goes_on {
            return if after.starts_with('}') { Err(after) } else { Ok(pieces) };
        }
        pieces.push(placeable(rest)?);
    }
}

fn placeable<'a>(rest: &mut &'a str) -> Result<Piece<'a>, &'a str> {
    take(rest, "{")?;
    *rest = rest.trim_start();
    take(rest, "$")?;
    let name = name(rest)?;
    *rest = rest.trim_start();
    if take(rest, "}").is_ok() {
        return Ok(Piece::Value(name));
    }
    take(rest, "->")?;
    let mut forms: Vec<Form<'a>> = Vec::new();
    loop {
        *rest = rest.trim_start();
        if take(rest, "}").is_ok() {
            let one_default = forms.iter().filter(|form| form.default).count() == 1;
            return if one_default { Ok(Piece::Choice(name, forms)) } else { Err(*rest) };
        }
        forms.push(form(rest)?);
    }
}

fn form<'a>(rest: &mut &'a str) -> Result<Form<'a>, &'a str> {
    let default = take(rest, "*").is_ok();
    take(rest, "[")?;
    let key = name(rest)?;
    take(rest, "]")?;
    *rest = rest.trim_start_matches(' ');
    let pieces = line(rest)?;
    // A choice within a choice is nobody's idea of a sentence.
    let plain = !pieces.iter().any(|piece| matches!(piece, Piece::Choice(..)));
    if plain && rest.starts_with('\n') { Ok(Form { key, default, pieces }) } else { Err(*rest) }
}

fn name<'a>(rest: &mut &'a str) -> Result<&'a str, &'a str> {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(end).ok_or(*rest)?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(*rest);
    }
    *rest = after;
    Ok(name)
}

fn take<'a>(rest: &mut &'a str, what: &str) -> Result<(), &'a str> {
    *rest = rest.strip_prefix(what).ok_or(*rest)?;
    Ok(())
}

/// Whether every line of a file is understood.
///
/// # Errors
/// The line, counted from 1, and what is wrong with it.
#[allow(dead_code, reason = "of the build script and of tests")]
pub(crate) fn check(file: &str) -> Result<(), (usize, &'static str)> {
    let at = |rest: &str| file[..rest.as_ptr() as usize - file.as_ptr() as usize].matches('\n').count() + 1;
    let known = |line: &str| match line.chars().next() {
        None | Some(' ' | '#' | '}') => true,
        Some(first) => first.is_ascii_alphabetic() && line.contains('='),
    };
    if let Some(line) = file.lines().position(|line| !known(line) || line.contains(['\t', '\r'])) {
        return Err((line + 1, "is neither a message nor part of one"));
    }
    for (id, text) in messages(file) {
        let mut rest = id;
        if name(&mut rest).is_err() || !rest.is_empty() {
            return Err((at(id), "has no name that a message may have"));
        }
        match pieces(text) {
            Ok(pieces) if !pieces.is_empty() => {}
            Ok(_) => return Err((at(id), "says nothing")),
            Err(rest) => return Err((at(rest.trim_start()), "has something that only the whole of Fluent knows")),
        }
    }
    Ok(())
}

/// Says a message: `value` writes one of its values, and `is` tells whether a value chooses a form. `apart` puts marks around values
/// that keep mixed writing directions apart.
pub(crate) fn say(
    pieces: &[Piece<'_>],
    apart: bool,
    value: &dyn Fn(&str, &mut String),
    is: &dyn Fn(&str, &str) -> bool,
    into: &mut String,
) {
    let apart_here = apart && pieces.len() > 1;
    for piece in pieces {
        if let Piece::Text(text) = piece {
            into.push_str(text);
            continue;
        }
        if apart_here {
            into.push('\u{2068}');
        }
        match piece {
            Piece::Value(name) => value(name, into),
            Piece::Choice(name, forms) => {
                let chosen = forms.iter().find(|form| is(name, form.key)).or_else(|| forms.iter().find(|form| form.default));
                say(chosen.map_or(&[], |form| &form.pieces), apart, value, is, into);
            }
            Piece::Text(_) => {}
        }
        if apart_here {
            into.push('\u{2069}');
        }
    }
}
