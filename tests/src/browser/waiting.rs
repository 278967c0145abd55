//! Waiting for what somebody should see, hear and read.
//!
//! Invariant: a wait for somebody's picture or sound ends only with that person's and nobody else's.

use super::code::Code;
use super::engine::Engine;
use super::participant::Participant;
use super::wait::{LONG, eventually};
use std::time::Duration;
use thirtyfour::WebElement;

/// No violation of the content security policy, no error that nobody caught.
///
/// # Panics
/// When there is one.
pub async fn no_complaints(people: &[&Participant]) {
    for person in people {
        let complaints = person.complaints().await;
        assert!(complaints.is_empty(), "{}: {complaints:?}", person.name);
    }
}

impl Participant {
    /// Waits for a control.
    pub async fn wait_for(&self, role: &str, name: &str) -> WebElement {
        eventually(LONG, &format!("{}: {role} {name:?}", self.name), || async {
            match self.find(role, name).await {
                Some(element) => Ok(element),
                None => Err(self.text().await.chars().take(600).collect()),
            }
        })
        .await
    }

    /// Waits for a text anywhere on the page.
    pub async fn wait_for_text(&self, wanted: &str) {
        eventually(LONG, &format!("{} to read {wanted:?}", self.name), || async {
            let text = self.text().await;
            if text.contains(wanted) { Ok(()) } else { Err(text.chars().take(1500).collect()) }
        })
        .await;
    }

    /// Waits for an alert that says this.
    pub async fn wait_for_alert(&self, wanted: &str) {
        eventually(LONG, &format!("{} to be told {wanted:?}", self.name), || async {
            let alerts = self.alerts().await;
            if alerts.iter().any(|alert| alert.contains(wanted)) { Ok(()) } else { Err(format!("{alerts:?}")) }
        })
        .await;
    }

    /// Waits until somebody's tile says this.
    pub async fn wait_for_tile(&self, whom: &str, wanted: &str) {
        eventually(LONG, &format!("{} to see that {whom}: {wanted}", self.name), || async {
            let tiles = self.tiles().await;
            let said = tiles.iter().any(|tile| tile.starts_with(whom) && tile.contains(wanted));
            if said { Ok(()) } else { Err(format!("{tiles:?}")) }
        })
        .await;
    }

    /// Waits for a line of a list that says all of this.
    pub async fn wait_for_item(&self, list: &str, wanted: &[&str]) {
        eventually(LONG, &format!("{} to read {wanted:?} in {list:?}", self.name), || async {
            let items = self.items(list).await;
            let said = items.iter().any(|item| wanted.iter().all(|words| item.contains(words)));
            if said { Ok(()) } else { Err(format!("{items:?}")) }
        })
        .await;
    }

    /// Waits until there is a tile for each of `names` and for nobody else.
    pub async fn wait_for_tiles(&self, names: &[&str], deadline: Duration) {
        eventually(deadline, &format!("{} to see exactly {names:?}", self.name), || async {
            let tiles = self.tiles().await;
            let all_there = names.iter().all(|name| tiles.iter().any(|tile| tile.starts_with(name)));
            if all_there && tiles.len() == names.len() { Ok(()) } else { Err(format!("{tiles:?}")) }
        })
        .await;
    }

    /// Waits until the *moving* picture of `other` is in `other`'s tile: two different frames, both of theirs.
    pub async fn wait_to_see(&self, other: &Self) {
        let what = format!("{} to see {} move", self.name, other.name);
        match other.engine {
            Engine::Firefox => self.wait_to_see_colours(&other.name, &what).await,
            _ => self.wait_to_see_code(other, &what).await,
        }
    }

    async fn wait_to_see_code(&self, other: &Self, what: &str) {
        let mut first = None;
        for _ in 0..2 {
            let known = first;
            let code = eventually(LONG, what, || async {
                let seen = self.look_at(&other.name).await?;
                match seen.code {
                    Some(code) if code.who != other.number => panic!("{what}: the tile shows number {}", code.who),
                    Some(code) if Some(code) != known => Ok(code),
                    _ => Err(format!("{seen:?}")),
                }
            })
            .await;
            first = Some(code);
        }
    }

    /// Firefox's fake camera shows one colour that wanders through the whole circle: a strong colour, then another one.
    async fn wait_to_see_colours(&self, whom: &str, what: &str) {
        let mut first: Option<[f64; 3]> = None;
        for _ in 0..2 {
            let known = first;
            let colour = eventually(LONG, what, || async {
                let seen = self.look_at(whom).await?;
                let [red, green, blue] = seen.colour;
                let strength = red.max(green).max(blue) - red.min(green).min(blue);
                let distance = known.map_or(f64::MAX, |known| (0..3).map(|at| (seen.colour[at] - known[at]).abs()).sum());
                if strength > 30.0 && distance > 30.0 { Ok(seen.colour) } else { Err(format!("{seen:?}")) }
            })
            .await;
            first = Some(colour);
        }
    }

    /// Waits until a tile shows this code.
    pub async fn wait_to_read(&self, tile: &str, wanted: Code) {
        eventually(LONG, &format!("{} to read {wanted:?} in {tile:?}", self.name), || async {
            let seen = self.look_at(tile).await?;
            if seen.code == Some(wanted) { Ok(()) } else { Err(format!("{seen:?}")) }
        })
        .await;
    }

    /// Waits until the picture in a tile has so many lines, between two numbers.
    pub async fn wait_for_lines(&self, tile: &str, least: u64, most: u64) {
        eventually(LONG, &format!("{} to get {least} to {most} lines in {tile:?}", self.name), || async {
            let seen = self.look_at(tile).await?;
            if (least..=most).contains(&seen.size.1) { Ok(()) } else { Err(format!("{:?}", seen.size)) }
        })
        .await;
    }

    /// Waits until a track is played that carries `other`'s tone and nobody else's.
    pub async fn wait_to_hear(&self, other: &Self) {
        self.wait_for_sounds(&format!("{} to hear {}", self.name, other.name), |tracks| tracks.contains(&vec![other.number]))
            .await;
    }

    /// Waits until a second passes in which `other`'s tone is in nothing that is played.
    pub async fn wait_not_to_hear(&self, other: &Self) {
        let what = format!("{} to hear nothing of {}", self.name, other.name);
        self.wait_for_sounds(&what, |tracks| !tracks.iter().flatten().any(|&number| number == other.number)).await;
    }

    async fn wait_for_sounds(&self, what: &str, enough: impl Fn(&[Vec<u8>]) -> bool) {
        eventually(LONG, what, || async {
            let tracks = self.listen().await?;
            if enough(&tracks) { Ok(()) } else { Err(format!("in each track: {tracks:?}")) }
        })
        .await;
    }

    /// Waits until both see and hear each other.
    pub async fn wait_to_meet(&self, other: &Self) {
        self.wait_to_see(other).await;
        other.wait_to_see(self).await;
        self.wait_to_hear(other).await;
        other.wait_to_hear(self).await;
    }
}
