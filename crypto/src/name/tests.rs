use super::*;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

fn normal(typed: &str) -> Option<String> {
    RoomName::normalise(typed).map(|name| name.as_str().to_owned())
}

#[test]
fn the_same_words_on_any_keyboard_are_the_same_room() {
    for (name, spellings) in [
        (
            "comite-social",
            &[
                "Comité social",
                "comite_social",
                "  COMITE --- SOCIAL!! ",
                "comité\u{a0}social",
                "Comite\u{301} social",
                "ｃｏｍｉｔｅ　ｓｏｃｉａｌ",
            ][..],
        ),
        ("au-coeur-de-l-ete", &["Au cœur de l’été", "au coeur de l'ete", "AU CŒUR DE L'ÉTÉ", "au-coeur-de-l\u{2bc}ete\u{301}"]),
        ("strasse", &["Straße", "STRASSE", "STRAẞE"]),
        ("istanbul", &["İstanbul", "ISTANBUL", "ıstanbul"]),
        ("lodz-kobenhavn", &["Łódź/København"]),
        ("οδοσ", &["ΟΔΟΣ", "οδός"]),
        ("fichier-no-2", &["ﬁchier № 2"]),
    ] {
        for spelling in spellings {
            assert_eq!(normal(spelling).as_deref(), Some(name), "{spelling}");
        }
    }
}

#[test]
fn letters_of_every_script_stay() {
    for (typed, name) in [
        ("Комітет № 5", "комітет-no-5"),
        ("会議 室", "会議-室"),
        ("がぎぐ", "がぎぐ"),
        ("회의실", "회의실"),
        ("हिन्दी सभा", "हिन्दी-सभा"),
        ("ประชุมลับ", "ประชุมลับ"),
        ("اجتماع سري", "اجتماع-سري"),
        ("می\u{200c}خواهم", "میخواهم"),
    ] {
        assert_eq!(normal(typed), Some(name.nfc().collect()), "{typed}");
    }
}

#[test]
fn a_name_needs_a_letter_and_has_an_end() {
    assert_eq!(normal(""), None);
    assert_eq!(normal(" -- 🙂 !"), None);
    assert_eq!(normal(&"a".repeat(MAX_NAME_BYTES)).map(|name| name.len()), Some(MAX_NAME_BYTES));
    assert_eq!(normal(&"a".repeat(MAX_NAME_BYTES + 1)), None);
    assert_eq!(normal(&" a".repeat(MAX_TYPED_BYTES)), None);
}

#[test]
fn a_drawn_name_is_six_words_and_looks_it() {
    for (language, entropy) in [(Language::English, [0x11; 32]), (Language::French, [0xe7; 32]), (Language::French, [0; 32])] {
        let name = RoomName::draw(language, entropy);
        assert_eq!(name.as_str().split('-').count(), 6);
        assert!(name.is_drawn());
        assert_eq!(normal(name.as_str()).as_deref(), Some(name.as_str()));
    }
    assert_eq!(RoomName::draw(Language::English, [0; 32]).as_str(), "abandon-abandon-abandon-abandon-abandon-abandon");
}

#[test]
fn every_one_of_the_66_bits_counts() {
    let names: HashSet<String> = (0..66)
        .map(|bit| {
            let mut entropy = [0; 32];
            entropy[bit / 8] = 1 << (7 - bit % 8);
            RoomName::draw(Language::French, entropy).as_str().to_owned()
        })
        .collect();
    assert_eq!(names.len(), 66);
}

#[test]
fn typed_words_do_not_look_drawn() {
    for typed in ["comite social", "on va y al lo la", "a-b2-c-d", "réunion du 2 3 4 5 mai"] {
        assert!(!RoomName::normalise(typed).expect("a name").is_drawn(), "{typed}");
    }
}

#[test]
fn a_suffix_is_four_short_groups_of_forty_bits_at_least() {
    let bits = 4.0 * (19.0_f64 * 8.0 * 19.0).log2();
    assert!(bits > 40.0, "{bits}");
    let typed = RoomName::normalise("Comité social").expect("a name");
    let name = typed.clone().with_suffix([0x3c; 32]);
    assert!(
        name.as_str().starts_with("comite-social-") && name.as_str().len() == "comite-social".len() + 16,
        "{}",
        name.as_str()
    );
    assert!(name.is_drawn() && !typed.is_drawn());
    assert_ne!(name, typed.with_suffix([0x3d; 32]));
}

#[test]
fn drawn_groups_are_spread_evenly() {
    let mut seen = [0_u32; 19];
    for n in 0..1900_u64 {
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        entropy[24..].copy_from_slice(&n.wrapping_mul(0xd134_2543_de82_ef95).to_be_bytes());
        let name = RoomName::normalise("x").expect("a name").with_suffix(entropy);
        let letter = name.as_str().as_bytes()[2];
        seen[SUFFIX_LETTERS.iter().position(|&c| c == letter).expect("a letter of the suffix")] += 1;
    }
    assert!(seen.iter().all(|&n| (50..=160).contains(&n)), "{seen:?}");
}

#[test]
fn a_name_cannot_be_printed_by_accident() {
    let name = RoomName::normalise("secret room").expect("a name");
    assert_eq!(format!("{name:?}"), "RoomName(..)");
}

proptest! {
    #[test]
    fn normal_is_normal_for_good(typed in ".{0,80}") {
        if let Some(name) = normal(&typed) {
            prop_assert_eq!(normal(&name), Some(name.clone()));
            prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.contains("--"));
            prop_assert!(name.len() <= MAX_NAME_BYTES);
        }
    }

    #[test]
    fn a_suffix_fits_behind_any_name(typed in "\\PC{1,120}", entropy: [u8; 32]) {
        if let Some(name) = RoomName::normalise(&typed) {
            let name = name.with_suffix(entropy);
            prop_assert!(name.as_str().len() <= MAX_NAME_BYTES && name.is_drawn(), "{}", name.as_str());
            prop_assert_eq!(RoomName::normalise(name.as_str()), Some(name));
        }
    }
}
