//! Bytes into a coding and back.

use crate::limits;
use crate::route::encoding::Coding;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// Base-two logarithm of brotli's window: 4 MiB, the most that decoders give it without being asked (RFC 7932 section 9.1 allows 24).
const BROTLI_WINDOW_LOG: i32 = 22;

/// The same of zstd's: 8 MiB, the most that a client must take (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// How hard to try. Measured with scripts on one core: the best takes some thirty times as long as the next, for 7 % less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// All there is: about 0.5 MB/s.
    Best,
    /// About 10 MB/s.
    Good,
    /// About 20 MB/s, and less memory.
    Quick,
}

impl Effort {
    /// For a file of `size` bytes, out of `total` bytes that one release wants compressed.
    pub(super) const fn of(size: u64, total: u64) -> Self {
        if size <= limits::PRECOMPRESS_BEST_FILE_BYTES_MAX && total <= limits::PRECOMPRESS_BEST_TOTAL_BYTES_MAX {
            Self::Best
        } else if size <= limits::PRECOMPRESS_GOOD_FILE_BYTES_MAX && total <= limits::PRECOMPRESS_GOOD_TOTAL_BYTES_MAX {
            Self::Good
        } else {
            Self::Quick
        }
    }
}

/// Encodes. The same bytes, coding and effort have the same result: no time and no name goes in.
pub(super) fn encode(coding: Coding, bytes: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Br => brotli(bytes, effort),
        Coding::Zstd => zstd(bytes, effort),
        Coding::Gzip => gzip(bytes),
    }
}

/// Whether `encoded` decodes to `bytes`. What is sent for a file must be that file, whatever coders may have for faults.
pub(super) fn decodes_to(coding: Coding, encoded: &[u8], bytes: &[u8]) -> bool {
    let mut expected = Expected(bytes);
    let decoded = match coding {
        Coding::Br => brotli::BrotliDecompress(&mut &*encoded, &mut expected),
        Coding::Zstd => zstd::stream::copy_decode(encoded, &mut expected),
        Coding::Gzip => io::copy(&mut MultiGzDecoder::new(encoded), &mut expected).map(drop),
    };
    decoded.is_ok() && expected.0.is_empty()
}

fn brotli(bytes: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    let quality = match effort {
        Effort::Best => 11,
        Effort::Good => 7,
        Effort::Quick => 5,
    };
    let params = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: BROTLI_WINDOW_LOG,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut encoded = Vec::with_capacity(bytes.len() / 3);
    brotli::BrotliCompress(&mut &*bytes, &mut encoded, &params)?;
    Ok(encoded)
}

fn zstd(bytes: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    let level = match effort {
        Effort::Best => 19,
        Effort::Good => 12,
        Effort::Quick => 6,
    };
    let mut coder = zstd::bulk::Compressor::new(level)?;
    coder.window_log(ZSTD_WINDOW_LOG)?;
    coder.compress(bytes)
}

/// It is quick enough to try two levels: the highest is not always the shortest.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let encoded = |level| {
        let mut coder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(level));
        coder.write_all(bytes)?;
        coder.finish()
    };
    let (usual, highest): (Vec<u8>, Vec<u8>) = (encoded(6)?, encoded(9)?);
    Ok(if usual.len() < highest.len() { usual } else { highest })
}

/// Takes exactly these bytes.
struct Expected<'b>(&'b [u8]);

impl Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Vec<u8>> {
        let mut random = fastrand::Rng::with_seed(3);
        let text = "body { margin: 0; padding: 0 } ".repeat(3000).into_bytes();
        let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(70_000).collect();
        vec![Vec::new(), b"x".to_vec(), text, noise]
    }

    #[test]
    fn what_is_encoded_decodes_to_itself_and_to_nothing_else() {
        for bytes in samples() {
            for coding in Coding::ALL {
                for effort in [Effort::Best, Effort::Good, Effort::Quick] {
                    let encoded = encode(coding, &bytes, effort).unwrap();
                    assert_eq!(encoded, encode(coding, &bytes, effort).unwrap(), "{coding:?} has two results");
                    assert!(decodes_to(coding, &encoded, &bytes), "{coding:?} {effort:?}");
                    let mut other = bytes.clone();
                    other.push(b'x');
                    assert!(!decodes_to(coding, &encoded, &other), "{coding:?}: longer");
                    if !bytes.is_empty() {
                        assert!(!decodes_to(coding, &encoded, &bytes[1..]), "{coding:?}: other");
                        assert!(!decodes_to(coding, &encoded[..encoded.len() - 1], &bytes), "{coding:?}: cut off");
                    }
                }
            }
        }
    }

    #[test]
    fn the_more_there_is_the_quicker_it_goes() {
        let (kib, mib) = (1024, 1024 * 1024);
        assert_eq!(Effort::of(kib, kib), Effort::Best);
        assert_eq!(Effort::of(512 * kib, 512 * kib), Effort::Good);
        assert_eq!(Effort::of(8 * mib, 8 * mib), Effort::Quick);
        // Many small files take as long as a large one.
        assert_eq!(Effort::of(kib, 16 * mib), Effort::Good);
        assert_eq!(Effort::of(kib, 512 * mib), Effort::Quick);
    }
}
