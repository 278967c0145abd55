//! The dependency descriptor header extension (AV1 RTP specification, appendix A).
//!
//! **Invariant:** any bytes give a [`Reading`] or `None`; every loop is bounded by the bits that are there, and a [`Structure`] holds no more
//! than [`TEMPLATES`] templates and [`TARGETS`] targets. A structure that cannot be read changes nothing.
//!
//! ```text
//!  start end template_id(6) frame_number(16)                                          on every packet
//!  structure? active? dtis? fdiffs? chains?  [structure] [active]  [frame's own …]    where there is more to say
//! ```

use crate::core::layers::{Heights, SPATIAL};

/// Templates of one structure: as many as a template id can tell apart.
const TEMPLATES: usize = 64;
/// Decode targets of one structure: the field has five bits.
const TARGETS: usize = 32;

/// What the descriptor says of a packet's frame, by the structure of its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// First packet of it.
    pub(crate) starts: bool,
    /// Last packet of it.
    pub(crate) ends: bool,
    /// Spatial layer.
    pub(crate) spatial: u8,
    /// Temporal layer.
    pub(crate) temporal: u8,
    /// From here on the frame's own temporal layer can be decoded, whatever came of it before.
    pub(crate) sync: bool,
    /// From here on all higher temporal layers can be.
    pub(crate) switches_up: bool,
}

/// What was read from one packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The frame; `None` when the structure has not come yet.
    pub(crate) frame: Option<Frame>,
    /// The packet carries the structure: it belongs to a key frame.
    pub(crate) key: bool,
    /// Heights in pixels of the spatial layers, when the structure names them.
    pub(crate) heights: Option<Heights>,
}

/// How a decode target is concerned by a frame (DTI): two bits.
const NOT_PRESENT: u64 = 0;
const SWITCH: u64 = 2;

/// What frames with one template id have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Template {
    spatial: u8,
    temporal: u8,
    /// DTIs, two bits for each target, the first lowest.
    dtis: u64,
}

/// What the key frame of a stream said about all frames up to the next.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    offset: u8,
    chains: u32,
    templates: Vec<Template>,
    /// The highest spatial and temporal layer of each decode target.
    targets: Vec<(u8, u8)>,
    /// The one being read, which takes the place of this one when it is complete.
    next: Option<Box<Structure>>,
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }

    /// `ns(n)`: a number below `n` (AV1 specification §4.10.7).
    fn below(&mut self, n: u32) -> Option<u32> {
        let width = (32 - n.leading_zeros()) as usize;
        let short = (1u32 << width).checked_sub(n)?;
        let value = self.take(width.checked_sub(1)?)?;
        if value < short { Some(value) } else { Some((value << 1 | self.take(1)?) - short) }
    }
}

impl Structure {
    /// Reads the value of the extension. `None` when it is malformed.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Option<Reading> {
        let mut bits = Bits { bytes, at: 0 };
        let (starts, ends) = (bits.flag()?, bits.flag()?);
        let template = bits.take(6)?;
        bits.take(16)?;
        let extended = bytes.len() > 3;
        let mut more = || if extended { bits.flag() } else { Some(false) };
        let (key, active, dtis, fdiffs, chains) = (more()?, more()?, more()?, more()?, more()?);
        let mut reading = Reading { key, ..Reading::default() };
        if key {
            reading.heights = self.replace(&mut bits)?;
        }
        if active {
            bits.take(self.targets.len())?;
        }
        if self.templates.is_empty() {
            return Some(reading);
        }
        let index = (template + TEMPLATES as u32 - u32::from(self.offset)) % TEMPLATES as u32;
        let mut template = *self.templates.get(index as usize)?;
        if dtis {
            template.dtis = take_dtis(&mut bits, self.targets.len())?;
        }
        if fdiffs {
            while let size @ 1.. = bits.take(2)? {
                bits.take(4 * size as usize)?;
            }
        }
        if chains {
            bits.take(8 * self.chains as usize)?;
        }
        reading.frame = Some(Frame { starts, ends, ..self.frame(template) });
        Some(reading)
    }

    /// Reads another structure and takes it over when it is whole.
    fn replace(&mut self, bits: &mut Bits<'_>) -> Option<Option<Heights>> {
        let mut next = self.next.take().unwrap_or_default();
        let heights = next.fill(bits);
        if heights.is_some() {
            core::mem::swap(&mut self.templates, &mut next.templates);
            core::mem::swap(&mut self.targets, &mut next.targets);
            (self.offset, self.chains) = (next.offset, next.chains);
        }
        // Kept for its memory: structures come again and again, and need not allocate.
        self.next = Some(next);
        heights
    }

    /// `template_dependency_structure()`.
    fn fill(&mut self, bits: &mut Bits<'_>) -> Option<Option<Heights>> {
        self.offset = bits.take(6)? as u8;
        let targets = bits.take(5)? as usize + 1;
        self.take_layers(bits)?;
        for template in &mut self.templates {
            template.dtis = take_dtis(bits, targets)?;
        }
        for _ in &self.templates {
            while bits.flag()? {
                bits.take(4)?;
            }
        }
        self.chains = bits.below(targets as u32 + 1)?;
        if self.chains > 0 {
            for _ in 0..targets {
                bits.below(self.chains)?;
            }
            bits.take(self.templates.len() * self.chains as usize * 4)?;
        }
        self.name_targets(targets);
        if !bits.flag()? {
            return Some(None);
        }
        let spatial_layers = usize::from(self.templates.last()?.spatial) + 1;
        let mut heights = [0; SPATIAL];
        for height in heights.iter_mut().take(spatial_layers) {
            bits.take(16)?;
            *height = u16::try_from(bits.take(16)? + 1).unwrap_or(u16::MAX);
        }
        Some(Some(heights))
    }

    /// `template_layers()`.
    fn take_layers(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        self.templates.clear();
        let (mut spatial, mut temporal) = (0u8, 0u8);
        loop {
            self.templates.push(Template { spatial, temporal, dtis: 0 });
            match bits.take(2)? {
                0 => {}
                1 => temporal += 1,
                2 => (spatial, temporal) = (spatial + 1, 0),
                _ => return Some(()),
            }
            if self.templates.len() >= TEMPLATES || usize::from(spatial) >= SPATIAL || temporal >= 8 {
                return None;
            }
        }
    }

    /// The layers of each decode target: the highest that belong to it.
    fn name_targets(&mut self, count: usize) {
        self.targets.clear();
        for target in 0..count.min(TARGETS) {
            let present = self.templates.iter().filter(|template| dti(template.dtis, target) != NOT_PRESENT);
            let highest = present.fold((0, 0), |(s, t), template| (template.spatial.max(s), template.temporal.max(t)));
            self.targets.push(highest);
        }
    }

    fn frame(&self, template: Template) -> Frame {
        let Template { spatial, temporal, dtis } = template;
        let targets = || self.targets.iter().enumerate().filter(|(_, target)| target.0 == spatial);
        let switches = |at: usize| dti(dtis, at) == SWITCH;
        let sync = targets().any(|(at, target)| target.1 == temporal && switches(at));
        let mut higher = targets().filter(|(_, target)| target.1 > temporal).peekable();
        let switches_up = higher.peek().is_some() && higher.all(|(at, _)| switches(at));
        Frame { spatial, temporal, sync, switches_up, ..Frame::default() }
    }
}

fn take_dtis(bits: &mut Bits<'_>, targets: usize) -> Option<u64> {
    let mut dtis = 0;
    for target in 0..targets.min(TARGETS) {
        dtis |= u64::from(bits.take(2)?) << (2 * target);
    }
    Some(dtis)
}

fn dti(dtis: u64, target: usize) -> u64 {
    dtis >> (2 * target.min(TARGETS - 1)) & 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes bits the way the specification's tables are read.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn put(&mut self, value: u32, count: usize) {
            self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        }

        /// Indications as the specification prints them.
        fn indications(&mut self, text: &str) {
            text.bytes()
                .for_each(|indication| self.put(b"-DSR".iter().position(|&known| known == indication).unwrap() as u32, 2));
        }

        fn mandatory(&mut self, flags: u32, template: u32) {
            self.put(flags, 2);
            self.put(template, 6);
            self.put(1, 16);
        }

        fn bytes(&self) -> Vec<u8> {
            self.0.chunks(8).map(|chunk| chunk.iter().enumerate().map(|(i, &bit)| u8::from(bit) << (7 - i)).sum()).collect()
        }
    }

    /// A structure: `(next layer, indications, frame differences)` of each template, and the heights.
    fn key_frame(offset: u32, templates: &[(u32, &str, usize)], chains: u32, heights: &[u32]) -> Vec<u8> {
        let mut w = Writer::default();
        w.mandatory(0b10, offset);
        w.put(0b10000, 5);
        w.put(offset, 6);
        let targets = templates[0].1.len();
        w.put(targets as u32 - 1, 5);
        templates.iter().for_each(|(next, ..)| w.put(*next, 2));
        templates.iter().for_each(|(_, indications, _)| w.indications(indications));
        for (_, _, differences) in templates {
            (0..*differences).for_each(|_| w.put(0b10000, 5));
            w.put(0, 1);
        }
        below(&mut w, chains, targets as u32 + 1);
        if chains > 0 {
            (0..targets).for_each(|_| below(&mut w, 0, chains));
            (0..templates.len() as u32 * chains).for_each(|_| w.put(1, 4));
        }
        w.put(u32::from(!heights.is_empty()), 1);
        for height in heights {
            w.put(height * 16 / 9 - 1, 16);
            w.put(height - 1, 16);
        }
        w.bytes()
    }

    /// `ns(n)`.
    fn below(w: &mut Writer, value: u32, n: u32) {
        let width = (32 - n.leading_zeros()) as usize;
        let short = (1 << width) - n;
        if value < short { w.put(value, width - 1) } else { w.put(value + short, width) }
    }

    /// L1T3 (AV1 RTP specification, A.8.1.3).
    const L1T3: [(u32, &str, usize); 5] = [(0, "SSS", 0), (1, "SSS", 1), (1, "-DS", 1), (0, "--D", 1), (3, "--D", 1)];

    fn packet(template: u32) -> Vec<u8> {
        let mut w = Writer::default();
        w.mandatory(0b11, template);
        w.bytes()
    }

    #[test]
    fn layers_and_switches_are_read_by_the_structure() {
        let mut structure = Structure::default();
        let key = structure.read(&key_frame(60, &L1T3, 1, &[180])).unwrap();
        assert_eq!((key.key, key.heights), (true, Some([180, 0, 0, 0])));
        assert_eq!(structure.targets, [(0, 0), (0, 1), (0, 2)]);
        let mut frame = |template: u32| {
            let frame = structure.read(&packet(template % 64)).unwrap().frame.unwrap();
            (frame.temporal, frame.sync, frame.switches_up)
        };
        assert_eq!(frame(61), (0, true, true));
        assert_eq!(frame(62), (1, false, true), "the template id has passed its end");
        assert_eq!(frame(64), (2, false, false));
    }

    #[test]
    fn spatial_layers_have_their_heights() {
        // L2T1 with key-frame inter-layer prediction.
        let templates = [(0, "SS", 0), (2, "S-", 1), (0, "-S", 1), (3, "-S", 1)];
        let mut structure = Structure::default();
        let key = structure.read(&key_frame(0, &templates, 2, &[360, 720])).unwrap();
        assert_eq!((key.heights, structure.targets.as_slice()), (Some([360, 720, 0, 0]), &[(0, 0), (1, 0)][..]));
        assert_eq!(structure.read(&packet(2)).unwrap().frame.unwrap().spatial, 1);
    }

    #[test]
    fn a_frame_may_have_indications_differences_and_chains_of_its_own() {
        let mut structure = Structure::default();
        structure.read(&key_frame(0, &L1T3, 1, &[])).unwrap();
        let mut w = Writer::default();
        w.mandatory(0b11, 2);
        w.put(0b01111, 5);
        w.put(0b111, 3);
        w.indications("-SS");
        w.put(0b01_0101, 6);
        w.put(0b10_0000_0001, 10);
        w.put(0, 2);
        w.put(3, 8);
        let own = w.bytes();
        let frame = structure.read(&own).unwrap().frame.unwrap();
        assert_eq!((frame.temporal, frame.sync, frame.switches_up), (1, true, true));
        assert_eq!(structure.read(&own[..own.len() - 1]), None, "cut off");
    }

    #[test]
    fn without_structure_there_is_no_frame_and_a_broken_one_changes_nothing() {
        let mut structure = Structure::default();
        assert_eq!(structure.read(&packet(9)), Some(Reading::default()));
        structure.read(&key_frame(0, &L1T3, 1, &[180])).unwrap();
        let broken = key_frame(7, &[(0, "SS", 0), (3, "SS", 1)], 1, &[720]);
        assert_eq!(structure.read(&broken[..broken.len() - 2]), None);
        assert_eq!(structure.targets.len(), 3);
        assert_eq!(structure.read(&packet(40)), None, "no such template");
        let mut endless = Writer::default();
        endless.mandatory(0b10, 0);
        endless.put(0b10000, 5);
        (0..20).for_each(|_| endless.put(0, 12));
        assert_eq!(structure.read(&endless.bytes()), None);
        assert!(structure.read(&packet(4)).unwrap().frame.is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(all in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..255), 1..8)) {
            let mut structure = Structure::default();
            structure.read(&key_frame(3, &L1T3, 1, &[180])).unwrap();
            for bytes in all {
                let _ = structure.read(&bytes);
                prop_assert!(structure.templates.len() <= TEMPLATES && structure.targets.len() <= TARGETS);
            }
        }
    }
}
