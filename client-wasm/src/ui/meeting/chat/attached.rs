//! Files that are about to be sent: chosen, pasted or dropped.
//!
//! Invariant: what is too large or empty is said before anything is sent; pictures lose what they carry unseen before they may be sent, and
//! what keeps it says so.

use super::{files::size, pictures, recipient};
use crate::model::{FILE_BYTES, FileId, FileInfo, FileKind, MeetingCommand, MemberId};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    meeting::{Meeting, open::Panel},
    parts::{hint, icon_button},
};
use js_sys::{Array, Uint8Array};
use leptos::{ev, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Blob, ClipboardEvent, DragEvent, File, FileList, HtmlElement, HtmlInputElement};

/// Files that are sent at once, at most.
const MOST: usize = 10;

/// One of them.
#[derive(Clone)]
struct One {
    number: usize,
    name: String,
    kind: FileKind,
    blob: Blob,
    details: Details,
}

/// What it carries besides what it shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Details {
    /// Nobody knows: it is no picture.
    Unknown,
    /// Being looked for.
    Looking,
    /// They are gone.
    Removed,
    /// They may be in it, and are sent along.
    Kept,
}

/// What is wrong with what was chosen.
#[derive(Clone, PartialEq, Eq)]
enum Wrong {
    TooLarge(String),
    Empty(String),
    TooMany,
}

/// All of them.
#[derive(Clone, Copy)]
pub(super) struct Attached {
    files: RwSignal<Vec<One>>,
    wrong: RwSignal<Option<Wrong>>,
    next: StoredValue<usize>,
}

impl Attached {
    pub(super) fn new() -> Self {
        Self { files: RwSignal::new(Vec::new()), wrong: RwSignal::new(None), next: StoredValue::new(0) }
    }

    pub(super) fn clear(self) {
        self.files.update(Vec::clear);
        self.wrong.set(None);
    }

    /// Nothing is attached, as a handler sees it.
    pub(super) fn is_empty(self) -> bool {
        self.files.with_untracked(Vec::is_empty)
    }

    /// Sends what is ready; the rest stays.
    pub(super) fn send(self, meeting: Meeting, to: Option<MemberId>) {
        let (ready, rest): (Vec<One>, Vec<One>) =
            self.files.get_untracked().into_iter().partition(|one| one.details != Details::Looking);
        self.files.set(rest);
        self.wrong.set(None);
        for One { name, kind, blob, .. } in ready {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = browser::entropy();
            let id = FileId([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]);
            let file = FileInfo { id, name: crypto::files::tidy_name(&name), kind, size: blob.size() as u64 };
            meeting.chat.files.mine(id, &blob);
            meeting.command(MeetingCommand::SendFile { to, file, blob });
        }
    }

    fn add(self, files: Vec<File>) {
        self.wrong.set(None);
        for file in files {
            let (name, bytes) = (file.name(), file.size());
            let wrong = match () {
                () if self.files.with_untracked(Vec::len) >= MOST => Some(Wrong::TooMany),
                () if bytes > FILE_BYTES as f64 => Some(Wrong::TooLarge(name.clone())),
                () if bytes == 0.0 => Some(Wrong::Empty(name.clone())),
                () => None,
            };
            match wrong {
                Some(wrong) => self.wrong.set(Some(wrong)),
                None => self.attach(name, &file),
            }
        }
    }

    fn attach(self, name: String, file: &File) {
        let number = self.next.try_update_value(|next| std::mem::replace(next, *next + 1)).unwrap_or_default();
        let (kind, seen) =
            (pictures::kind(&file.type_()), file.type_().starts_with("image/") || file.type_().starts_with("video/"));
        let cleaned = matches!(kind, FileKind::Jpeg | FileKind::Png | FileKind::Webp);
        let details = match (cleaned, seen) {
            (true, _) => Details::Looking,
            (false, true) => Details::Kept,
            (false, false) => Details::Unknown,
        };
        let blob: Blob = file.clone().unchecked_into();
        self.files.update(|files| files.push(One { number, name, kind, blob: blob.clone(), details }));
        if !cleaned {
            return;
        }
        spawn_local(async move {
            let clean = browser::bytes_of(&blob).await.and_then(|bytes| pictures::without_details(kind, &bytes));
            let clean =
                clean.and_then(|clean| Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(clean.as_slice()))).ok());
            self.files.update(|files| {
                let Some(one) = files.iter_mut().find(|one| one.number == number) else { return };
                one.details = if clean.is_some() { Details::Removed } else { Details::Kept };
                if let Some(clean) = clean {
                    one.blob = clean;
                }
            });
        });
    }
}

/// Opens the browser's own choice of files.
pub(super) fn button(ui: Ui, meeting: Meeting) -> AnyView {
    let field = html::input().attr("type", "file").attr("multiple", "").attr("hidden", "").id("chat-files").on(
        ev::change,
        move |event| {
            let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
            meeting.chat.attached.add(listed(field.files()));
            // The same file may be chosen again.
            field.set_value("");
            browser::focus_soon("message");
        },
    );
    let act = move || {
        if let Some(field) =
            browser::document().get_element_by_id("chat-files").and_then(|field| field.dyn_into::<HtmlElement>().ok())
        {
            field.click();
        }
    };
    (field, icon_button(Icon::Clip, "ib clip", ui.t("file-add"), act)).into_any()
}

/// What is attached, and what could not be.
pub(super) fn list(ui: Ui, meeting: Meeting) -> AnyView {
    let attached = meeting.chat.attached;
    let row = move |one: One| {
        let number = one.number;
        let words = match one.details {
            Details::Unknown => None,
            Details::Looking => Some("file-details-looking"),
            Details::Removed => Some("file-details-removed"),
            Details::Kept => Some("file-details-kept"),
        };
        let details = words.map(|words| html::span().class("small").child(ui.t(words)));
        let main = html::div().class("file-words").child((
            html::b().child(one.name.clone()),
            html::span().class("small").child(size(ui, one.blob.size() as u64)),
            details,
        ));
        let name = one.name;
        let remove = icon_button(
            Icon::Close,
            "ib ib-small2",
            move || ui.say("file-remove", &[("name", name.as_str().into())]),
            move || {
                attached.files.update(|files| files.retain(|one| one.number != number));
                browser::focus_soon("message");
            },
        );
        html::li().class("file-row").child((icon(Icon::Clip), main, remove)).into_any()
    };
    let rows = move || {
        let files = attached.files.get();
        (!files.is_empty()).then(|| {
            let label = ui.t("file-list");
            html::ul().class("files").aria_label(label).child(files.into_iter().map(row).collect_view())
        })
    };
    let limit = ui.t("file-limit");
    let wrong = move || {
        let words = match attached.wrong.get()? {
            Wrong::TooLarge(name) => ui.say("file-too-large", &[("name", name.into())]),
            Wrong::Empty(name) => ui.say("file-empty", &[("name", name.into())]),
            Wrong::TooMany => ui.t("file-too-many")(),
        };
        Some(html::p().class("hint hint-bad").role("alert").child(words))
    };
    let said = move || attached.files.with(|files| !files.is_empty()).then(|| hint("hint", None, limit));
    (rows, wrong, said).into_any()
}

/// Something was pasted into the field: files are attached, words are the field's.
pub(super) fn pasted(meeting: Meeting, event: &ClipboardEvent) {
    let files = event.clipboard_data().map(|data| listed(data.files())).unwrap_or_default();
    if !files.is_empty() {
        event.prevent_default();
        meeting.chat.attached.add(files);
    }
}

/// Files may be dropped anywhere on the meeting; a browser left to itself would leave the meeting to show them.
pub(in crate::ui::meeting) fn take_drops(meeting: Meeting) {
    let over = window_event_listener(ev::dragover, |event| event.prevent_default());
    let drop = window_event_listener(ev::drop, move |event: DragEvent| {
        event.prevent_default();
        let files = event.data_transfer().map(|data| listed(data.files())).unwrap_or_default();
        if !files.is_empty() && untrack(|| recipient::may_write(meeting)) {
            meeting.panel.set(Some(Panel::Chat));
            meeting.chat.attached.add(files);
        }
    });
    on_cleanup(move || {
        over.remove();
        drop.remove();
    });
}

fn listed(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else { return Vec::new() };
    (0..files.length()).filter_map(|at| files.item(at)).collect()
}
