//! What participants show and play: films and tones for Chromium's fake devices.
//!
//! Invariant: two participants' films and tones are as different as the far side needs to tell them apart after lossy
//! coding: another checked code, and tones at least a fifth apart.

use super::code::{COLUMNS, Code, ROWS};
use std::f64::consts::TAU;
use std::io::Result;
use std::path::Path;

/// Width and height of a film, in pixels. Both are multiples of 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize, pub usize);

/// Large enough for two simulcast layers, small enough for three participants on two cores.
pub const MEDIUM: Size = Size(640, 368);
/// All three simulcast layers. Its squares are grained, so that it is as hard to compress as what a camera sees.
pub const LARGE: Size = Size(1280, 720);
/// What a good camera gives. Without grain: two cores encode it while others work.
pub const FULL: Size = Size(1920, 1080);
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
    let mut grain = Grain(if size == LARGE { 1 } else { 0 });
    for when in 0..FRAMES {
        bytes.extend_from_slice(b"FRAME\n");
        let squares = Code { who: number, when }.squares();
        for y in 0..height {
            let row = y * ROWS / height * COLUMNS;
            bytes.extend((0..width).map(|x| if squares[row + x * COLUMNS / width] { 200 } else { 40 } + grain.next()));
        }
        // A tint per participant, so that pictures of the tests can be told apart by eye.
        let tint = [(118, 138), (138, 118), (112, 122), (140, 134), (128, 128)][usize::from(number) % 5];
        bytes.extend(std::iter::repeat_n(tint.0, width * height / 4));
        bytes.extend(std::iter::repeat_n(tint.1, width * height / 4));
    }
    std::fs::write(path, bytes)
}

/// Noise of 0 to 31 steps of brightness (xorshift), or none for ever when it begins with 0.
struct Grain(u32);

impl Grain {
    fn next(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 27) as u8
    }
}

/// Writes a drawn person, for pictures in the documentation: a still film of one frame, shown twice.
///
/// # Errors
/// Those of the file system.
pub fn portrait(path: &Path, number: u8, size: Size) -> Result<()> {
    let Size(width, height) = size;
    let person = PEOPLE[usize::from(number) % PEOPLE.len()];
    let picture: Vec<[f64; 3]> = (0..width * height)
        .map(|at| {
            let (x, y) = ((at % width) as f64 + 0.5, (at / width) as f64 + 0.5);
            to_yuv(colour_at((x - width as f64 / 2.0) / height as f64 * 2.0, y / height as f64 * 2.0 - 1.0, &person))
        })
        .collect();
    let mut bytes = format!("YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420jpeg\n").into_bytes();
    for _ in 0..2 {
        bytes.extend_from_slice(b"FRAME\n");
        bytes.extend(picture.iter().map(|pixel| pixel[0] as u8));
        for plane in [1, 2] {
            let corners = (0..height / 2).flat_map(|y| (0..width / 2).map(move |x| 2 * y * width + 2 * x));
            bytes.extend(corners.map(|at| picture[at][plane] as u8));
        }
    }
    std::fs::write(path, bytes)
}

/// Wall, hair, skin and clothes of a drawn person.
type Colours = [[f64; 3]; 4];

const PEOPLE: [Colours; 4] = [
    [[196.0, 205.0, 198.0], [74.0, 52.0, 40.0], [214.0, 170.0, 140.0], [38.0, 84.0, 76.0]],
    [[218.0, 204.0, 184.0], [38.0, 34.0, 36.0], [164.0, 116.0, 86.0], [92.0, 60.0, 74.0]],
    [[188.0, 198.0, 212.0], [156.0, 104.0, 58.0], [228.0, 188.0, 162.0], [60.0, 70.0, 104.0]],
    [[206.0, 196.0, 206.0], [96.0, 92.0, 92.0], [120.0, 82.0, 62.0], [120.0, 96.0, 56.0]],
];

/// The drawing: x to the right and y down, the picture being 2 high, with its middle at 0.
fn colour_at(x: f64, y: f64, [wall, hair, skin, clothes]: &Colours) -> [f64; 3] {
    // How much of a pixel an ellipse covers, with a soft edge.
    let inside = |cx: f64, cy: f64, rx: f64, ry: f64| {
        ((1.0 - ((x - cx) / rx).powi(2) - ((y - cy) / ry).powi(2)) * rx.min(ry) * 60.0).clamp(0.0, 1.0)
    };
    let mix = |under: [f64; 3], over: &[f64; 3], share: f64| std::array::from_fn(|at| under[at] + (over[at] - under[at]) * share);
    let light = 1.06 - 0.12 * (x * 0.4 + y * 0.6);
    let mut pixel = wall.map(|value| (value * light).min(255.0));
    pixel = mix(pixel, &[250.0, 244.0, 228.0], 0.5 * inside(-1.2, -0.7, 0.5, 0.9));
    pixel = mix(pixel, hair, inside(0.0, -0.06, 0.43, 0.52));
    pixel = mix(pixel, &skin.map(|value| value * 0.9), inside(0.0, 0.5, 0.15, 0.32));
    pixel = mix(pixel, clothes, inside(0.0, 1.3, 0.95, 0.72));
    pixel = mix(pixel, skin, inside(0.0, 0.06, 0.33, 0.43));
    pixel = mix(pixel, hair, inside(0.06, -0.36, 0.38, 0.2));
    for side in [-1.0, 1.0] {
        pixel = mix(pixel, &[40.0, 34.0, 32.0], inside(side * 0.12, 0.04, 0.03, 0.036));
    }
    mix(pixel, &[150.0, 74.0, 70.0], inside(0.0, 0.27, 0.1, 0.025))
}

/// BT.601, full range.
fn to_yuv([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let bright = 0.299 * red + 0.587 * green + 0.114 * blue;
    [bright, 128.0 + (blue - bright) * 0.564, 128.0 + (red - bright) * 0.713].map(|value| value.clamp(0.0, 255.0))
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
    sound(path, &samples)
}

/// Writes a second of zeros as a WAV file.
///
/// # Errors
/// Those of the file system.
pub fn silence(path: &Path) -> Result<()> {
    sound(path, &vec![0; SAMPLES_PER_SECOND])
}

/// Writes something like a voice as a WAV file: a second of a vowel around 120 Hz, four syllables long, a second of nothing, and so on, and
/// behind all of it a noise as of a fan.
///
/// # Errors
/// Those of the file system.
pub fn noisy_voice(path: &Path) -> Result<()> {
    let mut grain = Grain(1);
    let mut sum = 0.0;
    let samples: Vec<i16> = (0..SAMPLES_PER_SECOND * 8)
        .map(|at| {
            // Soft at the top, as a fan is.
            sum = 0.8 * sum + f64::from(grain.next()) - 15.5;
            (vowel(at as f64 / SAMPLES_PER_SECOND as f64) * 24_000.0 + sum * 16.0) as i16
        })
        .collect();
    sound(path, &samples)
}

/// The voice alone, -1 to 1.
fn vowel(time: f64) -> f64 {
    let second = time % 2.0;
    let loud = (second / 0.05).min((1.0 - second) / 0.05).clamp(0.0, 1.0) * (0.55 + 0.45 * (TAU * 4.0 * second).sin());
    let phase = TAU * (120.0 * second + 2.0 * (TAU * 0.7 * second).sin());
    // Strong around the resonances of an "a".
    let strength = |frequency: f64| {
        let formants = [(700.0, 130.0, 1.0), (1_220.0, 140.0, 0.5), (2_600.0, 200.0, 0.25)];
        formants.map(|(middle, width, most)| most / (1.0 + ((frequency - middle) / width).powi(2))).iter().sum::<f64>() + 0.02
    };
    (1..=30).map(|n| strength(120.0 * f64::from(n)) * (phase * f64::from(n)).sin()).sum::<f64>() * loud / 4.0
}

/// Writes samples as a WAV file of one channel.
fn sound(path: &Path, samples: &[i16]) -> Result<()> {
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
