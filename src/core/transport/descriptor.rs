//! The dependency descriptor header extension (AV1 RTP specification, appendix A), as far as a forwarder of simulcast needs it.
//!
//! **Invariant:** any bytes give a [`DependencyDescriptor`] or `None`; every loop is bounded by the bits that are there.

/// What the descriptor of one packet says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DependencyDescriptor {
    /// First packet of a frame.
    pub(crate) starts_frame: bool,
    /// The packet carries the template structure: it belongs to a key frame.
    pub(crate) structure: bool,
    /// Height in pixels of the highest spatial layer, when the structure names it.
    pub(crate) height: Option<u16>,
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
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

impl DependencyDescriptor {
    /// Reads the value of the extension.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes, at: 0 };
        let starts_frame = bits.flag()?;
        bits.take(1 + 6 + 16)?;
        let mut found = Self { starts_frame, structure: false, height: None };
        if bytes.len() <= 3 {
            return Some(found);
        }
        found.structure = bits.flag()?;
        // active_decode_targets_present, custom_dtis, custom_fdiffs, custom_chains
        bits.take(4)?;
        if found.structure {
            found.height = Self::height_in_structure(&mut bits);
        }
        Some(found)
    }

    /// Walks the template structure to the resolutions at its end.
    fn height_in_structure(bits: &mut Bits<'_>) -> Option<u16> {
        bits.take(6)?;
        let targets = bits.take(5)? + 1;
        let (templates, spatial_layers) = Self::template_layers(bits)?;
        bits.take(usize::try_from(templates * targets * 2).ok()?)?;
        for _ in 0..templates {
            while bits.flag()? {
                bits.take(4)?;
            }
        }
        let chains = bits.below(targets + 1)?;
        if chains > 0 {
            for _ in 0..targets {
                bits.below(chains)?;
            }
            bits.take(usize::try_from(templates * chains * 4).ok()?)?;
        }
        if !bits.flag()? {
            return None;
        }
        let mut height = 0;
        for _ in 0..spatial_layers {
            bits.take(16)?;
            height = height.max(bits.take(16)?.saturating_add(1));
        }
        Some(u16::try_from(height).unwrap_or(u16::MAX))
    }

    /// `template_layers()`: how many templates and spatial layers there are.
    fn template_layers(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
        let (mut templates, mut spatial) = (0, 1);
        loop {
            templates += 1;
            match bits.take(2)? {
                2 => spatial += 1,
                3 => return Some((templates, spatial)),
                _ => {}
            }
            if templates > 64 || spatial > 4 {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes bits the way the specification's tables are read.
    struct Writer(Vec<bool>);

    impl Writer {
        fn put(&mut self, value: u32, count: usize) {
            self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        }
        fn bytes(&self) -> Vec<u8> {
            self.0.chunks(8).map(|chunk| chunk.iter().enumerate().map(|(i, &bit)| u8::from(bit) << (7 - i)).sum()).collect()
        }
    }

    /// L1T3 as Chromium writes it: three templates and more, one spatial layer, three targets, one chain, one resolution.
    fn key_frame(height: u32) -> Vec<u8> {
        let mut w = Writer(Vec::new());
        w.put(0b10, 2); // start, not end
        w.put(0, 6);
        w.put(1, 16);
        w.put(0b10000, 5); // structure present
        w.put(0, 6);
        w.put(2, 5); // three targets
        for idc in [0, 1, 1, 3] {
            w.put(idc, 2);
        }
        w.put(0, 4 * 3 * 2);
        for fdiffs in [0usize, 1, 1, 2] {
            for _ in 0..fdiffs {
                w.put(1, 1);
                w.put(0, 4);
            }
            w.put(0, 1);
        }
        w.put(1, 2); // ns(4): one chain
        // ns(1) takes no bits
        w.put(0, 4 * 4);
        w.put(1, 1);
        w.put(319, 16);
        w.put(height - 1, 16);
        w.bytes()
    }

    #[test]
    fn the_height_is_found_on_key_frames() {
        let found = DependencyDescriptor::read(&key_frame(180)).unwrap();
        assert_eq!(found, DependencyDescriptor { starts_frame: true, structure: true, height: Some(180) });
    }

    #[test]
    fn the_short_form_is_a_delta_packet() {
        let found = DependencyDescriptor::read(&[0x40, 0, 9]).unwrap();
        assert_eq!(found, DependencyDescriptor::default());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..255)) {
            let _ = DependencyDescriptor::read(&bytes);
        }
    }
}
