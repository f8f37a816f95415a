import { refusing } from "./lib/stub.js";

export default {
  ...refusing("http2", ["connect", "createServer", "createSecureServer", "performServerHandshake", "getDefaultSettings", "getPackedSettings", "getUnpackedSettings", "Http2ServerRequest", "Http2ServerResponse"]),
  constants: {
    NGHTTP2_CANCEL: 8, NGHTTP2_NO_ERROR: 0, HTTP2_HEADER_PATH: ":path", HTTP2_HEADER_METHOD: ":method", HTTP2_HEADER_STATUS: ":status",
    HTTP2_HEADER_AUTHORITY: ":authority", HTTP2_HEADER_SCHEME: ":scheme", HTTP2_HEADER_CONTENT_TYPE: "content-type",
    HTTP2_HEADER_CONTENT_LENGTH: "content-length",
  },
  sensitiveHeaders: Symbol("nodejs.http2.sensitiveHeaders"),
};
