//! Where only some may open rooms: who comes in with what, and what a restart takes and leaves.

use super::*;
use crate::core::charter::Charter;
use wire::permission::{Period, Token};

/// The Unix time at which the house's own begins, seconds.
const BEGAN: u64 = 86_400 * 20_000;

impl House {
    fn asking(entropy: u8) -> Self {
        let mut house = House::with_entropy(caps(), entropy);
        house.host.ask_permission(Charter::new(&[1; 32], BEGAN));
        house
    }

    /// What the gate has let through: its token is redeemed.
    fn opens(&mut self, who: &mut Somebody) -> Result<RoomStanding, Refusal> {
        let entry = Entry { room: ROOM, identity: Identity::New, resume_key: who.resume_key() };
        let token = Token { period: Period(0), nonce: [0; 32], output: ([0; 32], [0; 32]) };
        self.says(who, ToHost::Open(Box::new(wire::Opening { entry, token })));
        self.entered(who)
    }

    /// Somebody who has opened the room, and is a member of it.
    fn opener(&mut self) -> Somebody {
        let (mut who, refused) = self.stranger();
        assert_eq!(refused, Err(Refusal::PermissionNeeded));
        assert_eq!(self.opens(&mut who), Ok(RoomStanding::Empty), "over the same connection");
        assert!(self.creates(&who));
        who
    }
}

#[test]
fn a_room_that_is_not_there_is_opened_and_one_that_is_there_is_entered() {
    let mut house = House::asking(2);
    let opener = house.opener();
    assert!(house.closed.is_empty(), "who is asked stays connected");
    let (_, standing) = house.stranger();
    assert_eq!(standing, Ok(RoomStanding::Occupied), "whoever comes later is asked nothing");
    house.says(&opener, ToHost::Leave);
    assert_eq!(house.stranger().1, Err(Refusal::PermissionNeeded), "everybody has left, and the room with them");
    assert_eq!(house.host.load().rooms, 0, "who may not open a room leaves none behind");
}

#[test]
fn a_seat_and_a_life_bring_members_back_and_nothing_else_does() {
    let mut house = House::asking(2);
    let mut opener = house.opener();
    house.handle(Input::Disconnected(opener.connection));
    assert!(matches!(house.comes_back(&mut opener, 0, TICKET), Ok(RoomStanding::Resumed { .. })));

    // Another process with the same key: it knows what the room's life was called.
    let mut restarted = House::asking(3);
    assert_eq!(restarted.comes_back(&mut opener, 0, TICKET), Ok(RoomStanding::Rebuilt { head: Epoch(0) }));
    assert!(
        Charter::new(&[1; 32], BEGAN).holds(restarted.now, ROOM, opener.incarnation),
        "and calls it so that a third one will"
    );

    // A life that nobody was told is none, however the claim is signed.
    let mut invented = Somebody::new();
    for at in 0..8 {
        invented.incarnation = opener.incarnation;
        invented.incarnation.0[at] ^= 1;
        let mut house = House::asking(4);
        assert_eq!(house.comes_back(&mut invented, 0, TICKET), Err(Refusal::SeatUnknown));
        assert_eq!(house.host.load().rooms, 0);
    }
    // And one of the day before yesterday is over.
    let mut later = House::asking(5);
    later.now = later.now + Duration::from_secs(2 * 86_400);
    assert_eq!(later.comes_back(&mut opener, 0, TICKET), Err(Refusal::SeatUnknown));
}

#[test]
fn a_host_that_asks_nothing_takes_everybody_as_ever() {
    let mut house = House::new(caps());
    let (who, standing) = house.stranger();
    assert_eq!(standing, Ok(RoomStanding::Empty));
    assert!(house.creates(&who));
    let mut other = Somebody::new();
    house.connect(&mut other);
    assert_eq!(house.opens(&mut other), Ok(RoomStanding::Occupied), "a token that nobody asked for does no harm");
}
