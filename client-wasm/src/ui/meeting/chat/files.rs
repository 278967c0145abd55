//! Files in the log.
//!
//! Invariant: nothing of a file is shown or offered for saving before all of it is here and was checked; nothing but pictures is ever shown,
//! and no file is opened by this page.

use super::{Line, pictures};
use crate::model::{FileId, FileInfo, FileKind, FileState, MeetingCommand, PostCommand};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    meeting::{Meeting, shown_name},
    parts::button,
};
use crypto::sorted::SortedMap;
use leptos::ev;
use web_sys::{Blob, Url};

/// Pictures up to this size come by themselves, bytes.
const BY_ITSELF: u64 = 3 * 1024 * 1024;
/// And up to so much of them in one meeting.
const BY_THEMSELVES: u64 = 60 * 1024 * 1024;
/// In rooms of up to so many people: each of them is sent the picture by the one who offers it.
const FEW: usize = 12;
/// Longest name that is shown whole, in characters.
const SHORT: usize = 34;

/// What is known of files.
#[derive(Clone, Copy)]
pub(in crate::ui::meeting) struct Files {
    states: RwSignal<SortedMap<FileId, FileState>>,
    /// What is here, and for pictures the address under which this page shows it.
    here: RwSignal<SortedMap<FileId, Here>>,
    /// Bytes that came by themselves.
    spent: StoredValue<u64>,
}

#[derive(Clone)]
struct Here {
    blob: Blob,
    url: StoredValue<Option<String>>,
}

impl Files {
    pub(super) fn new() -> Self {
        Self { states: RwSignal::new(SortedMap::new()), here: RwSignal::new(SortedMap::new()), spent: StoredValue::new(0) }
    }

    pub(super) fn clear(self) {
        self.here.update(|here| {
            for one in std::mem::take(here).into_values() {
                if let Some(url) = one.url.try_update_value(Option::take).flatten() {
                    let _ = Url::revoke_object_url(&url);
                }
            }
        });
        self.states.update(SortedMap::clear);
        self.spent.set_value(0);
    }

    /// One of our own.
    pub(super) fn mine(self, id: FileId, blob: &Blob) {
        self.came(id, blob.clone());
    }

    /// All of it is here.
    pub(in crate::ui::meeting) fn came(self, id: FileId, blob: Blob) {
        self.here.update(|here| {
            here.insert(id, Here { blob, url: StoredValue::new(None) });
        });
    }

    pub(super) fn state_is(self, id: FileId, state: FileState) {
        self.states.update(|states| {
            states.insert(id, state);
        });
    }

    fn state(self, id: FileId) -> Option<FileState> {
        self.states.with(|states| states.get(&id).copied())
    }
}

/// Small pictures come without being asked for, where few people are.
pub(super) fn have_by_itself(meeting: Meeting, file: &FileInfo) {
    let spent = meeting.chat.files.spent.get_value() + file.size;
    if file.kind != FileKind::Other && file.size <= BY_ITSELF && spent <= BY_THEMSELVES && meeting.count() <= FEW {
        meeting.chat.files.spent.set_value(spent);
        meeting.command(MeetingCommand::Post(PostCommand::Fetch(file.id)));
    }
}

/// A file in a bubble.
pub(super) fn view(ui: Ui, meeting: Meeting, line: &Line, file: &FileInfo) -> AnyView {
    let (files, id, mine) = (meeting.chat.files, file.id, line.mine);
    let what = {
        let (name, bytes) = (file.name.clone(), file.size);
        move || format!("{}{}", ending(&name).map(|end| format!("{end}, ")).unwrap_or_default(), size(ui, bytes))
    };
    let words = html::span().class("file-words").child((
        html::b().attr("title", file.name.clone()).child(middle_cut(&file.name)),
        html::span().class("small").child(what),
    ));
    let head = html::div().class("msg-file").child((icon(Icon::Clip), words));
    let state = Memo::new(move || files.state(id));
    let is_here = Memo::new(move || files.here.with(|here| here.contains_key(&id)));
    let shown = {
        let file = file.clone();
        move || (is_here.get() && file.kind != FileKind::Other).then(|| picture(files, &file))
    };
    let below = match mine {
        true => {
            let told = move || sent(ui, state.get());
            html::p().class("small").child(told).into_any()
        }
        false => {
            let (file, from, who) = (file.clone(), line.from, line.name.clone());
            let has_it = move || meeting.people.with(|people| people.iter().any(|person| Some(person.member) == from));
            let part = move || match is_here.get() {
                true => save(ui, files, &file),
                false => fetched(ui, meeting, &file, state.get().filter(|state| *state != FileState::Whole), has_it(), &who),
            };
            part.into_any()
        }
    };
    (shown, head, below).into_any()
}

/// What becomes of a file of ours.
fn sent(ui: Ui, state: Option<FileState>) -> String {
    match state {
        Some(FileState::HadBy(count)) => ui.say("file-had-by", &[("count", count.into())]),
        Some(FileState::Unreadable) => ui.t("file-unreadable")(),
        _ => ui.t("file-stay")(),
    }
}

fn save(ui: Ui, files: Files, file: &FileInfo) -> AnyView {
    let (id, name) = (file.id, file.name.clone());
    button("btn btn-line btn-small", Some(Icon::Save), ui.t("file-save"), move || {
        if let Some(here) = files.here.with_untracked(|here| here.get(&id).cloned()) {
            browser::save_blob(&name, &here.blob);
            ui.saved.set(true);
        }
    })
}

/// How far a file is that is not here.
fn fetched(ui: Ui, meeting: Meeting, file: &FileInfo, state: Option<FileState>, has_it: bool, who: &str) -> AnyView {
    let (id, who) = (file.id, shown_name(ui, who));
    let get = move || meeting.command(MeetingCommand::Post(PostCommand::Fetch(id)));
    let stop = move || {
        meeting.command(MeetingCommand::Post(PostCommand::Stop(id)));
        meeting.chat.files.states.update(|states| {
            states.remove(&id);
        });
    };
    let line = |words: String| html::p().class("small").child(words);
    let by = |words| line(ui.say(words, &[("name", who.as_str().into())]));
    match state {
        Some(FileState::Coming(pieces)) => {
            let all = file.chunks().unwrap_or(1);
            let percent = pieces * 100 / all.max(1);
            let words = ui.say("file-coming", &[("percent", percent.into())]);
            let bar = html::progress().attr("max", all.to_string()).attr("value", pieces.to_string()).aria_label(words.clone());
            let cancel = button("btn btn-link file-act", None, ui.t("file-cancel"), stop);
            (bar, html::div().class("file-end").child((line(words), cancel))).into_any()
        }
        Some(FileState::Waiting) => {
            let cancel = button("btn btn-link file-act", None, ui.t("file-cancel"), stop);
            html::div().class("file-end").child((by("file-waiting"), cancel)).into_any()
        }
        Some(FileState::Gone) => by("file-gone").into_any(),
        _ if !has_it => by("file-gone").into_any(),
        Some(FileState::Failed) => {
            (line(ui.t("file-failed")()), button("btn btn-line btn-small", None, ui.t("file-again"), get)).into_any()
        }
        _ => {
            let words = ui.t(if file.kind == FileKind::Other { "file-get" } else { "file-show" });
            button("btn btn-line btn-small", Some(Icon::Down), words, get)
        }
    }
}

/// The picture; it goes if the browser cannot read it.
fn picture(files: Files, file: &FileInfo) -> AnyView {
    let (id, kind) = (file.id, file.kind);
    let broken = RwSignal::new(false);
    let url = files.here.with_untracked(|here| here.get(&id).cloned()).and_then(|here| {
        here.url
            .try_update_value(|url| {
                if url.is_none() {
                    *url = shown_as(&here.blob, kind);
                }
                url.clone()
            })
            .flatten()
    });
    let name = file.name.clone();
    let image = move || {
        url.clone().filter(|_| !broken.get()).map(|url| {
            html::img().class("chat-picture").attr("src", url).attr("alt", name.clone()).on(ev::error, move |_| broken.set(true))
        })
    };
    image.into_any()
}

/// An address of this page's own under which the browser finds the picture; its type is one of four, whatever the file is.
fn shown_as(blob: &Blob, kind: FileKind) -> Option<String> {
    let typed = blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), pictures::mime(kind)).ok()?;
    Url::create_object_url_with_blob(&typed).ok()
}

/// A size as people say it: thousands, and millions with one figure behind the point.
pub(super) fn size(ui: Ui, bytes: u64) -> String {
    let (value, unit) = rounded(bytes);
    let value = ui.say("file-number", &[("whole", (value / 10).into()), ("tenth", (value % 10).into())]);
    match unit {
        Unit::Thousand => ui.say("file-kilobytes", &[("size", bytes.div_ceil(1_000).into())]),
        Unit::Million => ui.say("file-megabytes", &[("size", value.into())]),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Thousand,
    Million,
}

/// Tenths of the unit.
fn rounded(bytes: u64) -> (u64, Unit) {
    if bytes < 999_500 { (bytes.div_ceil(100), Unit::Thousand) } else { ((bytes + 50_000) / 100_000, Unit::Million) }
}

/// What the name says that a file is: short endings only.
fn ending(name: &str) -> Option<String> {
    let (_, end) = name.rsplit_once('.')?;
    let short = !end.is_empty() && end.len() <= 5 && end.chars().all(|c| c.is_ascii_alphanumeric());
    short.then(|| end.to_uppercase())
}

/// A long name loses its middle: how it begins and what it is stay.
fn middle_cut(name: &str) -> String {
    let all: Vec<char> = name.chars().collect();
    if all.len() <= SHORT {
        return name.to_owned();
    }
    let (head, tail) = (SHORT / 2, SHORT - SHORT / 2 - 1);
    let start: String = all.iter().take(head).collect();
    let end: String = all.iter().skip(all.len() - tail).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_both_ends() {
        assert_eq!(middle_cut("short.pdf"), "short.pdf");
        let cut = middle_cut(&format!("{}.final.pdf", "long ".repeat(20)));
        assert!(cut.starts_with("long long") && cut.ends_with(".final.pdf") && cut.chars().count() == SHORT);
        assert_eq!((ending("a.tar.gz").as_deref(), ending("none"), ending("a.b c")), (Some("GZ"), None, None));
    }

    #[test]
    fn sizes_are_rounded_as_people_round() {
        assert_eq!(rounded(212_000), (2_120, Unit::Thousand));
        assert_eq!(
            (rounded(999_500), rounded(3_449_999), rounded(52_428_800)),
            ((10, Unit::Million), (34, Unit::Million), (524, Unit::Million))
        );
    }
}
