//! A meeting as a calendar file (iCalendar, RFC 5545).
//!
//! Invariant: the file holds the link and the words of the invitation, and neither a password nor anybody's name.

/// What the file says.
pub(crate) struct Event<'a> {
    /// 16 bytes by chance: two files are never the same event.
    pub(crate) uid: [u8; 16],
    /// When the file was made, in seconds since 1970 (UTC).
    pub(crate) made: i64,
    /// When the meeting begins, in seconds since 1970 (UTC).
    pub(crate) start: i64,
    /// How long it is to last, in minutes.
    pub(crate) minutes: u16,
    /// The entry's title.
    pub(crate) title: &'a str,
    /// The text below it; lines end with `\n`.
    pub(crate) text: &'a str,
    /// The link, which is also the place.
    pub(crate) link: &'a str,
}

/// The whole file. Lines end with CRLF and have at most 75 octets (§3.1); times are UTC, so that everybody's calendar turns them into
/// its own.
pub(crate) fn file(event: &Event<'_>) -> String {
    let end = event.start.saturating_add(i64::from(event.minutes) * 60);
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Incamera//Incamera//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", uuid(event.uid)),
        format!("DTSTAMP:{}", utc(event.made)),
        format!("DTSTART:{}", utc(event.start)),
        format!("DTEND:{}", utc(end)),
        format!("SUMMARY:{}", escaped(event.title)),
        format!("DESCRIPTION:{}", escaped(event.text)),
        format!("LOCATION:{}", escaped(event.link)),
        // An address is no text: nothing in it is escaped (§3.3.13).
        format!("URL:{}", event.link),
        "CLASS:PRIVATE".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// A text value (§3.3.11).
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => safe.extend(['\\', letter]),
            '\n' => safe.push_str("\\n"),
            control if control.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

/// A line with its end, broken where it would pass 75 octets (§3.1), never inside a character.
fn folded(line: &str) -> String {
    const MOST: usize = 75;
    let mut folded = String::with_capacity(line.len() + 8);
    let mut octets = 0;
    for letter in line.chars() {
        if octets + letter.len_utf8() > MOST {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(letter);
        octets += letter.len_utf8();
    }
    folded + "\r\n"
}

/// A moment in UTC (§3.3.5, form 2). Days are counted as in the proleptic Gregorian calendar.
fn utc(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years that begin in March, so that the leap day is their last (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// A version 4 UUID (RFC 9562 §5.4), as RFC 7986 §5.3 wants `UID`.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(text: &'a str, link: &'a str) -> Event<'a> {
        Event { uid: [0xff; 16], made: 0, start: 1_795_266_300, minutes: 45, title: "Réunion", text, link }
    }

    /// What a calendar makes of a file: lines joined again, texts read.
    fn read(file: &str, property: &str) -> String {
        let unfolded = file.replace("\r\n ", "");
        let line = unfolded.split("\r\n").find_map(|line| line.strip_prefix(property)?.strip_prefix(':'));
        let mut letters = line.unwrap_or_else(|| panic!("{property} in {file}")).chars();
        let mut text = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => text.extend(letters.next().map(|next| if next == 'n' { '\n' } else { next })),
                letter => text.push(letter),
            }
        }
        text
    }

    #[test]
    fn a_calendar_reads_what_was_meant() {
        let text = "Retrouvons-nous à huis clos sur Incamera\u{a0}:\nhttps://meet.example.org/#comite-de-redaction-jeudi!\nSans compte, \
            sans installation\u{202f}; le mot de passe, \\ je vous le donne autrement.";
        let link = "https://meet.example.org/#comite-de-redaction-jeudi!";
        let file = file(&event(text, link));
        assert_eq!(read(&file, "DESCRIPTION"), text);
        assert_eq!(read(&file, "LOCATION"), link);
        assert_eq!(read(&file, "URL"), link);
        assert_eq!(read(&file, "SUMMARY"), "Réunion");
        assert_eq!(read(&file, "DTSTART"), "20261121T130500Z");
        assert_eq!(read(&file, "DTEND"), "20261121T135000Z");
        assert_eq!(read(&file, "DTSTAMP"), "19700101T000000Z");
        assert_eq!(read(&file, "UID"), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        for whom in ["ORGANIZER", "ATTENDEE"] {
            assert!(!file.contains(whom));
        }
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_no_letter_is_broken() {
        let text = "é".repeat(100) + "\u{1f512}\u{1f512}" + &"a".repeat(149) + "ü";
        let file = file(&event(&text, "https://meet.example.org/#velvet"));
        assert!(file.ends_with("END:VCALENDAR\r\n"));
        assert_eq!(read(&file, "DESCRIPTION"), text);
        for line in file.split("\r\n") {
            assert!(line.len() <= 75, "{} octets: {line}", line.len());
            assert!(!line.contains(['\r', '\n']));
        }
        let full = file.split("\r\n").filter(|line| line.len() >= 74).count();
        assert!(full >= 4, "lines are filled before they are broken: {file}");
    }

    #[test]
    fn what_could_end_a_line_or_begin_a_property_does_not() {
        let text = "one\r\nATTENDEE:mailto:eve@example.org\n;,\\";
        let file = file(&event(text, "https://meet.example.org/#velvet"));
        assert!(!file.contains("\nATTENDEE"));
        assert_eq!(read(&file, "DESCRIPTION"), text.replace('\r', ""));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, told) in [
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (1_767_225_599, "20251231T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (-1, "19691231T235959Z"),
        ] {
            assert_eq!(utc(seconds), told);
        }
    }
}
