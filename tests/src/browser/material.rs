//! What participants show and play: films and tones for Chromium's fake devices.
//!
//! Invariant: two participants' films and tones are as different as the far side needs to tell them apart after lossy
//! coding: another checked code, and tones at least a fifth apart.

use super::code::{COLUMNS, Code, ROWS};
use std::f64::consts::TAU;
use std::io::Result;
use std::path::Path;

/// Width and height of a film, in pixels. Both are multiples of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize, pub usize);

/// Large enough for two simulcast layers, small enough for three participants on two cores.
pub const MEDIUM: Size = Size(640, 368);
/// For four participants on two cores.
pub const SMALL: Size = Size(320, 192);

/// Frames per second of every film.
pub const RATE: usize = 15;
/// Frames of a film before it begins again.
pub const FRAMES: u8 = 30;

const SAMPLES_PER_SECOND: usize = 48_000;

/// Frequency of a participant's tone, in hertz. Firefox plays the same with its own fake microphone.
pub fn tone_of(number: u8) -> u32 {
    [440, 700, 1_100, 1_700, 2_600][usize::from(number) % 5]
}

/// Writes the film of a participant, as YUV4MPEG2 with 4:2:0 sampling.
///
/// # Errors
/// Those of the file system.
pub fn film(path: &Path, number: u8, size: Size) -> Result<()> {
    let Size(width, height) = size;
    let mut bytes = format!("YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420jpeg\n").into_bytes();
    for when in 0..FRAMES {
        bytes.extend_from_slice(b"FRAME\n");
        let squares = Code { who: number, when }.squares();
        for y in 0..height {
            let row = y * ROWS / height * COLUMNS;
            bytes.extend((0..width).map(|x| if squares[row + x * COLUMNS / width] { 210 } else { 40 }));
        }
        // A tint per participant, so that pictures of the tests can be told apart by eye.
        let tint = [(118, 138), (138, 118), (112, 122), (140, 134), (128, 128)][usize::from(number) % 5];
        bytes.extend(std::iter::repeat_n(tint.0, width * height / 4));
        bytes.extend(std::iter::repeat_n(tint.1, width * height / 4));
    }
    std::fs::write(path, bytes)
}

/// Writes the tone of a participant as a WAV file: beeps, because a steady tone is what noise suppression removes.
///
/// # Errors
/// Those of the file system.
pub fn tone(path: &Path, number: u8) -> Result<()> {
    let frequency = f64::from(tone_of(number));
    let samples: Vec<i16> = (0..SAMPLES_PER_SECOND * 4)
        .map(|at| {
            let time = at as f64 / SAMPLES_PER_SECOND as f64;
            (envelope(time % 0.5) * 12_000.0 * (TAU * frequency * time).sin()) as i16
        })
        .collect();
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let rate = SAMPLES_PER_SECOND as u32;
    let mut bytes = Vec::with_capacity(data.len() + 44);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + data.len() as u32).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16u32.to_le_bytes());
    // PCM, one channel; bytes per second, bytes per sample, bits per sample.
    bytes.extend_from_slice(&[1, 0, 1, 0]);
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&(rate * 2).to_le_bytes());
    bytes.extend_from_slice(&[2, 0, 16, 0]);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&data);
    std::fs::write(path, bytes)
}

/// 0.3 s on, 0.2 s off, with ramps of 10 ms so that the edges do not click all over the spectrum.
fn envelope(time: f64) -> f64 {
    (time / 0.01).min((0.3 - time) / 0.01).clamp(0.0, 1.0)
}
