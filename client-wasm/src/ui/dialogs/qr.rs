//! The link as a QR code, drawn node by node.
//!
//! Invariant: dark on white with four modules of quiet around it, in every theme, because cameras read no themes.

use crate::ui::app::Ui;
use crate::ui::view::prelude::*;
use fast_qr::{ECL, QRBuilder};
use leptos::svg;

/// Modules of white that the standard asks for around the code.
const QUIET: usize = 4;

/// The code of an address; nothing when it is longer than a QR code can hold.
pub(super) fn qr(ui: Ui, address: &str) -> Option<AnyView> {
    let (size, path) = path(address)?;
    let side = size + 2 * QUIET;
    let drawing = svg::svg()
        .attr("viewBox", format!("0 0 {side} {side}"))
        .role("img")
        .aria_label(ui.t("invite-qr"))
        .child(svg::path().attr("d", path));
    Some(html::div().class("qr").child(drawing).into_any())
}

/// Modules per side, and the dark ones as an SVG path: one stroke of the pen per run.
fn path(address: &str) -> Option<(usize, String)> {
    let code = QRBuilder::new(address).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let start = x;
            while x < code.size && code[y][x].value() {
                x += 1;
            }
            if x > start {
                path.push_str(&format!("M{} {}h{}v1H{}z", start + QUIET, y + QUIET, x - start, start + QUIET));
            }
            x += 1;
        }
    }
    Some((code.size, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_begins_with_its_finder_pattern() {
        let Some((size, path)) = path("https://meet.example.org/#velvet-harbor-otter-maple-quill!") else { panic!("no code") };
        assert!(path.starts_with("M4 4h7v1H4z"), "{path}");
        assert!(size >= 25 && (size - 17) % 4 == 0, "{size}");
    }

    #[test]
    fn too_long_an_address_gives_no_code_and_no_panic() {
        assert!(path(&"x".repeat(5_000)).is_none());
    }
}
