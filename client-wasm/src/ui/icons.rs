//! Icons: the files of `icons/`, built into the page node by node, because a page that trusts no markup cannot parse any.
//!
//! Invariant: every icon is decoration (`aria-hidden`); the words stand beside it or on the button.

use crate::ui::view::prelude::*;
use leptos::svg;
use wasm_bindgen::JsCast;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

macro_rules! icons {
    ($($name:ident = $file:literal),* $(,)?) => {
        /// An icon of the house.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Icon { $($name),* }
        impl Icon {
            fn file(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../../icons/", $file, ".svg"))),* }
            }
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

icons! {
    Applause = "applause", Back = "back", Burn = "burn", Camera = "camera", CameraOff = "camera-off", Chat = "chat", Check = "check", Clip = "clip", Clock = "clock", Close = "close", Copy = "copy",
    Dice = "dice", Door = "door", Down = "down", Eye = "eye", EyeOff = "eye-off", Everyone = "grid",
    Fullscreen = "fullscreen", Hand = "hand", Heart = "heart", Info = "info", Invite = "invite", Lamp = "lamp", Laugh = "laugh", Leave = "leave", Mic = "mic", MicOff = "mic-off", Next = "next", Offline = "offline",
    Lock = "lock", Mail = "mail", More = "more", People = "people", Pin = "pin", Quality = "signal", Refresh = "refresh", Remove = "remove", Save = "save",
    SafetyCode = "shield-words", Screen = "screen", ScreenOff = "screen-off", Send = "send", Settings = "settings",
    Smile = "smile", Surprise = "surprise", ThumbDown = "thumb-down", ThumbUp = "thumb-up",
    Speaker = "focus", SpeakerOff = "speaker-off", SpeakerOn = "speaker", Veil = "veil", Vote = "vote", Warn = "warn", Window = "window",
}

/// One drawn thing: its tag, its attributes, and how deep it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape<'a> {
    tag: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    depth: usize,
}

/// Reads one of our icon files: elements and attributes in double quotes, nothing else. The outermost `svg` is left out.
fn shapes(file: &str) -> Vec<Shape<'_>> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for element in file.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        if element.starts_with('/') {
            depth = depth.saturating_sub(1);
            continue;
        }
        let empty = element.ends_with('/');
        let element = element.trim_end_matches('/');
        let (tag, rest) = element.split_once(' ').unwrap_or((element, ""));
        if tag != "svg" {
            found.push(Shape { tag, attributes: attributes(rest), depth });
        }
        if !empty {
            depth += 1;
        }
    }
    found
}

fn attributes(text: &str) -> Vec<(&str, &str)> {
    let mut parts = text.split('"');
    let mut all = Vec::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        all.push((name.trim().trim_end_matches('='), value));
    }
    all
}

/// Draws the shapes of a file into an element that is already in the page.
fn draw(file: &str, into: &web_sys::Element) {
    let Some(document) = into.owner_document() else { return };
    // The same element draws another icon when a button changes its state.
    into.set_text_content(None);
    let mut parents = vec![into.clone()];
    for shape in shapes(file) {
        let Ok(node) = document.create_element_ns(Some(NAMESPACE), shape.tag) else { continue };
        for (name, value) in shape.attributes {
            let _ = node.set_attribute(name, value);
        }
        // Depth 1 is directly inside the svg.
        parents.truncate(shape.depth.max(1));
        if let Some(parent) = parents.last() {
            let _ = parent.append_child(&node);
        }
        parents.push(node);
    }
}

/// An icon at the size of the text around it.
pub(crate) fn icon(name: Icon) -> AnyView {
    sized(name, "i")
}

/// A smaller one, for fields and lists.
pub(crate) fn small_icon(name: Icon) -> AnyView {
    sized(name, "i i-s")
}

fn sized(name: Icon, class: &'static str) -> AnyView {
    svg::svg()
        .attr("class", class)
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .directive(move |element| draw(name.file(), element.unchecked_ref()))
        .into_any()
}

/// The mark: an arch in a wall, with a light in it.
pub(crate) fn mark() -> AnyView {
    svg::svg()
        .attr("class", "mark")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .child((
            svg::path().attr("class", "mark-wall").attr("d", "M3 22V11a9 9 0 0 1 18 0v11z"),
            svg::path().attr("class", "mark-light").attr("d", "M8.25 22v-9.5a3.75 3.75 0 0 1 7.5 0V22z"),
        ))
        .into_any()
}

/// Arches within arches, behind everything that is not a meeting. `centred` puts them in the middle.
pub(crate) fn chamber(centred: bool) -> AnyView {
    const LINES: [&str; 5] = [
        "M352 900V470a240 240 0 0 1 480 0v480",
        "M262 900V456a330 330 0 0 1 660 0v480",
        "M172 900V442a420 420 0 0 1 840 0v480",
        "M82 900V428a510 510 0 0 1 1020 0v480",
        "M-8 900V414a600 600 0 0 1 1200 0v480",
    ];
    let drawing = svg::svg().attr("viewBox", "0 0 1184 832").attr("preserveAspectRatio", "xMidYMax slice").child((
        svg::path().attr("class", "lit").attr("d", "M352 832V470a240 240 0 0 1 480 0v362z"),
        svg::path().attr("class", "lit2").attr("d", "M462 832V500a130 130 0 0 1 260 0v332z"),
        LINES.map(|line| svg::path().attr("d", line)).into_iter().collect_view(),
    ));
    html::div().class(if centred { "chamber mid" } else { "chamber" }).aria_hidden("true").child(drawing).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_shapes_that_svg_knows() {
        for icon in Icon::ALL {
            let shapes = shapes(icon.file());
            assert!(!shapes.is_empty(), "{icon:?}");
            for shape in shapes {
                assert!(
                    ["path", "rect", "circle", "g", "line", "ellipse", "polyline"].contains(&shape.tag),
                    "{icon:?}: {}",
                    shape.tag
                );
                assert!(
                    !shape.attributes.is_empty()
                        && shape.attributes.iter().all(|(name, value)| !name.is_empty() && !value.is_empty())
                );
                assert!(shape.attributes.iter().all(|(name, _)| !name.starts_with("on") && *name != "style"), "{icon:?}");
            }
        }
    }

    #[test]
    fn shapes_know_their_group() {
        let file = r#"<svg viewBox="0 0 24 24"><g fill="none"><path d="M1 2"/></g><rect x="9" y="3"/></svg>"#;
        let depths: Vec<_> = shapes(file).iter().map(|shape| (shape.tag, shape.depth)).collect();
        assert_eq!(depths, [("g", 1), ("path", 2), ("rect", 1)]);
        assert_eq!(attributes(r#"x="9" y="3""#), [("x", "9"), ("y", "3")]);
    }
}
