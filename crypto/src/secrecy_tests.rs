//! Secrets cannot be printed or copied by accident, and are wiped. Checked by the compiler.

use crate::frames::EpochKeys;
use crate::password::{LinkSecret, NameKey, Password, Prs, PwKey, Secrets, cpace};
use std::fmt::{Debug, Display};
use zeroize::ZeroizeOnDrop;

/// Does not compile if the type implements the trait: `_` in `Undecided<_>` would then have two answers.
macro_rules! never {
    ($trait:path: $($type:ty),+ $(,)?) => {$(
        const _: fn() = || {
            struct Implemented;
            trait Undecided<T> {
                fn decide() {}
            }
            impl<T: ?Sized> Undecided<()> for T {}
            impl<T: ?Sized + $trait> Undecided<Implemented> for T {}
            let _ = <$type as Undecided<_>>::decide;
        };
    )+};
}

never!(Debug: NameKey, LinkSecret, Password, PwKey, Prs, Secrets, cpace::State, cpace::Keys, cpace::Confirmed, EpochKeys);
never!(Display: NameKey, LinkSecret, Password, PwKey, Prs, Secrets, cpace::State, cpace::Keys, cpace::Confirmed, EpochKeys, crate::name::RoomName);
never!(Clone: NameKey, LinkSecret, Password, PwKey, Prs, Secrets, cpace::State, cpace::Keys, cpace::Confirmed, EpochKeys);
never!(serde::Serialize: NameKey, LinkSecret, Password, PwKey, Prs, Secrets, EpochKeys, crate::name::RoomName);
never!(AsRef<[u8]>: NameKey, LinkSecret, Password, PwKey, Prs);

#[test]
fn secrets_are_wiped_when_dropped() {
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<NameKey>();
    wiped::<LinkSecret>();
    wiped::<Password>();
    wiped::<PwKey>();
    wiped::<Prs>();
    wiped::<cpace::State>();
    wiped::<cpace::Keys>();
    wiped::<cpace::Confirmed>();
    wiped::<EpochKeys>();
}
