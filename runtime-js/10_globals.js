// The global scope of a function, assembled once while the snapshot is made.
//
// Everything here is plain JavaScript state that a snapshot can hold. Objects backed by native memory (the console,
// `crypto`) cannot be made at this point: they are defined for each isolate by 20_bootstrap.js.

(function () {
const { core } = __bootstrap;

core.loadExtScript("ext:portico/00_shims.js");
// Before any script puts functions of its own around operations.
core.loadExtScript("ext:portico/05_seal_ops.js");
const limits = core.loadExtScript("ext:portico/40_limits.js");

const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
// Before any script takes a conversion from it.
limits.limitConversions(webidl.converters);
const event = core.loadExtScript("ext:deno_web/02_event.js");
const { DOMException, QuotaExceededError } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
const url = core.loadExtScript("ext:deno_web/00_url.js");
const urlPattern = core.loadExtScript("ext:deno_web/01_urlpattern.js");
const abort = core.loadExtScript("ext:deno_web/03_abort_signal.js");
const base64 = core.loadExtScript("ext:deno_web/05_base64.js");
const streams = core.loadExtScript("ext:deno_web/06_streams.js");
const encoding = core.loadExtScript("ext:deno_web/08_text_encoding.js");
const file = core.loadExtScript("ext:deno_web/09_file.js");
const fileReader = core.loadExtScript("ext:deno_web/10_filereader.js");
const messages = core.loadExtScript("ext:deno_web/13_message_port.js");
const compression = core.loadExtScript("ext:deno_web/14_compression.js");
const performance = core.loadExtScript("ext:deno_web/15_performance.js");
const timers = core.loadExtScript("ext:deno_web/02_timers.js");
core.loadExtScript("ext:deno_web/01_console.js");
const crypto = core.loadExtScript("ext:deno_crypto/00_crypto.js");
const headers = core.loadExtScript("ext:deno_fetch/20_headers.js");
const formData = core.loadExtScript("ext:deno_fetch/21_formdata.js");
const request = core.loadExtScript("ext:deno_fetch/23_request.js");
const response = core.loadExtScript("ext:deno_fetch/23_response.js");
const fetching = core.loadExtScript("ext:deno_fetch/26_fetch.js");
const eventSource = core.loadExtScript("ext:deno_fetch/27_eventsource.js");
const webSocket = core.loadExtScript("ext:portico/11_websocket.js");
const { MessageChannel } = core.loadExtScript("ext:portico/12_message_context.js");
// Only so that the snapshot has it.
core.loadExtScript("ext:portico/31_handler.js");

// Interfaces are writable, configurable and not enumerable (Web IDL 3.7.1).
const interfaces = {
  AbortController: abort.AbortController,
  AbortSignal: abort.AbortSignal,
  Blob: file.Blob,
  ByteLengthQueuingStrategy: streams.ByteLengthQueuingStrategy,
  CloseEvent: event.CloseEvent,
  CompressionStream: compression.CompressionStream,
  CountQueuingStrategy: streams.CountQueuingStrategy,
  Crypto: crypto.Crypto,
  CryptoKey: crypto.CryptoKey,
  CustomEvent: event.CustomEvent,
  DecompressionStream: compression.DecompressionStream,
  DOMException,
  ErrorEvent: event.ErrorEvent,
  Event: event.Event,
  EventSource: eventSource.EventSource,
  EventTarget: event.EventTarget,
  File: file.File,
  FileReader: fileReader.FileReader,
  FormData: formData.FormData,
  Headers: headers.Headers,
  MessageChannel,
  MessageEvent: event.MessageEvent,
  MessagePort: messages.MessagePort,
  Performance: performance.Performance,
  PerformanceEntry: performance.PerformanceEntry,
  PerformanceMark: performance.PerformanceMark,
  PerformanceMeasure: performance.PerformanceMeasure,
  PerformanceObserver: performance.PerformanceObserver,
  PerformanceObserverEntryList: performance.PerformanceObserverEntryList,
  ProgressEvent: event.ProgressEvent,
  PromiseRejectionEvent: event.PromiseRejectionEvent,
  QuotaExceededError,
  ReadableByteStreamController: streams.ReadableByteStreamController,
  ReadableStream: streams.ReadableStream,
  ReadableStreamBYOBReader: streams.ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: streams.ReadableStreamBYOBRequest,
  ReadableStreamDefaultController: streams.ReadableStreamDefaultController,
  ReadableStreamDefaultReader: streams.ReadableStreamDefaultReader,
  Request: request.Request,
  Response: response.Response,
  SubtleCrypto: crypto.SubtleCrypto,
  TextDecoder: encoding.TextDecoder,
  TextDecoderStream: encoding.TextDecoderStream,
  TextEncoder: encoding.TextEncoder,
  TextEncoderStream: encoding.TextEncoderStream,
  TransformStream: streams.TransformStream,
  TransformStreamDefaultController: streams.TransformStreamDefaultController,
  URL: url.URL,
  URLPattern: urlPattern.URLPattern,
  URLSearchParams: url.URLSearchParams,
  WebSocket: webSocket.WebSocket,
  WritableStream: streams.WritableStream,
  WritableStreamDefaultController: streams.WritableStreamDefaultController,
  WritableStreamDefaultWriter: streams.WritableStreamDefaultWriter,
};

// Functions and objects are enumerable, as on any `WindowOrWorkerGlobalScope`.
const members = {
  atob: base64.atob,
  btoa: base64.btoa,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  fetch: fetching.fetch,
  performance: performance.performance,
  queueMicrotask: core.queueMicrotask,
  reportError: event.reportError,
  self: globalThis,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  structuredClone: messages.structuredClone,
};

// What Web IDL says of these and deno_web leaves out: enumerable members and a tag of their own, and that an argument is optional.
for (
  const type of [
    event.CloseEvent,
    event.CustomEvent,
    event.ErrorEvent,
    event.MessageEvent,
    event.ProgressEvent,
    event.PromiseRejectionEvent,
  ]
) {
  webidl.configureInterface(type);
}
Object.defineProperty(messages.structuredClone, "length", { __proto__: null, value: 1, configurable: true });

const properties = { __proto__: null };
for (const name in interfaces) {
  properties[name] = core.propNonEnumerable(interfaces[name]);
}
for (const name in members) {
  if (members[name] !== undefined) {
    properties[name] = core.propWritable(members[name]);
  }
}
properties[webidl.brand] = core.propNonEnumerable(webidl.brand);
Object.defineProperties(globalThis, properties);

limits.wrapGlobals();

// A global object is an event target: `addEventListener("unhandledrejection", ...)` works on it.
Object.setPrototypeOf(globalThis, event.EventTarget.prototype);
event.saveGlobalThisReference(globalThis);

// Native operations fail with these classes; unregistered, they would surface as a bare `Error`.
for (
  const name of [
    "DataError",
    "IndexSizeError",
    "InvalidAccessError",
    "InvalidCharacterError",
    "InvalidStateError",
    "NetworkError",
    "AbortError",
    "NotSupportedError",
    "OperationError",
    "QuotaExceededError",
    "SyntaxError",
    "TypeMismatchError",
    "TimeoutError",
  ]
) {
  core.registerErrorBuilder(`DOMException${name}`, (message) => new DOMException(message, name));
}
for (
  const name of [
    "AddrInUse",
    "AddrNotAvailable",
    "AlreadyExists",
    "BrokenPipe",
    "Busy",
    "ConnectionAborted",
    "ConnectionRefused",
    "ConnectionReset",
    "Http",
    "InvalidData",
    "NotConnected",
    "NotFound",
    "NotSupported",
    "PermissionDenied",
    "TimedOut",
    "UnexpectedEof",
    "WouldBlock",
    "WriteZero",
  ]
) {
  core.registerErrorClass(
    name,
    class extends Error {
      constructor(message) {
        super(message);
        this.name = name;
      }
    },
  );
}

// Loaded here only so that the snapshot carries their code.
core.loadExtScript("ext:portico/20_bootstrap.js");
core.loadExtScript("ext:portico/30_dispatch.js");

return {};
})();
