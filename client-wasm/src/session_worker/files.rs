//! The bytes of files: those that the person offers, read piece by piece from where the browser has them, and those that come.
//!
//! **Invariant:** nothing of a file is handed to the page before all of it is here, and the session has checked each piece. What is no
//! longer wanted is let go of at once.

use super::{Worker, tell_with};
use crate::{
    browser::{clock, task},
    engine::port::FromSession,
};
use crypto::sorted::SortedMap;
use crypto::{
    files::{CHUNK_BYTES, ChunkHash, FileId, FileInfo, chunk_hash},
    group::MemberId,
    session::{Command, FileState, PostCommand, PostEvent},
};
use js_sys::{Array, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Bytes read at once to hash a file: some chunks.
const READ_BYTES: usize = 32 * CHUNK_BYTES;
/// Bytes that may wait in the socket before another piece is added. More makes files faster on long ways, and heartbeats late on slow ones.
const WAITING_BYTES: u32 = 64 * 1024;
/// How long until the socket is looked at again, ms.
const LOOK_AGAIN: f64 = 40.0;

/// Files of this meeting.
#[derive(Default)]
pub(super) struct Store {
    mine: SortedMap<FileId, Blob>,
    coming: SortedMap<FileId, SortedMap<u32, Uint8Array>>,
}

impl Store {
    /// A piece came.
    pub(super) fn take(&mut self, id: FileId, index: u32, bytes: &[u8]) {
        self.coming.entry(id).or_default().insert(index, Uint8Array::from(bytes));
    }

    /// Nobody wants it any more.
    pub(super) fn drop_coming(&mut self, id: FileId) {
        self.coming.remove(&id);
    }

    fn whole(&mut self, id: FileId) -> Option<Blob> {
        let parts: Array = self.coming.remove(&id)?.into_values().collect();
        Blob::new_with_u8_array_sequence(&parts).ok()
    }
}

impl Worker {
    /// The person offers a file: hashed here, then said.
    pub(super) fn offer(self: &Rc<Self>, to: Option<MemberId>, file: FileInfo, blob: Blob) {
        let worker = self.clone();
        task::spawn_local(async move {
            let hashes = hash(&blob).await;
            let Some(hashes) = hashes.filter(|_| blob.size() == file.size as f64) else {
                let state = FileState::Unreadable;
                return super::tell_event(PostEvent::File { id: file.id, state });
            };
            worker.state.borrow_mut().files.mine.insert(file.id, blob);
            worker.command(Command::Post(PostCommand::Offer { to, file, hashes }));
        });
    }

    /// Somebody wants a piece: read as soon as the way up is free.
    pub(super) fn read(self: &Rc<Self>, id: FileId, index: u32, start: u64, bytes: usize) {
        let worker = self.clone();
        task::spawn_local(async move {
            while worker.is_busy() {
                clock::sleep(LOOK_AGAIN).await;
            }
            let blob = worker.state.borrow().files.mine.get(&id).cloned();
            let bytes = match blob {
                Some(blob) => read(&blob, start, bytes).await,
                None => None,
            };
            worker.command(Command::Post(PostCommand::Read { id, index, bytes }));
        });
    }

    fn is_busy(&self) -> bool {
        self.state.borrow().socket.as_ref().is_some_and(|socket| socket.waiting() > WAITING_BYTES)
    }

    /// How far a file is, for the page; with the file, when all of it is here.
    pub(super) fn file_is(&self, id: FileId, state: FileState) {
        let event = PostEvent::File { id, state };
        match state {
            FileState::Whole => {
                if let Some(blob) = self.state.borrow_mut().files.whole(id) {
                    tell_with(&FromSession::File(id), &blob);
                }
            }
            FileState::Failed | FileState::Gone => self.state.borrow_mut().files.drop_coming(id),
            FileState::Unreadable => {
                self.state.borrow_mut().files.mine.remove(&id);
            }
            FileState::Coming(_) | FileState::Waiting | FileState::HadBy(_) => {}
        }
        super::tell_event(event);
    }
}

async fn hash(blob: &Blob) -> Option<Vec<ChunkHash>> {
    let mut hashes = Vec::new();
    let mut start = 0;
    while (start as f64) < blob.size() {
        let bytes = read(blob, start, READ_BYTES).await?;
        hashes.extend(bytes.chunks(CHUNK_BYTES).map(chunk_hash));
        start += READ_BYTES as u64;
    }
    Some(hashes)
}

/// So many bytes from there on, or what there is; `None` when the file is gone or has changed.
async fn read(blob: &Blob, start: u64, bytes: usize) -> Option<Vec<u8>> {
    let end = (start + bytes as u64) as f64;
    let slice = blob.slice_with_f64_and_f64(start as f64, end.min(blob.size())).ok()?;
    let buffer: JsValue = JsFuture::from(slice.array_buffer()).await.ok()?;
    Some(Uint8Array::new(buffer.unchecked_ref()).to_vec())
}
