//! Who may open rooms, where not everybody may: whoever is identified gets tokens, and tokens open rooms.
//!
//! **Invariant:** whoever is identified here is never seen beside a room, and what opens a room comes beside nobody: the two share a [`Tokens`] and
//! nothing else. No name, word or password is logged or kept; what is counted for a person is counted under a keyed hash, for a day.
//!
//! ```text
//!  GET  /permission ─▶ what is asked, today's key
//!  POST /permission ─▶ tries ─▶ words | directory ─▶ Tokens::issue
//!  WebSocket, Open  ─▶ gate ───────────────────────▶ Tokens::redeem ─▶ core
//! ```

mod directory;
mod tries;
mod words;

use super::clock::{self, NoEntropy};
use super::config::keys::Settings;
use super::config::kinds::RoomsFor;
use super::doorman::Place;
use super::socket::is_own_origin;
use super::state::{State as Kept, StateError};
use crate::core::charter::Charter;
use crate::tokens::{PERIOD_SECONDS, Tokens};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use directory::Directory;
use directory::DirectoryError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use tracing::{info, warn};
use tries::Tries;
use wire::permission::{
    Answer, Asks, CREDENTIAL_BYTES, Credential, IDENTIFICATION_BYTES, Identification, NotIssued, PERMISSION_PATH, Period,
    Permission, Token,
};
use words::Words;
use words::WordsError;
use zeroize::{Zeroize as _, Zeroizing};

/// How long a browser may take to say who somebody is, once it began.
const SAID_WITHIN: Duration = Duration::from_secs(15);

/// A word is handed to many: it opens so many times as many rooms in a day as one person may.
const PEOPLE_PER_WORD: u32 = 100;

/// In the state directory.
const CHARTER_FILE: &str = "charter";

/// Why permission cannot be asked for. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PermissionError {
    /// See there.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// See there.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// See there.
    #[error(transparent)]
    State(#[from] StateError),
    /// See there.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// Who decides.
enum Judge {
    Words(Words),
    Directory(Box<Directory>),
}

/// The one place where people are identified and tokens are issued and redeemed.
#[derive(Clone)]
pub(crate) struct Permissions(Arc<Inner>);

struct Inner {
    judge: Judge,
    per_person: u32,
    tokens: Mutex<Tokens>,
    tries: Mutex<Tries>,
}

impl Permissions {
    /// `None` where anybody may open rooms.
    ///
    /// # Errors
    /// [`PermissionError`].
    pub(crate) fn new(settings: &Settings) -> Result<Option<Self>, PermissionError> {
        let judge = match settings.rooms_for {
            RoomsFor::Anyone => return Ok(None),
            RoomsFor::Word => Judge::Words(Words::open(settings)?),
            RoomsFor::Ldap => Judge::Directory(Box::new(Directory::new(settings)?)),
        };
        let tokens = Tokens::new(clock::entropy()?, now()).ok_or(NoEntropy)?;
        let (tokens, tries) = (Mutex::new(tokens), Mutex::new(Tries::new(clock::now())));
        Ok(Some(Self(Arc::new(Inner { judge, per_person: settings.rooms_per_person.get(), tokens, tries }))))
    }

    /// Takes a token for a room, if it is one.
    pub(crate) fn redeem(&self, token: &Token) -> bool {
        self.tokens().redeem(now(), token)
    }

    /// The way there over HTTP.
    pub(crate) fn routes(&self) -> Router {
        Router::new().route(PERMISSION_PATH, get(show).post(identify)).with_state(self.clone())
    }

    fn asks(&self) -> Asks {
        match self.0.judge {
            Judge::Words(_) => Asks::Word,
            Judge::Directory(_) => Asks::Account,
        }
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.0.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at who somebody says to be, and issues.
    async fn answer(&self, place: &Place, said: &Identification) -> Result<Answer, NotIssued> {
        let typed = match (&said.by, &self.0.judge) {
            (Credential::Word(word), Judge::Words(_)) => (word.as_str(), ""),
            (Credential::Account { name, password }, Judge::Directory(_)) => (name.as_str(), password.as_str()),
            _ => return Err(NotIssued::Malformed),
        };
        if typed.0.len() > CREDENTIAL_BYTES || typed.1.len() > CREDENTIAL_BYTES {
            return Err(NotIssued::Malformed);
        }
        // Who types a wrong name is counted under it as well: an account is guessed at from many places.
        let account = matches!(self.0.judge, Judge::Directory(_)).then(|| self.tokens().creator(&directory::folded(typed.0)));
        if !self.tries().begin(clock::now(), place.prefix(), account) {
            return Err(NotIssued::TooOften);
        }
        let judged = match &self.0.judge {
            Judge::Words(words) => words.knows(typed.0).map(|word| (word, self.0.per_person.saturating_mul(PEOPLE_PER_WORD))),
            Judge::Directory(directory) => {
                directory.knows(typed.0, typed.1).await.map(|name| (Zeroizing::new(name), self.0.per_person))
            }
        };
        if !matches!(judged, Err(NotIssued::Wrong | NotIssued::NotAllowed)) {
            self.tries().give_back(clock::now(), place.prefix(), account);
        }
        let (who, most) = judged?;
        let mut tokens = self.tokens();
        let creator = tokens.creator(&who);
        tokens.issue(now(), (creator, most), (said.period, &said.blinded)).map(Answer::Issued)
    }
}

/// The present day.
fn now() -> Period {
    let days = u64::try_from(clock::unix_seconds()).unwrap_or_default() / PERIOD_SECONDS;
    Period(u32::try_from(days).unwrap_or(u32::MAX))
}

/// With what the lives of rooms are called, so that a restarted host knows those it had: kept where there is a state directory, and another after each
/// start where there is none.
///
/// # Errors
/// [`PermissionError`].
pub(crate) fn charter(settings: &Settings) -> Result<Charter, PermissionError> {
    let state = settings.state().map(Kept::open).transpose()?;
    let kept = state.as_ref().and_then(|state| state.read(CHARTER_FILE)).map(Zeroizing::new);
    let key = match kept.and_then(|text| read_key(&text)) {
        Some(key) => key,
        None => {
            let key = Zeroizing::new(clock::entropy()?);
            let text: Zeroizing<String> = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
            state.map(|state| state.write(CHARTER_FILE, &text)).transpose()?;
            key
        }
    };
    Ok(Charter::new(&key, u64::try_from(clock::unix_seconds()).unwrap_or_default()))
}

fn read_key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    (text.len() == 64 && text.is_ascii()).then_some(())?;
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(key)
}

/// `GET`.
async fn show(State(permissions): State<Permissions>) -> Response {
    let key = permissions.tokens().key(now());
    said(StatusCode::OK, &Permission { asks: permissions.asks(), key })
}

/// `POST`.
async fn identify(State(permissions): State<Permissions>, Extension(place): Extension<Arc<Place>>, request: Request) -> Response {
    if !is_own_origin(request.headers()) {
        return (StatusCode::FORBIDDEN, "A page of another site may not ask.\n").into_response();
    }
    let Some(identification) = read(request.into_body()).await else {
        return said(StatusCode::BAD_REQUEST, &Answer::NotIssued(NotIssued::Malformed));
    };
    match permissions.answer(&place, &identification).await {
        Ok(issued) => said(StatusCode::OK, &issued),
        Err(why) => {
            tell(why);
            said(StatusCode::OK, &Answer::NotIssued(why))
        }
    }
}

/// What the body says; it is wiped once it is read.
async fn read(body: Body) -> Option<Identification> {
    let bytes = timeout(SAID_WITHIN, to_bytes(body, IDENTIFICATION_BYTES)).await.ok()?.ok()?;
    let read = wire::decode(&bytes).ok();
    if let Ok(mut bytes) = bytes.try_into_mut() {
        bytes.as_mut().zeroize();
    }
    read
}

fn said(status: StatusCode, what: &impl serde::Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, wire::encode(what)).into_response()
}

fn tell(why: NotIssued) {
    match why {
        NotIssued::Wrong | NotIssued::NotAllowed => info!("somebody who wanted to open a room was not known"),
        NotIssued::TooOften => info!("somebody tried too often to be known as one who may open rooms"),
        NotIssued::EnoughForToday => info!("somebody has opened as many rooms as one may in a day"),
        // Its cause was told where it is known.
        NotIssued::DirectoryUnreachable => {
            warn!("nobody can open a room now: the directory (ldap-url) gives no answer that counts")
        }
        NotIssued::OtherPeriod | NotIssued::Malformed => {}
    }
}
