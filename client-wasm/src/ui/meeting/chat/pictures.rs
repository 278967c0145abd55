//! What pictures carry besides the picture: place, time, camera, a small copy from before it was cut.
//!
//! Invariant: what comes out shows the same and holds nothing else that this module does not know by name; what it does not understand it
//! does not pass.

use crate::model::FileKind;

/// The picture without its details; `None` for what is no such picture, or one that cannot be read to its end.
pub(super) fn without_details(kind: FileKind, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        FileKind::Jpeg => jpeg(bytes),
        FileKind::Png => png(bytes),
        FileKind::Webp => webp(bytes),
        FileKind::Gif | FileKind::Other => None,
    }
}

/// What a browser says that a file is.
pub(super) fn kind(mime: &str) -> FileKind {
    match mime {
        "image/png" => FileKind::Png,
        "image/jpeg" => FileKind::Jpeg,
        "image/webp" => FileKind::Webp,
        "image/gif" => FileKind::Gif,
        _ => FileKind::Other,
    }
}

/// The other way round.
pub(super) fn mime(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Png => "image/png",
        FileKind::Jpeg => "image/jpeg",
        FileKind::Webp => "image/webp",
        FileKind::Gif => "image/gif",
        FileKind::Other => "application/octet-stream",
    }
}

/// ITU-T T.81: segments, and what stands between a scan's header and the next marker. Nothing behind the end of the image is taken.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    let mut out = vec![0xff, 0xd8];
    let mut turned = None;
    loop {
        rest = rest.strip_prefix(&[0xff])?;
        let (&marker, after) = rest.split_first()?;
        rest = after;
        match marker {
            // Fill.
            0xff => rest = &bytes[bytes.len() - rest.len() - 1..],
            0xd9 => {
                out.extend([0xff, 0xd9]);
                break;
            }
            _ => {
                let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                let (segment, after) = (rest.get(2..length)?, rest.get(length..)?);
                rest = after;
                if marker == 0xe1 {
                    turned = turned.or_else(|| orientation(segment.strip_prefix(b"Exif\0\0")?));
                }
                if let Some(kept) = kept(marker, segment) {
                    out.extend([0xff, marker]);
                    out.extend(u16::try_from(kept.len() + 2).ok()?.to_be_bytes());
                    out.extend(kept);
                }
                if marker == 0xda {
                    let (scan, after) = rest.split_at(scan(rest)?);
                    out.extend(scan);
                    rest = after;
                }
            }
        }
    }
    if let Some(turned) = turned {
        out.splice(2..2, upright(turned));
    }
    Some(out)
}

/// What of a segment is needed to draw the picture.
fn kept(marker: u8, segment: &[u8]) -> Option<Vec<u8>> {
    match marker {
        // JFIF without its small copy.
        0xe0 => {
            let head = segment.strip_prefix(b"JFIF\0")?.get(..7)?;
            Some([b"JFIF\0".as_slice(), head, &[0, 0]].concat())
        }
        0xe2 if segment.starts_with(b"ICC_PROFILE\0") => Some(segment.to_vec()),
        0xee if segment.starts_with(b"Adobe") => Some(segment.to_vec()),
        0xe1..=0xef | 0xfe => None,
        _ => Some(segment.to_vec()),
    }
}

/// How many bytes of a scan come before the next marker.
fn scan(data: &[u8]) -> Option<usize> {
    data.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7))
}

/// Tag 274 of the first directory (TIFF 6.0).
fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = tiff.starts_with(b"II");
    let short = |at: usize| {
        let pair: [u8; 2] = *tiff.get(at..)?.first_chunk()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let long = |at: usize| {
        let four: [u8; 4] = *tiff.get(at..)?.first_chunk()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let count = usize::from(short(directory)?);
    let entry = |number: usize| directory.checked_add(2)?.checked_add(number.checked_mul(12)?);
    let at = (0..count.min(256)).filter_map(entry).find(|at| short(*at) == Some(274))?;
    let turned = u8::try_from(short(at.checked_add(8)?)?).ok()?;
    (2..=8).contains(&turned).then_some(turned)
}

/// An Exif segment that says how the picture stands, and nothing else.
fn upright(turned: u8) -> Vec<u8> {
    let tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0, 0, 0, 0, 0];
    let length = (tiff.len() + 8) as u16;
    [[0xff, 0xe1].as_slice(), &length.to_be_bytes(), b"Exif\0\0", &tiff].concat()
}

/// PNG, 3rd edition: chunks that matter to how the picture looks and moves.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const KEPT: [&[u8]; 16] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs",
        b"acTL", b"fcTL", b"fdAT",
    ];
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut out = SIGNATURE.to_vec();
    loop {
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let whole = length.checked_add(12)?;
        let (chunk, after) = (rest.get(..whole)?, rest.get(whole..)?);
        let kind = chunk.get(4..8)?;
        if KEPT.contains(&kind) {
            out.extend(chunk);
        }
        if kind == b"IEND" {
            return Some(out);
        }
        rest = after;
    }
}

/// RFC 9649: chunks of a RIFF file.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8]; 7] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
    /// Exif and XMP in the flags of VP8X.
    const DETAILS: u8 = 0b1100;
    let size = usize::try_from(u32::from_le_bytes(*bytes.strip_prefix(b"RIFF")?.first_chunk()?)).ok()?;
    let mut rest = bytes.get(8..size.checked_add(8)?)?.strip_prefix(b"WEBP")?;
    let mut out = b"WEBP".to_vec();
    while !rest.is_empty() {
        let kind = rest.get(..4)?;
        let length = usize::try_from(u32::from_le_bytes(*rest.get(4..)?.first_chunk()?)).ok()?;
        let whole = length.checked_add(8)?.checked_next_multiple_of(2)?;
        let (chunk, after) = (rest.get(..whole)?, rest.get(whole..)?);
        if KEPT.contains(&kind) {
            let start = out.len();
            out.extend(chunk);
            if kind == b"VP8X"
                && let Some(flags) = out.get_mut(start + 8)
            {
                *flags &= !DETAILS;
            }
        }
        rest = after;
    }
    let size = u32::try_from(out.len()).ok()?;
    Some([b"RIFF".as_slice(), &size.to_le_bytes(), &out].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        [[0xff, marker].as_slice(), &(data.len() as u16 + 2).to_be_bytes(), data].concat()
    }

    fn exif(turned: u8) -> Vec<u8> {
        // Little-endian, as cameras write it: orientation, then a place.
        let tiff = [
            b"II*\0\x08\0\0\0\x02\0".as_slice(),
            b"\x12\x01\x03\0\x01\0\0\0",
            &[turned, 0, 0, 0],
            b"\x25\x88\x04\0\x01\0\0\0\x20\0\0\0\0\0\0\0SECRET",
        ];
        [b"Exif\0\0".as_slice(), &tiff.concat()].concat()
    }

    fn photo() -> Vec<u8> {
        let parts = [
            vec![0xff, 0xd8],
            segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01SECRET"),
            segment(0xe1, &exif(6)),
            segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0SECRET"),
            segment(0xe2, b"ICC_PROFILE\0\x01\x01profile"),
            segment(0xe2, b"MPF\0SECRET"),
            segment(0xed, b"Photoshop 3.0\0SECRET"),
            segment(0xfe, b"SECRET"),
            segment(0xdb, b"table"),
            vec![0xff],
            segment(0xda, b"head"),
            b"scan\xff\x00\xff\xd0more".to_vec(),
            segment(0xc4, b"codes"),
            segment(0xda, b"head"),
            b"again".to_vec(),
            vec![0xff, 0xd9],
            b"SECRET behind the end".to_vec(),
        ];
        parts.concat()
    }

    fn holds(bytes: &[u8], what: &[u8]) -> bool {
        bytes.windows(what.len()).any(|window| window == what)
    }

    #[test]
    fn a_photo_keeps_its_picture_and_how_it_stands() {
        let clean = without_details(FileKind::Jpeg, &photo()).expect("a photo");
        assert!(!holds(&clean, b"SECRET"));
        for kept in [b"profile".as_slice(), b"table", b"scan\xff\x00\xff\xd0more", b"codes", b"again\xff\xd9", b"JFIF\0"] {
            assert!(holds(&clean, kept), "{:?}", String::from_utf8_lossy(kept));
        }
        assert_eq!(orientation(clean.get(12..).expect("an Exif segment")), Some(6));
        assert_eq!(without_details(FileKind::Jpeg, &clean), Some(clean), "nothing more to remove");
    }

    #[test]
    fn a_picture_that_stands_upright_says_nothing_of_it() {
        let upright = [vec![0xff, 0xd8], segment(0xe1, &exif(1)), segment(0xda, b"h"), b"s".to_vec(), vec![0xff, 0xd9]].concat();
        let clean = jpeg(&upright).expect("a photo");
        assert!(!holds(&clean, b"Exif"));
    }

    #[test]
    fn what_cannot_be_read_to_its_end_is_not_passed() {
        let photo = photo();
        for cut in 0..photo.len() - 25 {
            let _ = jpeg(&photo[..cut]);
        }
        assert!(
            jpeg(&photo[..60]).is_none() && jpeg(b"\xff\xd8\xff").is_none() && png(&photo).is_none() && webp(&photo).is_none()
        );
        assert!(without_details(FileKind::Gif, &photo).is_none());
    }

    #[test]
    fn a_png_loses_its_texts() {
        let chunk = |kind: &[u8], data: &[u8]| [(data.len() as u32).to_be_bytes().as_slice(), kind, data, b"crc4"].concat();
        let png_file = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", b"size"),
            chunk(b"tEXt", b"SECRET"),
            chunk(b"eXIf", b"SECRET"),
            chunk(b"IDAT", b"data"),
            chunk(b"IEND", b""),
            b"SECRET".to_vec(),
        ]
        .concat();
        let clean = png(&png_file).expect("a picture");
        assert!(!holds(&clean, b"SECRET") && holds(&clean, b"IDATdata") && holds(&clean, b"IHDRsize"));
        assert!(png(&png_file[..40]).is_none());
    }

    #[test]
    fn a_webp_loses_its_details_and_says_so() {
        let chunk = |kind: &[u8], data: &[u8]| {
            let pad = vec![0; data.len() % 2];
            [kind, (data.len() as u32).to_le_bytes().as_slice(), data, &pad].concat()
        };
        let body = [
            b"WEBP".to_vec(),
            chunk(b"VP8X", &[0b0011_1100, 0, 0, 0]),
            chunk(b"VP8 ", b"pic"),
            chunk(b"EXIF", b"SECRET"),
            chunk(b"XMP ", b"SECRET!"),
        ]
        .concat();
        let file = [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat();
        let clean = webp(&file).expect("a picture");
        assert!(!holds(&clean, b"SECRET") && holds(&clean, b"VP8 \x03\0\0\0pic\0"));
        assert_eq!(clean[20], 0b0011_0000, "flags of what is no longer there");
        assert_eq!(u32::from_le_bytes(*clean[4..].first_chunk().expect("a size")) as usize, clean.len() - 8);
        assert!(webp(&file[..30]).is_none());
    }
}
