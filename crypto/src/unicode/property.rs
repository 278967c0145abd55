/// Allowed, whatever is around it.
pub(crate) const ALLOWED: u8 = 1;
/// Kills a vowel, and lets a joiner follow.
pub(crate) const VIRAMA: u8 = 2;
/// Of the Greek script.
pub(crate) const GREEK: u8 = 4;
/// Of the Hebrew script.
pub(crate) const HEBREW: u8 = 8;
/// Of the scripts Hiragana, Katakana or Han.
pub(crate) const KANA_OR_HAN: u8 = 16;
/// Joins the letter that follows (joining type L or D).
pub(crate) const JOINS_NEXT: u8 = 32;
/// Joins the letter before it (joining type R or D).
pub(crate) const JOINS_LAST: u8 = 64;
/// Is passed over by what joins (joining type T).
pub(crate) const TRANSPARENT: u8 = 128;
