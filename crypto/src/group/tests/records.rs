//! The verdict on a record by itself, at its limits: what no honest group would ever prepare.

use super::super::change::{Admitted, Change, Parent};
use super::super::state::{MAX_LINES, Settings};
use super::*;

fn record(group: &Group) -> Change {
    let state = group.state();
    let (pw_gen, psk_gen) = (state.settings.pw_gen, state.psk_gen);
    Change { pw_gen, psk_gen, admitted: Vec::new(), removed: Vec::new(), settings: None, forgets: false }
}

fn verdict(group: &Group, change: &Change, by: MemberId) -> Result<RoomState, Refusal> {
    verdict_on(group, group.state(), change, by)
}

fn verdict_on(group: &Group, state: &RoomState, change: &Change, by: MemberId) -> Result<RoomState, Refusal> {
    change.apply(Parent { state, group_id: group.group_id(), epoch: group.epoch(), refused: &[] }, by)
}

fn removal(group: &Group, member: MemberId, grounds: Grounds) -> Change {
    Change { removed: vec![(member, grounds)], ..record(group) }
}

fn silences(groups: &[Group], of: MemberId, by: &[usize]) -> Vec<Silence> {
    by.iter().map(|by| groups[*by].sign_silence(of).unwrap()).collect()
}

#[test]
fn one_statement_that_does_not_hold_spoils_all() {
    let groups = room_of(4);
    let (by, gone, other) = (groups[1].my_id(), groups[3].my_id(), groups[2].my_id());
    let good = silences(&groups, gone, &[0, 1]);
    let with = |more: Silence| {
        let all = Grounds::Silence(good.iter().cloned().chain([more]).collect());
        verdict(&groups[0], &removal(&groups[0], gone, all), by).err()
    };
    assert_eq!(with(good[0].clone()), None, "the same twice does no harm");
    let about_another = groups[1].sign_silence(other).unwrap();
    assert_eq!(with(about_another), Some(Refusal::Grounds));
    let mut forged = groups[2].sign_silence(gone).unwrap();
    forged.signature[0] ^= 1;
    assert_eq!(with(forged), Some(Refusal::Grounds));
}

#[test]
fn forged_statements_are_not_counted() {
    let groups = room_of(4);
    let (by, gone) = (groups[1].my_id(), groups[3].my_id());
    let mut said = silences(&groups, gone, &[0, 1, 2]);
    for statement in &mut said {
        statement.signature[0] ^= 1;
    }
    assert_eq!(verdict(&groups[0], &removal(&groups[0], gone, Grounds::Silence(said)), by).err(), Some(Refusal::Grounds));
}

#[test]
fn no_more_statements_are_read_than_there_are_people() {
    let groups = room_of(3);
    let (by, gone) = (groups[1].my_id(), groups[2].my_id());
    let said = |count: usize| {
        let two = silences(&groups, gone, &[0, 1]);
        let all = Grounds::Silence(two.into_iter().cycle().take(count).collect());
        verdict(&groups[0], &removal(&groups[0], gone, all), by).err()
    };
    assert_eq!((said(2), said(3)), (None, None));
    assert_eq!((said(4), said(5)), (Some(Refusal::Grounds), Some(Refusal::Grounds)));
}

#[test]
fn who_is_put_out_loses_its_role_and_nobody_else_does() {
    let mut groups = room_of(4);
    let (stays, goes) = (groups[2].my_id(), groups[3].my_id());
    let moderators = vec![stays, goes];
    let settings = Settings { moderators, ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
    commit(&mut groups, 0, &remove(goes, Grounds::Moderator));
    assert_eq!(groups[0].state().settings().moderators, [stays]);
}

#[test]
fn a_moderator_who_does_not_own_the_room_sets_rules_and_names_nobody() {
    let mut groups = room_of(4);
    let (owner, moderator, friend) = (groups[0].my_id(), groups[1].my_id(), groups[2].my_id());
    let named = Settings { moderators: vec![moderator], ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(named.clone()), ..Plan::default() });
    let wants = |settings: Settings, by: MemberId| {
        verdict(&groups[0], &Change { settings: Some(settings), ..record(&groups[0]) }, by).err()
    };
    let rules = Settings { policy: named.policy ^ POLICY_LOCKED, ..named.clone() };
    assert_eq!((wants(rules.clone(), moderator), wants(rules, friend)), (None, Some(Refusal::NotModerator)));
    let another = Settings { moderators: vec![moderator, friend], ..named.clone() };
    assert_eq!((wants(another.clone(), moderator), wants(another, owner)), (Some(Refusal::NotModerator), None));
    let heir = Settings { succession: vec![moderator], ..named };
    assert_eq!((wants(heir.clone(), moderator), wants(heir, owner)), (Some(Refusal::NotModerator), None));
}

#[test]
fn settings_stay_small_and_what_is_ended_stays_ended() {
    let mut groups = room_of(1);
    let by = groups[0].my_id();
    let settings = groups[0].state().settings().clone();
    let too_many = Settings { moderators: vec![by; MAX_LINES + 1], ..settings.clone() };
    let wants = |group: &Group, settings: &Settings| {
        verdict(group, &Change { settings: Some(settings.clone()), ..record(group) }, by).err()
    };
    assert_eq!(wants(&groups[0], &too_many), Some(Refusal::Settings));
    let ended = Settings { policy: settings.policy | POLICY_ENDED, ..settings.clone() };
    commit(&mut groups, 0, &Plan { settings: Some(ended.clone()), ..Plan::default() });
    assert_eq!(wants(&groups[0], &settings), Some(Refusal::Settings));
    assert_eq!(wants(&groups[0], &ended), None);
}

#[test]
fn a_group_admits_until_it_has_known_so_many() {
    let groups = room_of(1);
    let by = groups[0].my_id();
    let newcomer = Admitted { credential: [1; 16], key: [2; 32], how: How::Password, returns: None };
    let change = Change { admitted: vec![newcomer], ..record(&groups[0]) };
    let known = |count: usize| {
        let mut state = groups[0].state().clone();
        state.seen = (0..count as u64).map(u64::to_be_bytes).collect();
        verdict_on(&groups[0], &state, &change, by).err()
    };
    assert_eq!((known(2 * MAX_LINES - 1), known(2 * MAX_LINES)), (None, Some(Refusal::Closed)));
}
