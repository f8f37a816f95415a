// Why Portico's verdict on a token may differ from a library's, kind of token by kind of token.
//
// A library reads what its caller hands it and leaves the rest to the caller; Portico is the caller. But for one name, Portico is the
// stricter one everywhere.

const both = (because, ...kinds) => ["jose", "PyJWT"].map((library) => ({ library, accepts: true, because, kinds }));
const only = (library, because, ...kinds) => ({ library, accepts: true, because, kinds });

export const differences = [
  // One token, one spelling: whatever is remembered or revoked has no other name (RFC 7515 section 2 and appendix C).
  ...both("base64 of Portico has no padding", "padding"),
  ...both("base64 of Portico has no white space", "blanks"),
  ...both("base64 of Portico has no bits that say nothing (RFC 4648 section 3.5)", "spare bits"),
  only("PyJWT", "base64 of Portico has one alphabet, and skips nothing", "the other alphabet", "padded and signed", "other characters"),

  // What a header says that must be understood.
  only("PyJWT", "PyJWT 2.6 does not know crit (RFC 7515 section 4.1.11)", "crit"),
  only("jose", "jose knows the extension b64 (RFC 7797); a JWT may not use it in a way that matters (section 7)", "crit"),
  ...both("b64 without crit is a token of somebody who meant something else (RFC 7797 section 6)", "b64 alone"),
  ...both("cty is of a token within the token (RFC 7519 section 5.2)", "cty"),
  ...both("enc is of an encrypted token (RFC 7516 section 9)", "enc"),
  ...both("a token of another type is no access token (RFC 8725 section 3.11)", "typ of something else", "typ is no text"),
  only("jose", "a name of a key is a text (RFC 7515 section 4.1.4)", "kid is no text"),

  // JSON: what two readers may read as two things is read as neither (RFC 8259 sections 4, 6, 8.1, 8.2; RFC 7519 section 4).
  ...both("a member that is there twice", "said twice"),
  ...both("a byte order mark", "byte order mark"),
  ...both("half a character", "half a surrogate"),
  only("PyJWT", "NaN is no JSON", "JSON with NaN"),
  only("jose", "1e999 is no number that can be computed with", "exp beyond any number"),

  // Bounds.
  ...both("claims nest at most 16 deep", "too deep"),
  only("jose", "claims nest at most 16 deep", "far too deep"),
  ...both("a token has at most 8 KiB", "too long"),
  ...both("a token ends in this millennium or the next seven", "exp in milliseconds", "exp beyond any date"),

  // Claims.
  only("jose", "jose looks at iat only for a greatest age", "issued in the future", "PyJWT: issued in the future", "PyJWT: own, issued in the future"),
  only("PyJWT", "PyJWT makes a number of what is none", "exp is no number", "nbf is no number", "iat is no number"),
  ...both("a user is a text of 1 to 255 bytes that a header field can carry", "sub is no text", "sub is empty", "sub with control characters",
    "sub with other letters", "sub is too long"),
  only("jose", "an audience is one text or several", "aud is no text"),
  only("jose", "null is not the same as nothing", "project_id is no text"),
  ...both("a token's id is a text (RFC 7519 section 4.1.7), or it could not be revoked by it", "jti is no text"),

  // The one name that Portico knows and the others do not, in a token whose key says EdDSA.
  ...["jose", "PyJWT"].map((library) => ({ library, accepts: false, because: "Ed25519 is EdDSA's new name (RFC 9864)", kinds: ["Ed25519"] })),
];
