import { refusing } from "./lib/stub.js";

export default {
  ...refusing("tls", ["connect", "createServer", "createSecureContext", "checkServerIdentity", "convertALPNProtocols", "getCiphers", "SecureContext", "Server", "TLSSocket"]),
  rootCertificates: Object.freeze([]),
  DEFAULT_CIPHERS: "",
  DEFAULT_ECDH_CURVE: "auto",
  DEFAULT_MIN_VERSION: "TLSv1.2",
  DEFAULT_MAX_VERSION: "TLSv1.3",
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
};
