//! Numbers with a fraction, without what the standard library weighs for them.
//!
//! Invariant: nothing here writes out a floating-point number. What writes one exactly weighs 20 kB, and `f64::clamp` brings it along, for
//! the words of its panic.

/// `value`, or the end of the range that is nearer; the least for what is no number.
pub(crate) fn within(value: f64, least: f64, most: f64) -> f64 {
    if value < most {
        if value > least { value } else { least }
    } else if value >= most {
        most
    } else {
        least
    }
}

/// A length for a style sheet, in CSS pixels, to the hundredth.
pub(crate) fn px(length: f64) -> String {
    let hundredths = (length * 100.0).round() as i64;
    let (whole, rest) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    let sign = if hundredths < 0 { "-" } else { "" };
    if rest == 0 { format!("{sign}{whole}px") } else { format!("{sign}{whole}.{rest:02}px") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_stays_and_what_is_not_goes_to_the_nearer_end() {
        let ends = |value| within(value, 1.0, 2.0);
        assert_eq!([0.0, 1.0, 1.5, 2.0, 3.0].map(ends), [1.0, 1.0, 1.5, 2.0, 2.0]);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY, f64::NAN].map(ends), [1.0, 2.0, 1.0]);
    }

    #[test]
    fn a_length_is_written_to_the_hundredth_of_a_pixel() {
        let lengths = [0.0, 320.0, 0.05, 12.345, 99.999, -0.004, -3.5];
        assert_eq!(lengths.map(px), ["0px", "320px", "0.05px", "12.35px", "100px", "0px", "-3.50px"]);
    }
}
