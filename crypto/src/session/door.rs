//! The door as a member keeps it: who answers, and what becomes of those who knock.
//!
//! **Invariant:** whoever lacks the link takes no slot here; whoever has it is answered by one member after the other until one
//! lets it in, and every wrong password is told to all.

use super::api::{Millis, Notice};
use super::core::Core;
use super::letter::Letter;
use super::queue::Intent;
use super::room::Room;
use crate::admission::{self, Budget, DoorMessage, Doorkeeper, Knock, Proof, Refused, RunId, Told, Verdict};
use crate::group::{Admission, How, Member, MemberId, POLICY_ENDED, WelcomePackage};
use crate::sorted::SortedMap;
use wire::ParticipantId;

/// How long the next member waits for the one before, ms.
pub(super) const TURN: u64 = 2_000;
/// Knocks held until it is our turn. As many as the host lets people knock.
const WAITING: usize = wire::limits::STRANGERS;

/// A knock whose turn at our door has not come.
struct Waiting {
    from: ParticipantId,
    knock: Knock,
    due: Millis,
    /// The epoch that it was in, if it comes back.
    epoch: Option<u64>,
}

/// The door.
pub(super) struct Door {
    pub(super) keeper: Doorkeeper,
    pub(super) budget: Budget,
    waiting: Vec<Waiting>,
    told_closed: bool,
    /// Which password others say they know.
    known: SortedMap<MemberId, Option<u32>>,
}

impl Door {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            keeper: Doorkeeper::default(),
            told_closed: budget.is_closed(),
            budget,
            waiting: Vec::new(),
            known: SortedMap::new(),
        }
    }

    /// A member says which password it knows.
    pub(super) fn knows(&mut self, member: MemberId, pw_gen: Option<u32>) {
        self.known.insert(member, pw_gen);
    }

    /// A member has said this before, and nothing else since.
    pub(super) fn has_heard(&self, member: MemberId, pw_gen: Option<u32>) -> bool {
        self.known.get(&member) == Some(&pw_gen)
    }

    pub(super) fn forget(&mut self, member: MemberId) {
        self.known.remove(&member);
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        self.waiting.iter().map(|waiting| waiting.due.max(self.keeper.free_at())).min()
    }
}

impl Room {
    /// Somebody knocks.
    pub(super) fn knocked(&mut self, core: &mut Core, from: ParticipantId, knock: Knock) {
        if !knock.is_genuine(&core.secrets.link, core.secrets.room) {
            return;
        }
        if let Some(why) = self.why_closed() {
            // One says it for all.
            if self.turn(core, None) == core.now {
                let run = RunId { joiner: knock.nonce, doorkeeper: [0; 32] };
                core.write_to(from, &Letter::Door(DoorMessage::Refused(run, why)));
            }
            return;
        }
        let me = self.group.my_id();
        if self.door.budget.is_closed_at(me) || !self.knows_password(core, me) {
            return;
        }
        let due = self.turn_at_door(core);
        self.hold(Waiting { from, knock, due, epoch: None });
    }

    /// A member of that epoch was left behind and comes back: any member who was there may take it in, whatever has become of the password.
    pub(super) fn returned(&mut self, core: &mut Core, from: ParticipantId, epoch: u64, knock: Knock) {
        let Some(secret) = self.returns.of(epoch) else { return };
        if knock.is_genuine(&secret.door().link, core.secrets.room) && !self.group.state().has(POLICY_ENDED) {
            let due = self.turn(core, None);
            self.hold(Waiting { from, knock, due, epoch: Some(epoch) });
        }
    }

    fn hold(&mut self, knocked: Waiting) {
        if self.door.waiting.iter().any(|waiting| waiting.from == knocked.from && waiting.knock == knocked.knock) {
            return;
        }
        if self.door.waiting.len() >= WAITING {
            self.door.waiting.remove(0);
        }
        self.door.waiting.push(knocked);
    }

    /// Why nobody gets in by password at present.
    fn why_closed(&self) -> Option<Refused> {
        let state = self.group.state();
        match () {
            () if state.is_closed() => Some(Refused::Locked),
            () if !state.takes_passwords() => Some(Refused::AskToBeLetIn),
            () if self.door.budget.is_closed() => Some(Refused::DoorClosed),
            () => None,
        }
    }

    /// Whether somebody knows the present password, as it says itself or as it showed when it came in.
    pub(super) fn knows_password(&self, core: &Core, member: MemberId) -> bool {
        let present = self.group.state().settings().pw_gen;
        let proved = || match self.group.member(member).map(|member| member.admitted) {
            Some(Admission::Password { pw_gen, .. }) => pw_gen == present,
            Some(Admission::Founder) => present == 0,
            _ => false,
        };
        if member == self.group.my_id() {
            return core.secrets.prs.is_some() && core.secrets.pw_gen == present;
        }
        self.door.known.get(&member).map_or_else(proved, |known| *known == Some(present))
    }

    /// When it is our turn to answer a knock: at once for the lowest live leaf that knows the password and whose door is open, 2 s
    /// later for the next, and so on.
    fn turn_at_door(&self, core: &Core) -> Millis {
        self.rank_among(core, |member| !self.door.budget.is_closed_at(member.id) && self.knows_password(core, member.id))
    }

    /// When it is our turn to do what anybody may: at once for the lowest live leaf, and so on.
    pub(super) fn turn(&self, core: &Core, without: Option<MemberId>) -> Millis {
        self.rank_among(core, |member| Some(member.id) != without)
    }

    /// When it is our turn among those who may act: at once for the lowest live leaf of them, 2 s later for the next, and so on.
    pub(super) fn rank_among(&self, core: &Core, may: impl Fn(&Member) -> bool) -> Millis {
        let me = self.group.my_id();
        let alive = |member: &&Member| member.id == me || self.is_live(member.id, core.now);
        let rank = self.group.members().iter().filter(alive).filter(|member| may(member)).position(|member| member.id == me);
        core.now.saturating_add(TURN.saturating_mul(rank.unwrap_or(0) as u64))
    }

    /// Answers knocks whose turn has come, unless somebody else let them in meanwhile.
    pub(super) fn watch_door(&mut self, core: &mut Core) {
        self.door.keeper.expire(core.now);
        let (due, later) =
            core::mem::take(&mut self.door.waiting).into_iter().partition(|waiting: &Waiting| waiting.due <= core.now);
        self.door.waiting = later;
        let due: Vec<Waiting> = due;
        for Waiting { from, knock, epoch, .. } in due {
            // Closed since it knocked: it knocks again, and the next member answers.
            let closed = epoch.is_none() && self.door.budget.is_closed_at(self.group.my_id());
            if self.people.sits_here(from) || closed {
                continue;
            }
            if core.now < self.door.keeper.free_at() {
                let due = core.now;
                self.door.waiting.push(Waiting { from, knock, due, epoch });
                continue;
            }
            let secret = epoch.map(|epoch| self.returns.of(epoch));
            let (secrets, how) = match secret {
                None => (&core.secrets, How::Password),
                Some(Some(secret)) => (secret.door(), How::Rejoin),
                // Forgotten since.
                Some(None) => continue,
            };
            let door = admission::Door { secrets, group: &self.group, how };
            if let Some(offer) = self.door.keeper.answer(core.now, from, &knock, &door, &mut core.rng) {
                core.write_to(from, &Letter::Door(DoorMessage::Offer(offer)));
            }
        }
    }

    /// Somebody's proof.
    pub(super) fn proved(&mut self, core: &mut Core, from: ParticipantId, proof: &Proof) {
        // Each run that is open when the door closes would be a guess beyond the count.
        if self.door.budget.is_closed_at(self.group.my_id()) {
            self.door.keeper.gone(from);
            return core.write_to(from, &Letter::Door(DoorMessage::Refused(proof.run, Refused::DoorClosed)));
        }
        match self.door.keeper.check(from, proof) {
            Verdict::Unknown | Verdict::Nonsense => {}
            Verdict::Wrong => {
                self.door.budget.fail(self.group.my_id());
                core.write_to(from, &Letter::Door(DoorMessage::Refused(proof.run, Refused::WrongProof)));
                self.tell_failures(core);
                self.presence.beat_soon(core.now);
            }
            // Somebody is heard as this member still: there are not two of it.
            Verdict::Right(newcomer) if newcomer.returns().is_some_and(|said| self.is_here(said.member, core.now)) => {
                self.send_away(core, newcomer.member_id());
            }
            Verdict::Right(newcomer) => self.queue.want(Intent::Admit(Box::new(newcomer)), core.now),
        }
    }

    fn is_here(&self, member: MemberId, now: Millis) -> bool {
        self.group.member(member).is_some() && self.is_live(member, now)
    }

    /// Another member says how many failed at its door.
    pub(super) fn heard_failures(&mut self, core: &mut Core, from: MemberId, failures: u8) {
        if self.door.budget.hear(from, failures) {
            self.tell_failures(core);
        }
    }

    fn tell_failures(&mut self, core: &mut Core) {
        core.notice(Notice::WrongPasswordTried { total: self.door.budget.total() });
        if self.door.budget.is_closed() && !self.door.told_closed {
            self.door.told_closed = true;
            core.notice(Notice::PasswordDoorClosed);
        }
    }

    /// The log accepted our commit: lets in those whom it admits.
    pub(super) fn welcome(&mut self, core: &mut Core, added: &[Member], package: &WelcomePackage) {
        let told = Told { announcements: self.people.cards(), ..Told::with_budget(&self.door.budget) };
        for member in added {
            if let Some((to, welcome)) = self.door.keeper.welcome(member.id, package, &told) {
                self.people.seat(member.id, to);
                core.write_to(to, &Letter::Door(DoorMessage::Welcome(welcome)));
            }
        }
        self.welcome_guests(core, added, package, &told);
    }

    /// The newcomer proved the password or was let in, but in a run that cannot be finished.
    pub(super) fn send_away(&mut self, core: &mut Core, newcomer: MemberId) {
        self.queue.forget_newcomer(newcomer);
        if let Some((to, void)) = self.door.keeper.give_up(newcomer) {
            core.write_to(to, &Letter::Door(DoorMessage::Void(void)));
        }
        if let Some((to, void)) = self.waiting.keeper.give_up(newcomer) {
            core.write_to(to, &Letter::Door(DoorMessage::Waiting(void)));
        }
    }
}
