//! What the session worker keeps from one message to the next, and the slow derivations from names and passwords.
//!
//! **Invariant:** the slow key of a room's name is derived once for each name, and a password that cannot be a room's leads nowhere.

use super::{files, now, socket::Socket};
use crate::{
    browser::clock,
    engine::port::Join,
    model::{self, Typed},
};
use crypto::{
    name::{Language, RoomName},
    password::{NameKey, NewPassword, Password, Secrets},
    session::{Govern, Session, Setup},
};

#[derive(Default)]
pub(super) struct State {
    name: Option<(String, NameKey)>,
    /// The newest name to derive ahead of time.
    pub(super) newest: Option<String>,
    /// What the person typed to come in: a meeting may have another password by the time somebody opens.
    password: Option<Typed>,
    /// The generation of the password inside.
    pub(super) pw_gen: u32,
    pub(super) session: Option<Session>,
    pub(super) socket: Option<Socket>,
    pub(super) files: files::Store,
    #[cfg(feature = "leak-for-the-audit")]
    pub(super) betrayed: Option<wire::ToHost>,
}

impl State {
    /// The slow key of a room's name, derived once.
    pub(super) fn name_key(&mut self, room: &str) -> Option<&NameKey> {
        if self.name.as_ref().is_none_or(|(name, _)| name != room) {
            let name = RoomName::normalise(room)?;
            self.name = Some((room.to_owned(), NameKey::derive(&name)));
        }
        self.name.as_ref().map(|(_, key)| key)
    }

    /// The person's password for another generation.
    pub(super) fn derived(&self, pw_gen: u32) -> Option<NewPassword> {
        let (_, name) = self.name.as_ref()?;
        let password = checked(self.password.as_ref())?;
        Some(NewPassword::derive(name, password.as_ref(), pw_gen))
    }

    /// A moderator's wish as the session takes it; `None` for a password that cannot be one.
    pub(super) fn governed(&mut self, govern: model::Govern) -> Option<Govern> {
        Some(match govern {
            model::Govern::Rule(rule, on) => Govern::Rule(rule, on),
            model::Govern::Moderator(who, on) => Govern::Moderator(who, on),
            model::Govern::Speaker(who, on) => Govern::Speaker(who, on),
            model::Govern::HandOver(who) => Govern::HandOver(who),
            model::Govern::Remove(who) => Govern::Remove(who),
            model::Govern::Ban(who) => Govern::Ban(who),
            model::Govern::End => Govern::End,
            model::Govern::Password(typed) => {
                let (_, name) = self.name.as_ref()?;
                let new = NewPassword::derive(name, checked(typed.as_ref())?.as_ref(), self.pw_gen.checked_add(1)?);
                self.password = typed;
                Govern::Password(new)
            }
        })
    }

    /// `None` when the password is one that cannot be a room's.
    pub(super) fn begin(&mut self, join: &Join) -> Option<Session> {
        self.newest = None;
        let name = self.name_key(&join.room)?;
        let secrets = match join.asking {
            true => Secrets::to_ask(name),
            false => Secrets::derive(name, checked(join.password.as_ref())?.as_ref(), 0),
        };
        self.password = join.password.clone();
        let setup = Setup {
            secrets,
            person: join.person.clone(),
            language: if join.french { Language::French } else { Language::English },
            entropy: clock::entropy(),
            media: join.devices.into(),
            failed_tries: join.failed_tries,
            tokens: join.tokens.clone(),
            waits: join.waits,
        };
        Some(Session::new(setup, now()))
    }
}

/// What was typed, as a room may have it; the outer `None` for what cannot be a room's.
#[allow(clippy::option_option, reason = "none is a choice, and another one than one that cannot be")]
fn checked(typed: Option<&Typed>) -> Option<Option<Password>> {
    typed.map(Typed::checked).transpose().ok()
}
