//! What everybody who may enter a room knows of it.
//!
//! **Invariant:** the two slow derivations are run once for each room, however many members of this process enter it.

use crypto::name::{Language, RoomName};
use crypto::password::{CommonPasswords, NameKey, Password, PasswordError, PwKey, Secrets};

/// A room's name and password after Argon2id.
pub struct RoomKeys {
    name: NameKey,
    password: Option<PwKey>,
}

impl RoomKeys {
    /// Derives the keys, which takes about 0.2 s of processor time with a password and half of that without.
    ///
    /// # Errors
    /// [`PasswordError`] when the password cannot be a room's.
    pub fn derive(room: &RoomName, password: Option<&str>) -> Result<Self, PasswordError> {
        let common = CommonPasswords::built_in();
        let password = password.map(|typed| Password::new(typed, &common)).transpose()?;
        let name = NameKey::derive(room);
        let password = password.map(|password| PwKey::derive(&password, &name, 0));
        Ok(Self { name, password })
    }

    /// A name that nobody else has.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw_name() -> std::io::Result<RoomName> {
        Ok(RoomName::draw(Language::English, crate::entropy()?))
    }

    /// What one session is made of.
    pub(crate) fn secrets(&self) -> Secrets {
        let link = self.name.link_secret();
        Secrets {
            room: self.name.room_id(),
            prs: Some(link.prs(self.password.as_ref()).into()),
            link,
            has_password: self.password.is_some(),
            pw_gen: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_are_those_of_anybody_who_types_name_and_password() {
        let room = RoomName::normalise("load test room").unwrap();
        let keys = RoomKeys::derive(&room, Some("three quiet words")).unwrap();
        let password = Password::new("three quiet words", &CommonPasswords::built_in()).unwrap();
        let (ours, typed) = (keys.secrets(), Secrets::derive(&NameKey::derive(&room), Some(&password), 0));
        assert!(ours.room == typed.room && ours.has_password && ours.pw_gen == typed.pw_gen);
        assert_eq!(*ours.link.knock_key(), *typed.link.knock_key());
        assert!(RoomKeys::derive(&room, Some("password")).is_err(), "one of the most common");
    }
}
