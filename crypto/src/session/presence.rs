//! Who is alive: heartbeats, silence, and what the host says about connections.
//!
//! **Invariant:** the host's word alone removes nobody. It makes members look sooner; what removes is that more than half of the
//! others sign that they hear nothing, or that a moderator heard nothing for longer still.

use super::api::{Millis, Notice};
use super::body::{Body, Heartbeat, Said};
use super::core::Core;
use super::holes::Holes;
use super::queue::Intent;
use super::room::{Fate, Room};
use super::seats::Seats;
use crate::group::{Grounds, Group, MemberId, SILENCE_EPOCHS, Silence};
use crate::sorted::SortedMap;
use sha2::{Digest, Sha256};
use wire::ToHost;

/// Time between heartbeats, ms.
pub(super) const BEAT: u64 = 5_000;
/// Least time between two heartbeats of one member, ms for each member of the group: because of new epochs all together say no more than 50 a
/// second, each of which everybody opens. More shows later that somebody is in another group, less lets many who join at once cost everybody more.
const BEAT_APART: u64 = 20;
/// Silence after which a member is not counted on any more, and shown as not connected, ms: below the 15 s of P8.
pub(super) const QUIET: u64 = 12_000;
/// How long the host must have called somebody away before we say that we do not hear it, ms. Longer forgives
/// longer breaks of the connection, shorter clears the room sooner of those who closed the page (10 s in all).
const AWAY_FOR: u64 = 5_000;
/// How long we must not have heard somebody whom the host calls away, ms: more than one heartbeat.
const AWAY_QUIET: u64 = 6_500;
/// How long we must not have heard somebody of whom the host says nothing, ms.
const LOST: u64 = 20_000;
/// How much longer a moderator waits for the statements of others before it decides alone, ms.
const ALONE_AFTER: u64 = 3_000;
/// Silence of everybody after which the screen warns, ms.
const SPLIT: u64 = 15_000;
/// How long we must have listened before that, ms: every member beats once in it.
const SPLIT_LISTENED: u64 = 5_500;
/// Silence of the host, while we are not alone, after which the socket is opened anew, ms. With the line above it stays below 15 s.
const HOST_SILENT: u64 = 9_000;
/// How long a claim in a heartbeat holds, ms.
const CLAIM: u64 = 15_000;
/// What is known of everybody's being there.
pub(super) struct Presence {
    heard: SortedMap<MemberId, Millis>,
    pub(super) seats: Seats,
    statements: SortedMap<MemberId, SortedMap<MemberId, Silence>>,
    /// Removals that moderators say they want.
    claims: SortedMap<MemberId, Millis>,
    pub(super) holes: Holes,
    beat_at: Millis,
    /// The last heartbeat.
    beat: Millis,
    /// Nothing is concluded from silence before this.
    listening_since: Millis,
    split: bool,
}

impl Presence {
    pub(super) fn new(core: &mut Core) -> Self {
        let beat_at = core.sometime(0, BEAT);
        Self {
            heard: SortedMap::new(),
            seats: Seats::default(),
            statements: SortedMap::new(),
            claims: SortedMap::new(),
            holes: Holes::default(),
            beat_at,
            beat: 0,
            listening_since: core.now,
            split: false,
        }
    }

    pub(super) fn heard(&mut self, member: MemberId, now: Millis) {
        self.heard.insert(member, now);
        self.statements.remove(&member);
    }

    pub(super) fn forget(&mut self, member: MemberId) {
        self.heard.remove(&member);
        self.statements.remove(&member);
        self.claims.remove(&member);
        self.holes.interrupted(member);
    }

    pub(super) fn beat_soon(&mut self, now: Millis) {
        self.beat_at = now;
    }

    /// The epoch has moved: we say so at once, or as soon as a group of so many can bear.
    pub(super) fn epoch_moved(&mut self, now: Millis, members: usize) {
        let apart = BEAT_APART.saturating_mul(members as u64).min(BEAT);
        self.beat_at = self.beat_at.min(self.beat.saturating_add(apart).max(now));
    }

    /// Since when nothing that was said to us was lost, as far as we know.
    pub(super) fn listening_since(&self) -> Millis {
        self.listening_since
    }

    /// We were deaf until now.
    pub(super) fn listen_from(&mut self, now: Millis) {
        self.listening_since = now;
        self.seats.clear();
        self.statements.clear();
        self.holes.clear();
    }

    /// How long nothing was heard of somebody, as far as we listened.
    pub(super) fn quiet_for(&self, member: MemberId, now: Millis) -> u64 {
        now.saturating_sub(self.last_heard(member))
    }

    fn last_heard(&self, member: MemberId) -> Millis {
        self.heard.get(&member).copied().unwrap_or(0).max(self.listening_since)
    }

    pub(super) fn has_claims(&self, now: Millis) -> bool {
        self.claims.values().any(|until| now < *until)
    }
}

/// The moments of one member's silence.
struct Watch {
    member: MemberId,
    /// When we say that we do not hear it.
    speak_at: Millis,
}

impl Room {
    /// Heard lately, and not called away by the host.
    pub(super) fn is_live(&self, member: MemberId, now: Millis) -> bool {
        self.presence.quiet_for(member, now) < QUIET
            && !self.people.seat_of(member).is_some_and(|seat| self.presence.seats.is_away(seat))
    }

    pub(super) fn presence_deadline(&self, core: &Core) -> Option<Millis> {
        let silence = self.silence_watches().into_iter().flat_map(|watch| {
            let said = self.has_spoken_of(watch.member);
            [
                (!said).then_some(watch.speak_at),
                (said && self.may_decide(watch.member)).then(|| watch.speak_at.saturating_add(ALONE_AFTER)),
            ]
        });
        let silence = silence.flatten().min();
        let everybody = self.others().map(|member| self.presence.last_heard(member.id)).max();
        let split = self.split_at().filter(|_| !self.presence.split);
        let host =
            everybody.filter(|_| self.expects_somebody()).map(|_| core.connection.last_heard().saturating_add(HOST_SILENT));
        let claims = self.presence.claims.values().copied().min();
        // What is overdue was done, or cannot be: look again with the next heartbeat.
        [silence, split, host, claims, self.presence.holes.withheld_at()]
            .into_iter()
            .flatten()
            .filter(|at| *at > core.now)
            .chain([self.presence.beat_at])
            .min()
    }

    /// Beats, and looks who is silent.
    pub(super) fn watch_presence(&mut self, core: &mut Core) {
        if core.now >= self.presence.beat_at {
            self.beat(core);
        }
        let now = core.now;
        self.presence.claims.retain(|_, until| now < *until);
        self.watch_silence(core);
        self.watch_split(core);
    }

    fn beat(&mut self, core: &mut Core) {
        self.presence.beat = core.now;
        self.presence.beat_at = core.now.saturating_add(BEAT);
        if self.is_alone() {
            if core.connection.last_said().saturating_add(BEAT) <= core.now {
                core.send(ToHost::Alive);
            }
            return;
        }
        let beat = Heartbeat {
            epoch: self.group.epoch(),
            authenticator: fingerprint(&self.group),
            failures: self.door.budget.at(self.group.my_id()),
            pending_removals: self.queue.pending_removals(),
            knows: core.secrets.prs.is_some().then_some(core.secrets.pw_gen),
        };
        self.say(core, &Body::Heartbeat(beat));
    }

    /// A member's heartbeat.
    pub(super) fn beaten(&mut self, core: &mut Core, from: MemberId, beat: &Heartbeat) {
        if beat.epoch == self.group.epoch() && beat.authenticator != fingerprint(&self.group) {
            self.disagree(core);
        }
        self.heard_failures(core, from, beat.failures);
        self.door.knows(from, beat.knows);
        if self.group.state().is_moderator(from) {
            for member in beat.pending_removals.iter().filter(|member| self.group.member(**member).is_some()) {
                if *member != self.group.my_id() {
                    self.presence.claims.insert(*member, core.now.saturating_add(CLAIM));
                }
            }
        }
    }

    /// Nobody thinks anything of this member's silence, and to hear it again is no news.
    pub(super) fn is_as_usual(&self, member: MemberId, now: Millis) -> bool {
        let heard = self.presence.quiet_for(member, now) < 2 * BEAT && self.people.has_spoken(member);
        heard && !self.presence.split && !self.presence.statements.contains_key(&member) && !self.queue.removes(member)
    }

    /// A heartbeat that says nothing new, next in its sender's count.
    pub(super) fn is_plain_beat(&self, from: MemberId, said: &Said) -> bool {
        let Body::Heartbeat(beat) = &said.body else { return false };
        let next = self.presence.holes.is_next(from, said.counter);
        let said_before = beat.failures <= self.door.budget.at(from) && self.door.has_heard(from, beat.knows);
        next && said_before && beat.pending_removals.is_empty()
    }

    /// When we shall say of whom that we do not hear it.
    fn silence_watches(&self) -> Vec<Watch> {
        let listening = self.presence.listening_since;
        let newest = self.others().map(|member| self.presence.last_heard(member.id)).max().unwrap_or(0);
        let watch = |member: &crate::group::Member| {
            let heard = self.presence.last_heard(member.id);
            let away = match self.people.seat_of(member.id) {
                Some(seat) if self.presence.seats.knows(seat) => self.presence.seats.away_since(seat),
                // Admitted, and the host never saw it among the members: it went before its Welcome came.
                Some(_) => Some(heard),
                // Whoever came in and never said a word gets a little longer.
                None => Some(heard.saturating_add(AWAY_FOR)),
            };
            // If nobody at all is heard, and the host says nothing of them, it is we who are cut off.
            let lost = (newest >= heard.saturating_add(LOST / 2)).then(|| heard.saturating_add(LOST));
            let away = away.map(|at| at.max(listening).saturating_add(AWAY_FOR).max(heard.saturating_add(AWAY_QUIET)));
            let speak_at = [lost, away].into_iter().flatten().min()?;
            Some(Watch { member: member.id, speak_at })
        };
        self.others().filter_map(watch).collect()
    }

    fn has_spoken_of(&self, member: MemberId) -> bool {
        let mine = self.presence.statements.get(&member).and_then(|by| by.get(&self.group.my_id()));
        mine.is_some_and(|statement| statement.epoch.saturating_add(SILENCE_EPOCHS / 2) >= self.group.epoch())
    }

    /// A moderator needs no statements, but not against the owner.
    fn may_decide(&self, member: MemberId) -> bool {
        self.group.state().is_moderator(self.group.my_id()) && self.group.owner() != Some(member)
    }

    fn watch_silence(&mut self, core: &mut Core) {
        for Watch { member, speak_at } in self.silence_watches() {
            if core.now < speak_at || self.queue.removes(member) {
                continue;
            }
            if !self.has_spoken_of(member) {
                let Some(statement) = self.group.sign_silence(member) else { continue };
                self.presence.statements.entry(member).or_default().insert(self.group.my_id(), statement.clone());
                self.say(core, &Body::Silence(statement));
            }
            let decide = self.may_decide(member) && core.now >= speak_at.saturating_add(ALONE_AFTER);
            let grounds = self.enough_statements(member).or_else(|| decide.then_some(Grounds::Unheard));
            if let Some(grounds) = grounds {
                let due = self.turn(core, Some(member));
                self.queue.want(Intent::Remove { member, grounds, due }, core.now);
            }
        }
        let hopeless = |member: &crate::group::Member| {
            let quiet = self.presence.heard.get(&member.id).is_none_or(|at| core.now >= at.saturating_add(LOST));
            quiet && self.presence.seats.is_gone(self.people.seat_of(member.id)) && !self.queue.removes(member.id)
        };
        let listened = core.now >= self.presence.listening_since.saturating_add(SPLIT_LISTENED);
        if listened && self.others().next().is_some() && self.others().all(hopeless) {
            self.fate = Some(Fate::Desolate);
        }
    }

    fn enough_statements(&self, member: MemberId) -> Option<Grounds> {
        let statements = self.presence.statements.get(&member)?;
        let valid: Vec<Silence> = statements.values().filter(|statement| self.group.verify_silence(statement)).cloned().collect();
        (valid.len() >= self.group.silences_needed()).then_some(Grounds::Silence(valid))
    }

    /// Another member does not hear somebody.
    pub(super) fn heard_silence(&mut self, from: MemberId, statement: Silence) {
        if statement.by == from && self.group.verify_silence(&statement) {
            self.presence.statements.entry(statement.member).or_default().insert(from, statement);
        }
    }

    /// A member was heard: whatever was thought of its silence is void.
    pub(super) fn hear(&mut self, core: &mut Core, member: MemberId) {
        self.presence.heard(member, core.now);
        self.queue.spare(member);
        self.people.spoke(member);
        if self.presence.split {
            self.presence.split = false;
            core.notice(Notice::SplitHealed);
        }
    }

    /// Somebody should be heard: then a host that says nothing at all has lost us.
    fn expects_somebody(&self) -> bool {
        self.others().any(|member| !self.people.seat_of(member.id).is_some_and(|seat| self.presence.seats.is_away(seat)))
    }

    /// When the silence of all others has lasted too long, although we listened.
    fn split_at(&self) -> Option<Millis> {
        let heard = self.others().filter_map(|member| self.presence.heard.get(&member.id).copied()).max()?;
        Some(heard.saturating_add(SPLIT).max(self.presence.listening_since.saturating_add(SPLIT_LISTENED)))
    }

    fn watch_split(&mut self, core: &mut Core) {
        let Some(split_at) = self.split_at() else {
            self.presence.split = false;
            return;
        };
        if self.presence.holes.withheld_at().is_some_and(|at| core.now >= at) {
            self.presence.holes.clear();
            self.disagree(core);
        }
        if core.now >= split_at {
            self.disagree(core);
        }
        if self.expects_somebody() && core.now >= core.connection.last_heard().saturating_add(HOST_SILENT) {
            core.open_socket();
        }
    }

    /// The screen is told that members are not of one mind, once until it heals.
    fn disagree(&mut self, core: &mut Core) {
        if !self.presence.split {
            self.presence.split = true;
            core.notice(Notice::Split);
        }
    }
}

/// What members compare: says nothing of the epoch to whoever is not in it.
fn fingerprint(group: &Group) -> [u8; 16] {
    let digest = Sha256::new_with_prefix(b"incamera/1 epoch").chain_update(group.epoch_authenticator()).finalize();
    core::array::from_fn(|place| digest.get(place).copied().unwrap_or_default())
}
