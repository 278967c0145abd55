//! The browsers that participants have.
//!
//! Invariant: what one of them cannot do (a camera, a sound card) is a browser of its own here, and no switch of a test.

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, with film and tone from files.
    Chromium,
    /// Chromium with a film of 720 lines and so much detail that every simulcast layer needs its bits.
    LargeChromium,
    /// Chromium with a film of 1080 lines.
    FullChromium,
    /// Chromium with a smaller film, for when four are on two cores.
    SmallChromium,
    /// Chromium that shares the window of [`Participant::show_a_window`] when it is asked for a screen.
    SharingChromium,
    /// Chromium without any camera or microphone.
    BareChromium,
    /// Chromium with a microphone that was switched off at the device: it gives nothing but zeros.
    DeadChromium,
    /// Chromium whose microphone gives a voice with pauses, and noise behind it.
    NoisyChromium,
    /// Firefox, whose fake camera shows a slowly changing colour and whose fake microphone plays the tone.
    Firefox,
    /// Firefox without any camera or microphone, which plays nothing before somebody clicks.
    StrictFirefox,
}

impl Engine {
    /// It speaks Chromium's own protocol for tools.
    pub fn is_chromium(self) -> bool {
        !matches!(self, Self::Firefox | Self::StrictFirefox)
    }
}
