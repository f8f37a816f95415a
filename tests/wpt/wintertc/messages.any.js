// META: title=structuredClone, MessageChannel, events, AbortSignal

test(() => {
  const original = {
    date: new Date(5),
    expression: /a/gi,
    map: new Map([[{ k: 1 }, new Set([1n])]]),
    error: new RangeError("message", { cause: "cause" }),
    view: new Float64Array([1.5]),
    wrapped: Object(1),
    hole: [, 1],
    none: undefined,
  };
  original.self = original;
  const copy = structuredClone(original);
  assert_not_equals(copy, original);
  assert_equals(copy.self, copy);
  assert_equals(copy.date.getTime(), 5);
  assert_equals(copy.expression.flags, "gi");
  assert_equals([...copy.map.keys()][0].k, 1);
  assert_true([...copy.map.values()][0].has(1n));
  assert_true(copy.error instanceof RangeError);
  assert_equals(copy.error.message, "message");
  assert_equals(copy.view[0], 1.5);
  assert_equals(typeof copy.wrapped, "object");
  assert_false(0 in copy.hole);
  assert_true("none" in copy);
  assert_throws_dom("DataCloneError", () => structuredClone(() => {}));
  assert_throws_dom("DataCloneError", () => structuredClone(Symbol()));
}, "structuredClone");

promise_test(async () => {
  const blob = structuredClone(new File(["x"], "n", { type: "a/b" }));
  assert_true(blob instanceof File);
  assert_equals(blob.name, "n");
  assert_equals(await blob.text(), "x");
  const exception = structuredClone(new DOMException("m", "AbortError"));
  assert_true(exception instanceof DOMException);
  assert_equals(exception.name, "AbortError");
}, "structuredClone of platform objects");

promise_test(async () => {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt"]);
  const copy = structuredClone(key);
  assert_true(copy instanceof CryptoKey);
  assert_array_equals(await raw(copy), await raw(key));
  async function raw(of) {
    return new Uint8Array(await crypto.subtle.exportKey("raw", of));
  }
}, "structuredClone of a CryptoKey");

test(() => {
  const buffer = new ArrayBuffer(8);
  const moved = structuredClone({ buffer }, { transfer: [buffer] }).buffer;
  assert_equals(moved.byteLength, 8);
  assert_equals(buffer.byteLength, 0, "the original is detached");
  assert_throws_dom("DataCloneError", () => structuredClone(buffer, { transfer: [buffer, buffer] }));
}, "structuredClone moves an ArrayBuffer");

promise_test(async () => {
  const module = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  assert_true(structuredClone(module) instanceof WebAssembly.Module);
}, "structuredClone of a WebAssembly.Module");

promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  const events = [];
  const got = new Promise((resolve) => {
    port2.onmessage = (event) => {
      events.push(event);
      if (events.length === 2) resolve();
    };
  });
  port1.postMessage({ a: [1] });
  port1.postMessage("second");
  await got;
  assert_true(events[0] instanceof MessageEvent);
  assert_equals(events[0].data.a[0], 1);
  assert_equals(events[1].data, "second");
  port1.close();
}, "MessageChannel");

promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  const inner = new MessageChannel();
  const buffer = new ArrayBuffer(4);
  const got = new Promise((resolve) => port2.addEventListener("message", resolve, { once: true }));
  port2.start();
  port1.postMessage({ buffer, port: inner.port2 }, [buffer, inner.port2]);
  assert_equals(buffer.byteLength, 0);
  const { data, ports } = await got;
  assert_equals(data.buffer.byteLength, 4);
  assert_equals(ports[0], data.port);
  const through = new Promise((resolve) => (inner.port1.onmessage = (event) => resolve(event.data)));
  data.port.postMessage("through");
  assert_equals(await through, "through");
  port1.close();
  inner.port1.close();
}, "MessagePort moves buffers and ports");

test(() => {
  const target = new EventTarget();
  const seen = [];
  const listener = { handleEvent: (event) => seen.push(event.type, event.target === target) };
  target.addEventListener("a", listener);
  target.addEventListener("a", listener);
  target.addEventListener("a", () => seen.push("once"), { once: true });
  const controller = new AbortController();
  target.addEventListener("a", () => seen.push("gone"), { signal: controller.signal });
  controller.abort();
  const event = new CustomEvent("a", { detail: 5, cancelable: true });
  target.addEventListener("a", (e) => e.preventDefault());
  assert_false(target.dispatchEvent(event));
  assert_equals(event.detail, 5);
  assert_true(event.defaultPrevented);
  target.removeEventListener("a", listener);
  target.dispatchEvent(new Event("a"));
  assert_array_equals(seen, ["a", true, "once"]);
}, "EventTarget, Event, CustomEvent");

test(() => {
  const error = new ErrorEvent("error", { message: "m", filename: "f", lineno: 1, colno: 2, error: 3 });
  assert_array_equals([error.message, error.filename, error.lineno, error.colno, error.error], ["m", "f", 1, 2, 3]);
  const promise = Promise.resolve();
  const rejection = new PromiseRejectionEvent("unhandledrejection", { promise, reason: 4 });
  assert_equals(rejection.promise, promise);
  assert_equals(rejection.reason, 4);
  const message = new MessageEvent("message", { data: 1, origin: "o", lastEventId: "i" });
  assert_array_equals([message.data, message.origin, message.lastEventId], [1, "o", "i"]);
}, "ErrorEvent, PromiseRejectionEvent, MessageEvent");

promise_test(async (t) => {
  const controller = new AbortController();
  const events = [];
  controller.signal.onabort = (event) => events.push(event.type);
  controller.abort();
  controller.abort();
  assert_array_equals(events, ["abort"]);
  assert_equals(controller.signal.reason.name, "AbortError");
  assert_throws_exactly(controller.signal.reason, () => controller.signal.throwIfAborted());
  const aborted = AbortSignal.abort("r");
  assert_true(aborted.aborted);
  assert_equals(AbortSignal.any([new AbortController().signal, aborted]).reason, "r");
  const later = new AbortController();
  const any = AbortSignal.any([AbortSignal.any([later.signal]), new AbortController().signal]);
  assert_false(any.aborted);
  later.abort("s");
  assert_equals(any.reason, "s");
  const timeout = AbortSignal.timeout(5);
  await new Promise((resolve) => timeout.addEventListener("abort", resolve));
  assert_equals(timeout.reason.name, "TimeoutError");
}, "AbortController, AbortSignal.any, AbortSignal.timeout");

test(() => {
  const exception = new DOMException("message", "NotFoundError");
  assert_equals(exception.code, DOMException.NOT_FOUND_ERR);
  assert_equals(`${exception}`, "NotFoundError: message");
  assert_true(exception instanceof Error);
  assert_equals(typeof exception.stack, "string");
}, "DOMException");
