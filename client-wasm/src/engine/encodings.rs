//! How our pictures are encoded: sizes, frames and bits of each layer, and which layers are worth encoding at all.
//!
//! **Invariant:** nothing is encoded that nobody wants, and what is wanted again is encoded again.
//!
//! Pure: source, wish and the host's word come in, parameters of encodings come out.

use crate::model::Pictures;

/// Layers of the camera, smallest first.
pub(crate) const LAYERS: [&str; 3] = ["q", "h", "f"];

/// Their bits per second at most, for a camera of 720 lines.
const BITS: [f64; 3] = [150_000.0, 500_000.0, 1_500_000.0];
/// The same for one of 1080 lines: somewhat less for a pixel, of which neighbours are more alike. More is not seen in a tile.
const BEST_BITS: [f64; 3] = [250_000.0, 900_000.0, 3_000_000.0];
/// Pixels above which a picture is one of those.
const STANDARD_PIXELS: f64 = 1280.0 * 720.0;

/// A shared screen's bits per second at most. More lets large letters appear a little sooner, less blurs them for seconds.
const SCREEN_BITS: f64 = 2_500_000.0;
/// Its frames per second at most: letters before motion.
const SCREEN_FRAMES: f64 = 15.0;
/// A film's: motion before letters.
const FILM_FRAMES: f64 = 30.0;
/// A film's lines at most: more costs a processor what no tile shows.
const FILM_LINES: f64 = 720.0;
/// The same for those who save data.
const THRIFTY_SCREEN: (f64, f64) = (400_000.0, 5.0);

/// One of a sender's encodings (`RTCRtpEncodingParameters`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Encoding {
    /// Whether it is encoded.
    pub(crate) active: bool,
    /// By how much the picture's sides are divided.
    pub(crate) divisor: f64,
    /// Bits per second at most.
    pub(crate) bits: f64,
    /// Frames per second at most.
    pub(crate) frames: Option<f64>,
    /// Spatial layers, where that is to be said (SVC).
    pub(crate) spatial: Option<usize>,
}

/// What decides about encodings beside the picture itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// What the person wants to spend.
    pub(crate) pictures: Pictures,
    /// The shared screen is a film.
    pub(crate) film: bool,
    /// For each encoding whether somebody wants it, as the host says; beyond the end, yes.
    pub(crate) layers: Vec<bool>,
}

impl Demand {
    /// Bits for a picture of so many pixels. Whoever did not ask for the best spends as usual, whatever their camera gives.
    fn bits(&self, pixels: f64) -> [f64; 3] {
        if self.is_best(pixels) { BEST_BITS } else { BITS }
    }

    fn is_best(&self, pixels: f64) -> bool {
        self.pictures == Pictures::Best && pixels > STANDARD_PIXELS
    }

    fn wants(&self, layer: usize) -> bool {
        self.pictures != Pictures::None && self.layers.get(layer).copied().unwrap_or(true)
    }
}

/// The encodings of a camera of so many pixels (0: not known) in `count` layers, smallest first.
pub(crate) fn camera(count: usize, pixels: f64, demand: &Demand) -> Vec<Encoding> {
    let skipped = LAYERS.len().saturating_sub(count);
    let (mut bits, mut divisors) = (demand.bits(pixels), divisors(pixels));
    if count < LAYERS.len() {
        // The smaller of two is all that a weak line gets: it stays as small as it is for 720 lines.
        divisors = [None, Some(if demand.is_best(pixels) { 3.0 } else { 2.0 }), Some(1.0)];
        bits = [BITS[0], BITS[1], bits[2]];
    }
    let layers = divisors.into_iter().zip(bits).skip(skipped).enumerate();
    let layer = |(at, (divisor, bits)): (usize, (Option<f64>, f64))| {
        let spent = matches!(demand.pictures, Pictures::Best | Pictures::Standard) || at == 0;
        let active = divisor.is_some() && spent && demand.wants(at);
        Encoding { active, divisor: divisor.unwrap_or(1.0), bits, frames: None, spatial: None }
    };
    layers.map(layer).collect()
}

/// The one encoding of a camera of so many pixels (0: not known) in one stream of spatial layers (SVC), of which `sent` are encoded at present,
/// of a picture divided by `divisor`. What nobody wants is left out from the top; the picture is divided by as much, so that the others keep
/// their sizes.
pub(crate) fn scalable(sent: usize, divisor: f64, pixels: f64, demand: &Demand) -> Encoding {
    let all = sent + divisor.max(1.0).log2().round() as usize;
    let wanted = match demand.pictures {
        Pictures::None => 0,
        Pictures::SaveData => usize::from(demand.wants(0)),
        Pictures::Best | Pictures::Standard => (0..all).rev().find(|&layer| demand.wants(layer)).map_or(0, |highest| highest + 1),
    };
    let spatial = wanted.max(1);
    let left_out = all.saturating_sub(spatial);
    let bits = demand.bits(pixels);
    let bits = bits.iter().rev().nth(left_out).copied().unwrap_or(bits[0]);
    Encoding { active: wanted > 0, divisor: 2_f64.powi(left_out as i32), bits, frames: None, spatial: Some(spatial) }
}

/// The one encoding of a shared screen, or of a film of so many lines (0: not known).
pub(crate) fn screen(demand: &Demand, lines: f64) -> Encoding {
    let (bits, frames) = match (demand.pictures, demand.film) {
        (Pictures::Best | Pictures::Standard, false) => (SCREEN_BITS, SCREEN_FRAMES),
        (Pictures::Best | Pictures::Standard, true) => (SCREEN_BITS, FILM_FRAMES),
        (Pictures::SaveData | Pictures::None, _) => THRIFTY_SCREEN,
    };
    let divisor = if demand.film { (lines / FILM_LINES).max(1.0) } else { 1.0 };
    Encoding { active: demand.wants(0), divisor, bits, frames: Some(frames), spatial: None }
}

/// How the three layers divide a picture of so many pixels; `None` for a layer that is left out. libwebrtc gives a small picture fewer
/// layers than were asked for, and leaves out the *last* ones: a camera of 640x360 would be seen at 320x180 at best. The limits are its.
fn divisors(pixels: f64) -> [Option<f64>; 3] {
    if pixels >= 960.0 * 540.0 || pixels == 0.0 {
        [Some(4.0), Some(2.0), Some(1.0)]
    } else if pixels >= 480.0 * 270.0 {
        [Some(2.0), Some(1.0), None]
    } else {
        [Some(1.0), None, None]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: f64 = 1280.0 * 720.0;

    fn active(encodings: &[Encoding]) -> Vec<bool> {
        encodings.iter().map(|encoding| encoding.active).collect()
    }

    #[test]
    fn the_largest_layer_is_always_the_whole_picture() {
        for (width, height, layers) in [(1280, 720, 3), (960, 540, 3), (640, 360, 2), (640, 480, 2), (320, 240, 1)] {
            let encodings = camera(3, f64::from(width * height), &Demand::default());
            let sent: Vec<_> = encodings.iter().filter(|encoding| encoding.active).collect();
            assert_eq!((sent.len(), sent.last().unwrap().divisor), (layers, 1.0), "{width}x{height}");
        }
        let two: Vec<f64> = camera(2, HD, &Demand::default()).iter().map(|encoding| encoding.divisor).collect();
        assert_eq!(two, [2.0, 1.0]);
    }

    #[test]
    fn what_nobody_wants_is_not_encoded_until_somebody_does() {
        let demand = |layers: &[bool]| Demand { layers: layers.to_vec(), ..Demand::default() };
        assert_eq!(active(&camera(3, HD, &demand(&[true, false, false]))), [true, false, false]);
        assert_eq!(active(&camera(3, HD, &demand(&[]))), [true; 3]);
        assert_eq!(active(&camera(3, 640.0 * 360.0, &demand(&[false, true, true]))), [false, true, false]);
        assert!(!screen(&demand(&[false]), 0.0).active && screen(&demand(&[]), 0.0).active);
    }

    #[test]
    fn a_scalable_stream_loses_its_upper_layers_and_gets_them_back() {
        let demand = |layers: &[bool]| Demand { layers: layers.to_vec(), ..Demand::default() };
        let said = |encoding: Encoding| (encoding.active, encoding.spatial, encoding.divisor, encoding.bits);
        let (all, two, one) =
            ((true, Some(3), 1.0, 1_500_000.0), (true, Some(2), 2.0, 500_000.0), (true, Some(1), 4.0, 150_000.0));
        // Whatever is encoded at present.
        for (sent, divisor) in [(3, 1.0), (2, 2.0), (1, 4.0)] {
            let encoded = |layers: &[bool]| said(scalable(sent, divisor, HD, &demand(layers)));
            assert_eq!(encoded(&[true, false, false]), one);
            assert_eq!(encoded(&[true, true, false]), two);
            assert_eq!([encoded(&[true; 3]), encoded(&[])], [all; 2]);
            assert!(!encoded(&[false; 3]).0);
            let save = Demand { pictures: Pictures::SaveData, ..Demand::default() };
            assert_eq!(said(scalable(sent, divisor, HD, &save)), one);
            assert!(!scalable(sent, divisor, HD, &Demand { pictures: Pictures::None, ..Demand::default() }).active);
        }
    }

    #[test]
    fn the_best_spends_more_on_a_large_camera_and_on_no_other() {
        let best = Demand { pictures: Pictures::Best, ..Demand::default() };
        let (full_hd, standard) = (1920.0 * 1080.0, Demand::default());
        assert_eq!(camera(3, HD, &best), camera(3, HD, &standard));
        assert_eq!(camera(3, 0.0, &best), camera(3, 0.0, &standard));
        let (most, usual) = (camera(3, full_hd, &best), camera(3, full_hd, &standard));
        assert!(most.iter().zip(&usual).all(|(most, usual)| most.bits > usual.bits && most.divisor == usual.divisor));
        assert_eq!(scalable(3, 1.0, full_hd, &best).bits, most[2].bits);
        // Of two layers the smaller keeps its size and its bits.
        let (two, small) = (camera(2, full_hd, &best), camera(2, HD, &standard));
        assert_eq!((1080.0 / two[0].divisor, two[0].bits), (720.0 / small[0].divisor, small[0].bits));
        assert_eq!((two[1].divisor, two[1].bits), (1.0, most[2].bits));
    }

    #[test]
    fn a_film_moves_and_is_no_larger_than_what_tiles_show() {
        let film = Demand { film: true, ..Demand::default() };
        assert_eq!(screen(&film, 2160.0).divisor, 3.0);
        assert_eq!(
            [screen(&film, 480.0).divisor, screen(&film, 0.0).divisor, screen(&Demand::default(), 2160.0).divisor],
            [1.0; 3]
        );
        assert!(screen(&film, 0.0).frames > screen(&Demand::default(), 0.0).frames);
    }

    #[test]
    fn who_saves_data_sends_the_smallest_layer_and_who_wants_no_pictures_sends_none() {
        let save = Demand { pictures: Pictures::SaveData, ..Demand::default() };
        assert_eq!(active(&camera(3, HD, &save)), [true, false, false]);
        assert_eq!(active(&camera(2, HD, &save)), [true, false]);
        assert!(screen(&save, 0.0).bits < screen(&Demand::default(), 0.0).bits);
        let none = Demand { pictures: Pictures::None, ..Demand::default() };
        assert_eq!(active(&camera(3, HD, &none)), [false; 3]);
        assert!(!screen(&none, 0.0).active);
    }
}
