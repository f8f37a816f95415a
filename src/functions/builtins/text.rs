//! Between text and bytes, for `Buffer`.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use deno_core::op2;
use deno_error::JsErrorBox;

// The numbers of `lib/encodings.js`.
const UTF8: u32 = 0;
const HEX: u32 = 1;
const BASE64: u32 = 2;
const BASE64URL: u32 = 3;
const LATIN1: u32 = 4;

/// As lenient as Node: without padding or with too little, and with bits left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Writes the bytes of a text to memory that JavaScript made, which is counted as the function's; answers how many there were.
#[op2(fast)]
#[smi]
pub(super) fn op_node_text_encode(#[string] text: &str, #[smi] encoding: u32, #[buffer] into: &mut [u8]) -> u32 {
    let decoded;
    let bytes = match encoding {
        HEX => {
            decoded = from_hex(text);
            &decoded
        }
        BASE64 | BASE64URL => {
            decoded = from_base64(text);
            &decoded
        }
        _ => text.as_bytes(),
    };
    let count = bytes.len().min(into.len());
    into[..count].copy_from_slice(&bytes[..count]);
    // The texts are far shorter than 4 GiB.
    count as u32
}

#[op2]
#[string]
pub(super) fn op_node_text_decode(
    #[buffer] bytes: &[u8],
    #[smi] encoding: u32,
    #[smi] start: u32,
    #[smi] end: u32,
) -> Result<String, JsErrorBox> {
    let bytes = bytes.get(start as usize..end as usize).ok_or_else(|| JsErrorBox::range_error("out of bounds"))?;
    Ok(match encoding {
        UTF8 => String::from_utf8_lossy(bytes).into_owned(),
        HEX => hex::encode(bytes),
        BASE64 => general_purpose::STANDARD.encode(bytes),
        BASE64URL => general_purpose::URL_SAFE_NO_PAD.encode(bytes),
        LATIN1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => bytes.iter().map(|byte| char::from(byte & 0x7f)).collect(),
    })
}

/// Up to the first pair that is not hexadecimal.
fn from_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks_exact(2)
        // Two hexadecimal digits are below 256.
        .map_while(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8))
        .collect()
}

/// Of either alphabet, up to the padding, whatever else is between.
fn from_base64(text: &str) -> Vec<u8> {
    let mut digits: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' => Some(byte),
            _ => byte.is_ascii_alphanumeric().then_some(byte),
        })
        .collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_ends_where_it_is_not_hex() {
        assert_eq!(from_hex("00ffzz11"), [0, 255]);
        assert_eq!(from_hex("abc"), [0xab]);
    }

    #[test]
    fn base64_of_either_alphabet_is_read_leniently() {
        for text in ["+/8=", "-_8", "+ /\n8", "+/8=garbage"] {
            assert_eq!(from_base64(text), [0xfb, 0xff], "{text}");
        }
        assert!(from_base64("A").is_empty());
        assert_eq!(from_base64("YW=="), b"a");
    }
}
