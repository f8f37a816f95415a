//! Signing and verifying for `node:crypto`: RSA (PKCS #1 and PSS), ECDSA, Ed25519.

use super::keys::{self, Curve, Private, Public};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self as lc, EcdsaKeyPair, EcdsaVerificationAlgorithm, RsaKeyPair, RsaParameters, RsaPssSaltLength,
    RsaPublicKeyComponents, RsaSignatureEncoding, UnparsedPublicKey,
};
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_error::JsErrorBox;
use pkcs8::der::asn1::{AnyRef, UintRef};
use pkcs8::der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};

// The salt lengths that are not lengths, as Node numbers them.
const SALT_DIGEST: i32 = -1;
const SALT_MAX: i32 = -2;

fn unfit() -> JsErrorBox {
    JsErrorBox::generic("The key and the digest cannot be used together here")
}

/// From the two numbers of an ECDSA signature, of fixed length, to their ASN.1.
fn to_der(fixed: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = fixed.split_at_checked(fixed.len() / 2)?;
    let numbers = [UintRef::new(r).ok()?.to_der().ok()?, UintRef::new(s).ok()?.to_der().ok()?].concat();
    AnyRef::new(Tag::Sequence, &numbers).ok()?.to_der().ok()
}

fn to_fixed(der: &[u8], size: usize) -> Option<Vec<u8>> {
    let sequence = AnyRef::from_der(der).ok().filter(|any| any.tag() == Tag::Sequence)?;
    let mut numbers = SliceReader::new(sequence.value()).ok()?;
    let mut fixed = vec![0; size * 2];
    for place in fixed.chunks_exact_mut(size) {
        let number: UintRef<'_> = numbers.decode().ok()?;
        place[size.checked_sub(number.as_bytes().len())?..].copy_from_slice(number.as_bytes());
    }
    Some(fixed)
}

/// The lengths of the salt that a signature may have.
fn salt_lengths(salt: i32) -> Vec<RsaPssSaltLength> {
    match salt {
        SALT_DIGEST => vec![RsaPssSaltLength::Digest],
        // Any, for Node; these are the ones in use.
        SALT_MAX => vec![RsaPssSaltLength::Digest, RsaPssSaltLength::Max, RsaPssSaltLength::Custom(0)],
        length => u16::try_from(length).ok().map(RsaPssSaltLength::Custom).into_iter().collect(),
    }
}

/// The signer wants an encoding that lives as long as the program: only the salt lengths below can be chosen.
fn rsa_encoding(digest: &str, pss: bool, salt: i32) -> Option<&'static RsaSignatureEncoding> {
    static MAX: [RsaSignatureEncoding; 3] = [
        lc::RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Max),
        lc::RSA_PSS_SHA384.with_pss_salt_length(RsaPssSaltLength::Max),
        lc::RSA_PSS_SHA512.with_pss_salt_length(RsaPssSaltLength::Max),
    ];
    static NONE: [RsaSignatureEncoding; 3] = [
        lc::RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(0)),
        lc::RSA_PSS_SHA384.with_pss_salt_length(RsaPssSaltLength::Custom(0)),
        lc::RSA_PSS_SHA512.with_pss_salt_length(RsaPssSaltLength::Custom(0)),
    ];
    static DIGEST: [RsaSignatureEncoding; 3] = [lc::RSA_PSS_SHA256, lc::RSA_PSS_SHA384, lc::RSA_PSS_SHA512];
    static PKCS1: [RsaSignatureEncoding; 3] = [lc::RSA_PKCS1_SHA256, lc::RSA_PKCS1_SHA384, lc::RSA_PKCS1_SHA512];
    let (index, length) = match digest {
        "sha256" => (0, 32),
        "sha384" => (1, 48),
        "sha512" => (2, 64),
        _ => return None,
    };
    let all = match (pss, salt) {
        (false, _) => &PKCS1,
        (true, SALT_DIGEST) => &DIGEST,
        (true, SALT_MAX) => &MAX,
        (true, 0) => &NONE,
        (true, salt) if salt == length => &DIGEST,
        _ => return None,
    };
    all.get(index)
}

fn rsa_parameters(digest: &str, pss: bool) -> Option<RsaParameters> {
    Some(match (digest, pss) {
        ("sha1", false) => lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        ("sha256", false) => lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        ("sha384", false) => lc::RSA_PKCS1_2048_8192_SHA384,
        ("sha512", false) => lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        ("sha256", true) => lc::RSA_PSS_2048_8192_SHA256,
        ("sha384", true) => lc::RSA_PSS_2048_8192_SHA384,
        ("sha512", true) => lc::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn ecdsa_verification(curve: &Curve, digest: &str) -> Option<&'static EcdsaVerificationAlgorithm> {
    Some(match (curve.jwk, digest) {
        ("P-256", "sha1") => &lc::ECDSA_P256_SHA1_ASN1,
        ("P-256", "sha256") => &lc::ECDSA_P256_SHA256_ASN1,
        ("P-256", "sha384") => &lc::ECDSA_P256_SHA384_ASN1,
        ("P-256", "sha512") => &lc::ECDSA_P256_SHA512_ASN1,
        ("P-384", "sha256") => &lc::ECDSA_P384_SHA256_ASN1,
        ("P-384", "sha384") => &lc::ECDSA_P384_SHA384_ASN1,
        ("P-384", "sha512") => &lc::ECDSA_P384_SHA512_ASN1,
        ("P-521", "sha1") => &lc::ECDSA_P521_SHA1_ASN1,
        ("P-521", "sha256") => &lc::ECDSA_P521_SHA256_ASN1,
        ("P-521", "sha384") => &lc::ECDSA_P521_SHA384_ASN1,
        ("P-521", "sha512") => &lc::ECDSA_P521_SHA512_ASN1,
        ("secp256k1", "sha256") => &lc::ECDSA_P256K1_SHA256_ASN1,
        _ => return None,
    })
}

/// The one digest that a curve is signed with here, and those of P-521.
fn sign_ecdsa(curve: &Curve, key: &EcdsaKeyPair, digest: &str, data: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match (curve.jwk, digest) {
        ("P-256", "sha256") => &lc::ECDSA_P256_SHA256_ASN1_SIGNING,
        ("P-384", "sha384") => &lc::ECDSA_P384_SHA384_ASN1_SIGNING,
        ("P-521", "sha224") => &lc::ECDSA_P521_SHA224_ASN1_SIGNING,
        ("P-521", "sha256") => &lc::ECDSA_P521_SHA256_ASN1_SIGNING,
        ("P-521", "sha384") => &lc::ECDSA_P521_SHA384_ASN1_SIGNING,
        ("P-521", "sha512") => &lc::ECDSA_P521_SHA512_ASN1_SIGNING,
        ("secp256k1", "sha256") => &lc::ECDSA_P256K1_SHA256_ASN1_SIGNING,
        _ => return None,
    };
    let pkcs8 = key.to_pkcs8v1().ok()?;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).ok()?;
    Some(key.sign(&SystemRandom::new(), data).ok()?.as_ref().to_vec())
}

fn sign_rsa(key: &RsaKeyPair, digest: &str, pss: bool, salt: i32, data: &[u8]) -> Option<Vec<u8>> {
    let encoding = rsa_encoding(digest, pss, salt)?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(encoding, &SystemRandom::new(), data, &mut signature).ok()?;
    Some(signature)
}

/// Signs with a PKCS #8 key. `digest` is empty for Ed25519; `fixed` asks for the IEEE P1363 form of an ECDSA signature.
#[op2]
pub(super) fn op_node_sign(
    #[buffer] key: &[u8],
    #[string] digest: &str,
    #[buffer] data: &[u8],
    pss: bool,
    #[smi] salt: i32,
    fixed: bool,
) -> Result<Uint8Array, JsErrorBox> {
    let signature = match keys::private(key)? {
        Private::Rsa(key) => sign_rsa(&key, digest, pss, salt, data),
        Private::Ec(curve, key) => {
            let signature = sign_ecdsa(curve, &key, digest, data);
            if fixed { signature.and_then(|der| to_fixed(&der, curve.size)) } else { signature }
        }
        Private::Ed25519(key) => digest.is_empty().then(|| key.sign(data).as_ref().to_vec()),
    };
    signature.map(Into::into).ok_or_else(unfit)
}

/// Verifies with an SPKI key.
#[op2(fast)]
pub(super) fn op_node_verify(
    #[buffer] key: &[u8],
    #[string] digest: &str,
    #[buffer] data: &[u8],
    #[buffer] signature: &[u8],
    pss: bool,
    #[smi] salt: i32,
    fixed: bool,
) -> Result<bool, JsErrorBox> {
    Ok(match keys::public(key)? {
        Public::Rsa(key) => {
            let parameters = || rsa_parameters(digest, pss).ok_or_else(unfit);
            if pss {
                for length in salt_lengths(salt) {
                    let parameters = parameters()?.with_pss_salt_length(length);
                    if verified(&parameters, key, data, signature) {
                        return Ok(true);
                    }
                }
                false
            } else {
                verified(&parameters()?, key, data, signature)
            }
        }
        Public::Ec(curve, point) => {
            let algorithm = ecdsa_verification(curve, digest).ok_or_else(unfit)?;
            let der;
            let signature = if fixed {
                if signature.len() != curve.size * 2 {
                    return Ok(false);
                }
                der = to_der(signature).unwrap_or_default();
                &der
            } else {
                signature
            };
            UnparsedPublicKey::new(algorithm, point).verify(data, signature).is_ok()
        }
        Public::Ed25519(point) => UnparsedPublicKey::new(&lc::ED25519, point).verify(data, signature).is_ok(),
    })
}

fn verified(parameters: &RsaParameters, key: &[u8], data: &[u8], signature: &[u8]) -> bool {
    pkcs1::RsaPublicKey::try_from(key).is_ok_and(|key| {
        let components = RsaPublicKeyComponents { n: key.modulus.as_bytes(), e: key.public_exponent.as_bytes() };
        components.verify(parameters, data, signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_of_fixed_length_and_its_asn1_are_the_same_numbers() {
        let mut fixed = vec![0; 64];
        fixed[31] = 0x80;
        fixed[32] = 1;
        let der = to_der(&fixed).unwrap();
        assert_eq!(der[..4], [0x30, der.len() as u8 - 2, 2, 2]);
        assert_eq!(to_fixed(&der, 32).unwrap(), fixed);
        assert!(to_fixed(&der, 16).is_none());
        assert!(to_fixed(b"nonsense", 32).is_none());
    }
}
