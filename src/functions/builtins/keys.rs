//! The keys of pairs, for `KeyObject`: reading, writing, making.
//!
//! JavaScript holds a key as its bytes: PKCS #8 if it is private, SPKI if it is public, written by this file. So no key lives on
//! the host's side, and what an operation gets is checked each time.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_error::JsErrorBox;
use pkcs1::UintRef;
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{Decode, Encode, Reader, SliceReader};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfo};
use sec1::EcPrivateKey;
use serde::Serialize;
use std::collections::BTreeMap;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A curve of ECDSA.
pub(super) struct Curve {
    oid: ObjectIdentifier,
    /// As JWK names it.
    pub(super) jwk: &'static str,
    /// As Node names it.
    name: &'static str,
    /// Length of a coordinate in bytes.
    pub(super) size: usize,
    loading: &'static EcdsaSigningAlgorithm,
}

static CURVES: [Curve; 4] = [
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        jwk: "P-256",
        name: "prime256v1",
        size: 32,
        loading: &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        jwk: "P-384",
        name: "secp384r1",
        size: 48,
        loading: &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
        jwk: "P-521",
        name: "secp521r1",
        size: 66,
        loading: &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
    },
    Curve {
        oid: ObjectIdentifier::new_unwrap("1.3.132.0.10"),
        jwk: "secp256k1",
        name: "secp256k1",
        size: 32,
        loading: &signature::ECDSA_P256K1_SHA256_ASN1_SIGNING,
    },
];

impl Curve {
    fn of(algorithm: &AlgorithmIdentifierRef<'_>) -> Option<&'static Self> {
        let oid = algorithm.parameters_oid().ok()?;
        CURVES.iter().find(|curve| curve.oid == oid)
    }

    fn named(name: &str) -> Option<&'static Self> {
        let name = if name == "secp256r1" { "P-256" } else { name };
        CURVES.iter().find(|curve| curve.jwk == name || curve.name == name)
    }
}

/// A key that was read.
pub(super) enum Private {
    Rsa(RsaKeyPair),
    Ec(&'static Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// What is public of it.
pub(super) enum Public<'a> {
    /// The PKCS #1 structure.
    Rsa(&'a [u8]),
    /// The point.
    Ec(&'static Curve, &'a [u8]),
    Ed25519(&'a [u8]),
}

pub(super) fn invalid() -> JsErrorBox {
    JsErrorBox::generic("The key cannot be read, or is of a kind that is not supported")
}

trait OrInvalid<T> {
    fn or_invalid(self) -> Result<T, JsErrorBox>;
}

impl<T, E> OrInvalid<T> for Result<T, E> {
    fn or_invalid(self) -> Result<T, JsErrorBox> {
        self.map_err(|_| invalid())
    }
}

impl<T> OrInvalid<T> for Option<T> {
    fn or_invalid(self) -> Result<T, JsErrorBox> {
        self.ok_or_else(invalid)
    }
}

/// Reads a private key; `der` is PKCS #8.
pub(super) fn private(der: &[u8]) -> Result<Private, JsErrorBox> {
    let info = PrivateKeyInfo::try_from(der).or_invalid()?;
    match info.algorithm.oid {
        RSA => RsaKeyPair::from_der(info.private_key).or_invalid().map(Private::Rsa),
        EC => {
            let curve = Curve::of(&info.algorithm).or_invalid()?;
            ec_pair(curve, info.private_key)
        }
        ED25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).or_invalid().map(Private::Ed25519),
        _ => Err(invalid()),
    }
}

/// `sec1` without its parameters is what stands in a PKCS #8 key, whose own parameters name the curve.
fn ec_pair(curve: &'static Curve, sec1: &[u8]) -> Result<Private, JsErrorBox> {
    let key = EcPrivateKey::try_from(sec1).or_invalid()?;
    let with_curve = EcPrivateKey {
        private_key: key.private_key,
        parameters: Some(sec1::EcParameters::NamedCurve(curve.oid)),
        public_key: key.public_key,
    };
    let der = with_curve.to_der().or_invalid()?;
    EcdsaKeyPair::from_private_key_der(curve.loading, &der).or_invalid().map(|pair| Private::Ec(curve, pair))
}

/// Reads a public key; `der` is SPKI.
pub(super) fn public(der: &[u8]) -> Result<Public<'_>, JsErrorBox> {
    let info = SubjectPublicKeyInfoRef::try_from(der).or_invalid()?;
    let bytes = info.subject_public_key.as_bytes().or_invalid()?;
    match info.algorithm.oid {
        RSA => {
            let key = pkcs1::RsaPublicKey::try_from(bytes).or_invalid()?;
            let bits = key.modulus.as_bytes().len() * 8;
            (bits <= 8192).then_some(Public::Rsa(bytes)).or_invalid()
        }
        EC => {
            let curve = Curve::of(&info.algorithm).or_invalid()?;
            let compressed = matches!(bytes.first(), Some(2 | 3)) && bytes.len() == curve.size + 1;
            let whole = bytes.first() == Some(&4) && bytes.len() == curve.size * 2 + 1;
            (compressed || whole).then_some(Public::Ec(curve, bytes)).or_invalid()
        }
        ED25519 => (bytes.len() == 32).then_some(Public::Ed25519(bytes)).or_invalid(),
        _ => Err(invalid()),
    }
}

impl Private {
    fn to_pkcs8(&self) -> Result<Vec<u8>, JsErrorBox> {
        match self {
            Self::Rsa(pair) => {
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().or_invalid()?;
                Ok(der.as_ref().to_vec())
            }
            Self::Ec(curve, pair) => {
                let sec1 = ec_structure(curve, pair, false)?;
                let oid = AnyRef::from(&curve.oid);
                wrap(AlgorithmIdentifierRef { oid: EC, parameters: Some(oid) }, &sec1)
            }
            Self::Ed25519(pair) => {
                let seed = pair.seed().or_invalid()?;
                let seed: aws_lc_rs::encoding::Curve25519SeedBin<'_> =
                    aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&seed).or_invalid()?;
                let octets = OctetStringRef::new(seed.as_ref()).and_then(|octets| octets.to_der()).or_invalid()?;
                wrap(AlgorithmIdentifierRef { oid: ED25519, parameters: None }, &octets)
            }
        }
    }

    fn to_spki(&self) -> Result<Vec<u8>, JsErrorBox> {
        match self {
            Self::Rsa(pair) => rsa_spki(pair.public_key().as_ref()),
            Self::Ec(curve, pair) => ec_spki(curve, pair.public_key().as_ref()),
            Self::Ed25519(pair) => ed25519_spki(pair.public_key().as_ref()),
        }
    }
}

fn wrap(algorithm: AlgorithmIdentifierRef<'_>, private_key: &[u8]) -> Result<Vec<u8>, JsErrorBox> {
    PrivateKeyInfo::new(algorithm, private_key).to_der().or_invalid()
}

fn ec_structure(curve: &Curve, pair: &EcdsaKeyPair, with_curve: bool) -> Result<Vec<u8>, JsErrorBox> {
    let secret = pair.private_key();
    let secret: aws_lc_rs::encoding::EcPrivateKeyBin<'_> =
        aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&secret).or_invalid()?;
    EcPrivateKey {
        private_key: secret.as_ref(),
        parameters: with_curve.then_some(sec1::EcParameters::NamedCurve(curve.oid)),
        public_key: Some(pair.public_key().as_ref()),
    }
    .to_der()
    .or_invalid()
}

fn spki(algorithm: AlgorithmIdentifierRef<'_>, bytes: &[u8]) -> Result<Vec<u8>, JsErrorBox> {
    let subject_public_key = BitStringRef::from_bytes(bytes).or_invalid()?;
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().or_invalid()
}

fn rsa_spki(pkcs1: &[u8]) -> Result<Vec<u8>, JsErrorBox> {
    spki(AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) }, pkcs1)
}

fn ec_spki(curve: &Curve, point: &[u8]) -> Result<Vec<u8>, JsErrorBox> {
    spki(AlgorithmIdentifierRef { oid: EC, parameters: Some(AnyRef::from(&curve.oid)) }, point)
}

fn ed25519_spki(point: &[u8]) -> Result<Vec<u8>, JsErrorBox> {
    spki(AlgorithmIdentifierRef { oid: ED25519, parameters: None }, point)
}

/// A private key in one of its forms (`pkcs8`, `pkcs1`, `sec1`, or empty for any) as PKCS #8.
#[op2]
pub(super) fn op_node_key_private(#[buffer] der: &[u8], #[string] form: &str) -> Result<Uint8Array, JsErrorBox> {
    let any = form.is_empty();
    if let Ok(key) = private(der)
        && (any || form == "pkcs8")
    {
        return key.to_pkcs8().map(Into::into);
    }
    if (any || form == "pkcs1") && pkcs1::RsaPrivateKey::try_from(der).is_ok() {
        let key = RsaKeyPair::from_der(der).or_invalid()?;
        return Private::Rsa(key).to_pkcs8().map(Into::into);
    }
    let key = EcPrivateKey::try_from(der).or_invalid()?;
    let oid = key.parameters.and_then(|parameters| parameters.named_curve()).or_invalid()?;
    let curve = CURVES.iter().find(|curve| curve.oid == oid).or_invalid()?;
    ec_pair(curve, der)?.to_pkcs8().map(Into::into)
}

/// A public key in one of its forms (`spki`, `pkcs1`, `certificate`, or empty for any) as SPKI.
#[op2]
pub(super) fn op_node_key_public(#[buffer] der: &[u8], #[string] form: &str) -> Result<Uint8Array, JsErrorBox> {
    let any = form.is_empty();
    if (any || form == "spki") && public(der).is_ok() {
        return Ok(der.to_vec().into());
    }
    if (any || form == "pkcs1") && pkcs1::RsaPublicKey::try_from(der).is_ok() {
        let der = rsa_spki(der)?;
        public(&der)?;
        return Ok(der.into());
    }
    if any || form == "certificate" {
        let der = key_of_certificate(der).or_invalid()?;
        public(der)?;
        return Ok(der.to_vec().into());
    }
    Err(invalid())
}

/// The key of an X.509 certificate (RFC 5280 4.1), which is not checked in any other way.
fn key_of_certificate(der: &[u8]) -> Option<&[u8]> {
    let inner = |der| -> Option<&[u8]> {
        let sequence: AnyRef<'_> = AnyRef::from_der(der).ok()?;
        Some(sequence.value())
    };
    let mut certificate = SliceReader::new(inner(der)?).ok()?;
    let mut fields = SliceReader::new(inner(certificate.tlv_bytes().ok()?)?).ok()?;
    // The version is left out of the oldest ones. Then serial number, algorithm, issuer, validity, subject.
    let first = fields.tlv_bytes().ok()?;
    let skipped = if first.first() == Some(&0xa0) { 5 } else { 4 };
    for _ in 0..skipped {
        fields.tlv_bytes().ok()?;
    }
    fields.tlv_bytes().ok()
}

/// What is public of a private key.
#[op2]
pub(super) fn op_node_key_public_of(#[buffer] der: &[u8]) -> Result<Uint8Array, JsErrorBox> {
    private(der)?.to_spki().map(Into::into)
}

/// What `asymmetricKeyType` and `asymmetricKeyDetails` tell.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    kind: &'static str,
    modulus_length: Option<usize>,
    public_exponent: Option<String>,
    named_curve: Option<&'static str>,
}

#[op2]
#[serde]
pub(super) fn op_node_key_details(#[buffer] der: &[u8], is_private: bool) -> Result<Details, JsErrorBox> {
    let spki = if is_private { private(der)?.to_spki()? } else { der.to_vec() };
    Ok(match public(&spki)? {
        Public::Rsa(key) => {
            let key = pkcs1::RsaPublicKey::try_from(key).or_invalid()?;
            let modulus = key.modulus.as_bytes();
            let unused = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
            Details {
                kind: "rsa",
                modulus_length: Some(modulus.len() * 8 - unused),
                public_exponent: Some(hex::encode(key.public_exponent.as_bytes())),
                ..Details::default()
            }
        }
        Public::Ec(curve, _) => Details { kind: "ec", named_curve: Some(curve.name), ..Details::default() },
        Public::Ed25519(_) => Details { kind: "ed25519", ..Details::default() },
    })
}

/// A key as `pkcs1` or `sec1`.
#[op2]
pub(super) fn op_node_key_export(
    #[buffer] der: &[u8],
    is_private: bool,
    #[string] form: &str,
) -> Result<Uint8Array, JsErrorBox> {
    let unfit = || JsErrorBox::type_error(format!("The key cannot be exported as {form}"));
    if !is_private {
        return match public(der)? {
            Public::Rsa(pkcs1) if form == "pkcs1" => Ok(pkcs1.to_vec().into()),
            _ => Err(unfit()),
        };
    }
    match (private(der)?, form) {
        (Private::Rsa(_), "pkcs1") => {
            let info = PrivateKeyInfo::try_from(der).or_invalid()?;
            Ok(info.private_key.to_vec().into())
        }
        (Private::Ec(curve, pair), "sec1") => ec_structure(curve, &pair, true).map(Into::into),
        _ => Err(unfit()),
    }
}

type Jwk = BTreeMap<String, String>;

#[op2]
#[serde]
pub(super) fn op_node_key_to_jwk(#[buffer] der: &[u8], is_private: bool) -> Result<Jwk, JsErrorBox> {
    let mut jwk = Jwk::new();
    let mut set = |name: &str, bytes: &[u8]| drop(jwk.insert(name.to_owned(), URL_SAFE_NO_PAD.encode(bytes)));
    let key = if is_private { Some(private(der)?) } else { None };
    let spki = key.as_ref().map_or_else(|| Ok(der.to_vec()), Private::to_spki)?;
    let named = match public(&spki)? {
        Public::Rsa(bytes) => {
            let key = pkcs1::RsaPublicKey::try_from(bytes).or_invalid()?;
            set("n", key.modulus.as_bytes());
            set("e", key.public_exponent.as_bytes());
            ("RSA", None)
        }
        Public::Ec(curve, point) => {
            let point = point.strip_prefix(&[4]).or_invalid()?;
            let (x, y) = point.split_at_checked(curve.size).or_invalid()?;
            set("x", x);
            set("y", y);
            ("EC", Some(curve.jwk))
        }
        Public::Ed25519(bytes) => {
            set("x", bytes);
            ("OKP", Some("Ed25519"))
        }
    };
    if is_private {
        let info = PrivateKeyInfo::try_from(der).or_invalid()?;
        match &key {
            Some(Private::Rsa(_)) => {
                let key = pkcs1::RsaPrivateKey::try_from(info.private_key).or_invalid()?;
                set("d", key.private_exponent.as_bytes());
                set("p", key.prime1.as_bytes());
                set("q", key.prime2.as_bytes());
                set("dp", key.exponent1.as_bytes());
                set("dq", key.exponent2.as_bytes());
                set("qi", key.coefficient.as_bytes());
            }
            Some(Private::Ec(..)) => set("d", EcPrivateKey::try_from(info.private_key).or_invalid()?.private_key),
            _ => set("d", OctetStringRef::from_der(info.private_key).or_invalid()?.as_bytes()),
        }
    }
    jwk.insert("kty".to_owned(), named.0.to_owned());
    if let Some(curve) = named.1 {
        jwk.insert("crv".to_owned(), curve.to_owned());
    }
    Ok(jwk)
}

/// A JWK, of which only the text members are given, as PKCS #8 or SPKI.
#[op2]
pub(super) fn op_node_key_from_jwk(#[serde] jwk: Jwk, is_private: bool) -> Result<Uint8Array, JsErrorBox> {
    let bytes = |name: &str| {
        let text = jwk.get(name).or_invalid()?;
        URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).or_invalid()
    };
    let der = match jwk.get("kty").map(String::as_str) {
        Some("RSA") => rsa_from_jwk(bytes, is_private)?,
        Some("EC") => {
            let curve = jwk.get("crv").and_then(|name| CURVES.iter().find(|curve| curve.jwk == name)).or_invalid()?;
            let (x, y) = (padded(&bytes("x")?, curve.size)?, padded(&bytes("y")?, curve.size)?);
            let point = [&[4], x.as_slice(), &y].concat();
            if is_private {
                let secret = padded(&bytes("d")?, curve.size)?;
                let sec1 = EcPrivateKey { private_key: &secret, parameters: None, public_key: Some(&point) };
                ec_pair(curve, &sec1.to_der().or_invalid()?)?.to_pkcs8()?
            } else {
                ec_spki(curve, &point)?
            }
        }
        Some("OKP") if jwk.get("crv").is_some_and(|curve| curve == "Ed25519") => {
            let x = bytes("x")?;
            if is_private {
                let pair = Ed25519KeyPair::from_seed_and_public_key(&bytes("d")?, &x).or_invalid()?;
                Private::Ed25519(pair).to_pkcs8()?
            } else {
                ed25519_spki(&x)?
            }
        }
        _ => return Err(invalid()),
    };
    if !is_private {
        public(&der)?;
    }
    Ok(der.into())
}

fn rsa_from_jwk(bytes: impl Fn(&str) -> Result<Vec<u8>, JsErrorBox>, is_private: bool) -> Result<Vec<u8>, JsErrorBox> {
    let (n, e) = (bytes("n")?, bytes("e")?);
    let (modulus, public_exponent) = (UintRef::new(&n).or_invalid()?, UintRef::new(&e).or_invalid()?);
    if !is_private {
        return rsa_spki(&pkcs1::RsaPublicKey { modulus, public_exponent }.to_der().or_invalid()?);
    }
    let (d, p, q) = (bytes("d")?, bytes("p")?, bytes("q")?);
    let (dp, dq, qi) = (bytes("dp")?, bytes("dq")?, bytes("qi")?);
    let key = pkcs1::RsaPrivateKey {
        modulus,
        public_exponent,
        private_exponent: UintRef::new(&d).or_invalid()?,
        prime1: UintRef::new(&p).or_invalid()?,
        prime2: UintRef::new(&q).or_invalid()?,
        exponent1: UintRef::new(&dp).or_invalid()?,
        exponent2: UintRef::new(&dq).or_invalid()?,
        coefficient: UintRef::new(&qi).or_invalid()?,
        other_prime_infos: None,
    };
    let key = RsaKeyPair::from_der(&key.to_der().or_invalid()?).or_invalid()?;
    Private::Rsa(key).to_pkcs8()
}

/// With zeros in front up to a length.
fn padded(bytes: &[u8], length: usize) -> Result<Vec<u8>, JsErrorBox> {
    let missing = length.checked_sub(bytes.len()).or_invalid()?;
    Ok([vec![0; missing].as_slice(), bytes].concat())
}

/// A new key as PKCS #8: `rsa` with a length in bits, `ec` with a curve, or `ed25519`.
#[op2]
pub(super) fn op_node_key_generate(
    #[string] kind: &str,
    #[smi] bits: u32,
    #[string] curve: &str,
) -> Result<Uint8Array, JsErrorBox> {
    let key = match kind {
        "rsa" => {
            // Longer ones take seconds to make, in which the thread serves nobody.
            let size = match bits {
                2048 => KeySize::Rsa2048,
                3072 => KeySize::Rsa3072,
                4096 => KeySize::Rsa4096,
                _ => return Err(JsErrorBox::range_error("The modulus length must be 2048, 3072 or 4096")),
            };
            Private::Rsa(RsaKeyPair::generate(size).or_invalid()?)
        }
        "ec" => {
            let curve = Curve::named(curve).ok_or_else(|| JsErrorBox::type_error("Invalid EC curve name"))?;
            Private::Ec(curve, EcdsaKeyPair::generate(curve.loading).or_invalid()?)
        }
        "ed25519" => Private::Ed25519(Ed25519KeyPair::generate().or_invalid()?),
        _ => return Err(JsErrorBox::type_error("Unsupported key type")),
    };
    key.to_pkcs8().map(Into::into)
}
