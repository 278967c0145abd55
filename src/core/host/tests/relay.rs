//! The use of the host's relay: whom it is told.

use super::*;
use crate::relay::access::Secret;
use wire::{RelayOver, RelayWay};

#[test]
fn members_alone_are_told_how_the_relay_is_used() {
    let mut house = House::new(caps());
    let members = house.meeting(2);
    let (stranger, _) = house.stranger();
    let asks = |house: &mut House, who: &Somebody| {
        house.says(who, ToHost::SeekRelay);
        match house.heard(who).pop() {
            Some(FromHost::Relay(access)) => Ok(access),
            Some(FromHost::Refused(why)) => Err(why),
            other => panic!("{other:?}"),
        }
    };
    let none = asks(&mut house, &members[0]).unwrap();
    assert!(none.ways.is_empty() && none.username.is_empty() && none.password.is_empty(), "there is none");
    let ways = vec![RelayWay { over: RelayOver::Tls, port: 443 }];
    house.host.offer_relay(Issuer::new(Arc::new(Secret::new([7; 32])), ways.clone()));
    let (one, other) = (asks(&mut house, &members[0]).unwrap(), asks(&mut house, &members[1]).unwrap());
    assert!(one.ways == ways && one.seconds == 600 && one.username != other.username && one.password != other.password);
    assert_eq!(asks(&mut house, &stranger), Err(Refusal::NotAMember));
}
