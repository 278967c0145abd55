//! A room on a machine of several cores.

use super::*;

fn offer() -> Offer {
    let sdp = include_str!("../../transport/offers/chromium-156.sdp").replace('\n', "\r\n");
    Offer { sdp, publications: vec![Publication { mid: Mid("0".into()), track: Track::Audio }] }
}

/// Forty members of one room on two cores, and which of them are with each: first the room's own core, then the other.
fn forty() -> (House, Vec<Somebody>, [Vec<usize>; 2]) {
    let mut house = House::on_cores(caps(), 2, 2);
    let members = house.meeting(40);
    let spread = house.host.spread();
    let on = |own: bool| {
        let is_there = |&at: &usize| (spread.of_media(members[at].seat) == spread.own()) == own;
        (0..members.len()).filter(is_there).collect()
    };
    let places = [on(true), on(false)];
    (house, members, places)
}

#[test]
fn a_large_room_takes_a_second_core_and_whoever_is_there_meets_the_others() {
    let (mut house, members, [near, far]) = forty();
    assert_eq!((near.len(), far.len()), (32, 8), "the second core helps from the thirty-third on");
    let (ada, ben) = (&members[near[0]], &members[far[0]]);
    house.says(ben, ToHost::Offer(Offer { sdp: "v=0".into(), ..offer() }));
    assert_eq!(house.heard(ben), [FromHost::Refused(Refusal::OfferUnusable)]);
    house.says(ben, ToHost::Offer(offer()));
    assert!(matches!(house.heard(ben)[..], [FromHost::Answer { .. }]));
    assert_eq!(house.heard(ada), [FromHost::Present { participant: ben.seat, tracks: vec![Track::Audio] }]);
    let seat = Seat { room: ROOM, participant: ben.seat };
    assert_eq!((house.host.media.tracks(seat), house.others[0].media.tracks(seat)), (vec![], vec![Track::Audio]));
    house.says(ada, ToHost::Commit(commit(ada, 39, &[], &[ben])));
    assert_eq!(house.others[0].media.tracks(seat), [], "evicted there too");
}

#[test]
fn a_subscription_crosses_from_core_to_core_and_back() {
    let (mut house, members, [near, far]) = forty();
    let (ada, ben) = (&members[near[0]], &members[far[0]]);
    for somebody in [ada, ben] {
        house.says(somebody, ToHost::Offer(offer()));
    }
    let of = |source: &Somebody| {
        vec![Subscription { mid: Mid("3".into()), source: Some((source.seat, Track::Camera)), height: wire::PixelHeight(180) }]
    };
    for (to, from) in [(ada, ben), (ben, ada)] {
        house.says(to, ToHost::Subscribe(of(from)));
    }
    let shown = |host: &Host, whose: &Somebody| host.media.shown(Seat { room: ROOM, participant: whose.seat }, Track::Camera);
    let far_host = &house.others[0];
    assert_eq!((shown(&house.host, ben), shown(far_host, ben)), (Some((1, 0)), Some((0, 1))));
    assert_eq!((shown(&house.host, ada), shown(far_host, ada)), (Some((0, 1)), Some((1, 0))));
    let leaving = members[near[0]].connection;
    house.handle(Input::Message(leaving, ToHost::Leave));
    assert_eq!((shown(&house.host, &members[far[0]]), shown(&house.others[0], &members[far[0]])), (None, None));
}

#[test]
fn an_answer_goes_to_the_connection_that_asked() {
    let (mut house, mut members, [_, far]) = forty();
    let mut ben = members.swap_remove(far[0]);
    // The offer is under way to the other core when its connection is replaced.
    house.host.handle(house.now, Input::Message(ben.connection, ToHost::Offer(offer())));
    let Output::Errand(_, errand) = house.host.poll() else { panic!("an errand") };
    assert_eq!(errand.media_bytes(), None, "this may not be lost");
    assert!(matches!(house.comes_back(&mut ben, 39, TICKET), Ok(RoomStanding::Resumed { .. })));
    house.forget_said();
    let (now, own) = (house.now, house.host.spread().own());
    house.others[0].handle(now, Input::Errand { from: own, errand });
    let Output::Errand(back, answer) = house.others[0].poll() else { panic!("an answer") };
    assert_eq!(back, own);
    let from = house.others[0].spread().own();
    house.handle(Input::Errand { from, errand: answer });
    assert_eq!(house.heard(&ben), [], "the new connection has not asked");
    assert_eq!(house.heard(&members[0]), [FromHost::Present { participant: ben.seat, tracks: vec![Track::Audio] }]);
}
