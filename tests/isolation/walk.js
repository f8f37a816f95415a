// Looks at everything that a function can reach, and lists what belongs to the host.
//
// It follows own properties by name and symbol, getters on the objects they are for, prototypes, what maps and sets hold, and what
// the runtime hands to callbacks. The request's body names texts that must be nowhere: paths and secrets of the machine.

const FORBIDDEN_NAMES = new Set([
  "Deno", "__bootstrap", "bootstrap", "core", "ops", "primordials", "internals", "portico", "loadExtScript", "evalContext", "createLazyLoader",
  "registerErrorClass", "registerErrorBuilder", "setUnhandledPromiseRejectionHandler", "setReportExceptionCallback", "SharedArrayBuffer", "Atomics",
]);
const HOST_PATH = /\/root\/|\/home\/|\/work\/|\.cargo\b|registry\/src|\/proc\/|\bsrc\/functions\b/;
const VALUES_MAX = 300_000;

const found = [];
let canaries = [];

function report(path, what) {
  if (found.length < 60) found.push(`${path}: ${what}`);
}

function checkText(path, text) {
  if (HOST_PATH.test(text)) report(path, `a path of the host: ${text.match(HOST_PATH)[0]}`);
  for (const canary of canaries) {
    if (text.includes(canary)) report(path, "a text of the host");
  }
}

function checkFunction(path, value) {
  let name = "";
  try {
    name = String(Reflect.getOwnPropertyDescriptor(value, "name")?.value ?? "");
  } catch {}
  if (/^(async_)?op_/.test(name)) report(path, `an operation of the host: ${name}`);
  if (/^(loadExtScript|evalContext|dispatch|install|bootstrap)$/.test(name)) report(path, `a function of the host: ${name}`);
  try {
    const source = Function.prototype.toString.call(value);
    if (/^(async )?(function )?(async_)?op_/.test(source)) report(path, "an operation of the host");
    if (HOST_PATH.test(source)) report(path, "a path of the host in a source");
  } catch {}
}

const seen = new Set();

function walk(roots) {
  const queue = Object.entries(roots);
  const push = (path, value) => {
    if (value !== null && value !== undefined) queue.push([path, value]);
  };
  while (queue.length > 0 && seen.size < VALUES_MAX) {
    const [path, value] = queue.pop();
    if (typeof value === "string") checkText(path, value);
    if (typeof value === "symbol") checkText(path, value.description ?? "");
    if ((typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
    seen.add(value);
    if (typeof value === "function") checkFunction(path, value);
    for (let holder = value, depth = 0; holder !== null && depth < 8; depth++) {
      let keys = [];
      try {
        keys = Reflect.ownKeys(holder);
      } catch {}
      for (const key of keys.slice(0, 2000)) {
        const name = `${path}.${String(key)}`;
        if (typeof key === "string" && depth === 0) {
          if (FORBIDDEN_NAMES.has(key)) report(name, "a name of the host");
          checkText(name, key);
        }
        let property;
        try {
          property = Reflect.getOwnPropertyDescriptor(holder, key);
        } catch {}
        for (const part of ["value", "get", "set"]) push(name, property?.[part]);
        // A getter answers on the object it is for, not on the prototype that has it.
        if (property?.get) {
          try {
            push(`${name}()`, Reflect.get(holder, key, value));
          } catch (error) {
            push(`${name}() threw`, error);
          }
        }
      }
      try {
        holder = Reflect.getPrototypeOf(holder);
      } catch {
        holder = null;
      }
      push(`${path}.__proto__`, holder);
    }
    for (const name of ["caller", "arguments"]) {
      try {
        push(`${path}.${name}`, value[name]);
      } catch {}
    }
    if (value instanceof Map || value instanceof Set) {
      for (const entry of value) push(`${path}[]`, entry);
    }
  }
  return seen.size;
}

// What the runtime gives to callbacks: arguments, `this`, and the frames above them.
function spy(into, name, answer) {
  return function (...args) {
    into[name] = { self: this, args, frames: frames() };
    return answer;
  };
}

function frames() {
  const before = Error.prepareStackTrace;
  const all = [];
  Error.prepareStackTrace = (error, sites) => {
    all.push(error, sites);
    for (const site of sites) {
      for (const ask of ["getThis", "getFunction", "getEvalOrigin", "getTypeName", "getFileName", "getScriptNameOrSourceURL", "getMethodName", "toString"]) {
        try {
          const got = site[ask]();
          // Which files the runtime consists of is no secret; whose they are on disk is.
          all.push(got);
        } catch {}
      }
    }
    return "";
  };
  void new Error("x").stack;
  Error.prepareStackTrace = before;
  return all;
}

async function callbacks() {
  const into = {};
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  setTimeout(spy(into, "timeout"), 0, 1);
  clearInterval(setInterval(spy(into, "interval"), 1000));
  queueMicrotask(spy(into, "microtask"));
  const target = new EventTarget();
  target.addEventListener("x", spy(into, "listener"));
  target.addEventListener("x", { handleEvent: spy(into, "handleEvent") });
  target.dispatchEvent(new CustomEvent("x", { detail: {} }));
  globalThis.addEventListener("error", spy(into, "onerror"), { once: true });
  reportError(new Error("reported"));
  globalThis.addEventListener("unhandledrejection", spy(into, "unhandledrejection"), { once: true });
  Promise.reject(new Error("rejected"));
  await turn();
  new ReadableStream({ start: spy(into, "start"), pull: spy(into, "pull"), cancel: spy(into, "cancel") }, { size: spy(into, "size", 1) }).cancel("x");
  const bytes = new ReadableStream({ type: "bytes", start: spy(into, "byteStart"), pull(controller) { spy(into, "bytePull").call(this, controller, controller.byobRequest); controller.byobRequest?.respond(1); } });
  await bytes.getReader({ mode: "byob" }).read(new Uint8Array(1));
  const writer = new WritableStream({ start: spy(into, "writeStart"), write: spy(into, "write"), close: spy(into, "close") }).getWriter();
  await writer.write("x");
  await writer.close();
  const through = new TransformStream({ start: spy(into, "transformStart"), transform: spy(into, "transform"), flush: spy(into, "flush") });
  through.writable.getWriter().write("x");
  JSON.stringify({ a: { toJSON: spy(into, "toJSON", 1) } }, spy(into, "replacer", 1));
  JSON.parse("[1]", spy(into, "reviver"));
  [2, 1].sort(spy(into, "sort", 0));
  "x".replace(/x/, spy(into, "replace", ""));
  console.log({ [Symbol.for("Deno.customInspect")]: spy(into, "customInspect", "") }, { [Symbol.for("nodejs.util.inspect.custom")]: spy(into, "nodeInspect", "") });
  console.log(new Proxy({}, { get: spy(into, "proxyGet"), ownKeys: spy(into, "proxyKeys", []) }));
  try {
    new Response("x", { get status() { return spy(into, "initGetter", 200)(); } });
    new Headers({ *[Symbol.iterator]() { spy(into, "iterator")(); } });
    new URL({ toString: spy(into, "toString", "https://site.test/") });
    structuredClone({ get a() { return spy(into, "cloneGetter", 1)(); } });
    await { then: (resolve) => { spy(into, "then").call(this, resolve); resolve(); } };
  } catch {}
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = spy(into, "message");
  port1.postMessage({ a: [1] });
  const stop = new AbortController();
  stop.signal.addEventListener("abort", spy(into, "abort"));
  stop.abort({ why: "x" });
  await turn();
  port1.close();
  return into;
}

async function thrown() {
  const all = [];
  const ways = [
    () => new Headers(5), () => new Headers({ "\n": "x" }), () => fetch("x:"), () => fetch("http://127.0.0.1/"), () => fetch("file:///etc/passwd"), () => new Request("no"),
    () => new Response("x", { status: 5 }), () => structuredClone(() => 0), () => crypto.subtle.digest("x", new Uint8Array(1)), () => crypto.subtle.importKey("raw", 5), () => new URL("no"),
    () => new TextDecoder("x"), () => atob("\u1234"), () => new CompressionStream("x"), () => import(["node", "no_such_module"].join(":")), () => import("./no" + ".js"), () => new WebAssembly.Module(new Uint8Array(3)),
    () => crypto.getRandomValues(new Uint8Array(1e6)), () => performance.measure("x", "no"), () => new Function("}")(), () => null.x, () => { throw new DOMException("x", "AbortError"); },
    () => new Response(new Blob(["x"]).stream().pipeThrough(new DecompressionStream("gzip"))).text(), () => AbortSignal.abort().throwIfAborted(), () => (function f() { f(); })(),
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      all.push(error);
      try {
        all.push(error.stack, error.cause, String(error), JSON.stringify(error));
      } catch {}
    }
  }
  return all;
}

async function instances() {
  const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const stream = new ReadableStream();
  const form = new FormData();
  form.set("file", new File(["x"], "name"));
  return {
    key, stream, reader: new ReadableStream().getReader(), writer: new WritableStream().getWriter(), transform: new TransformStream(), form, blob: new Blob(["x"]), url: new URL("https://a.test/?b=c#d"),
    params: new URLSearchParams("a=b"), pattern: new URLPattern({ pathname: "/:a" }), pattern2: new URLPattern({ pathname: "/:a" }).exec("https://a.test/b"), response: new Response("x", { headers: { a: "b" } }),
    error: Response.error(), outgoing: new Request("https://a.test/", { method: "POST", body: "x" }), headers: new Headers({ a: "b" }), iterator: new Headers({ a: "b" })[Symbol.iterator](),
    signal: AbortSignal.any([AbortSignal.timeout(1e6)]), channel: new MessageChannel(), event: new ErrorEvent("x", { error: new Error("x") }), exception: new DOMException("x"), decoder: new TextDecoder(),
    encoder: new TextEncoder(), compression: new CompressionStream("gzip"), mark: performance.mark("x"), entries: performance.getEntries(), fileReader: new FileReader(),
    module: new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])), memory: new WebAssembly.Memory({ initial: 1 }), table: new WebAssembly.Table({ element: "externref", initial: 1 }),
    generators: [function* () {}, async () => {}, async function* () {}].map((f) => [f.constructor, f()]), regexp: /x/.exec("x"), intl: new Intl.DateTimeFormat("de").resolvedOptions(),
  };
}

async function modules() {
  const all = { self: await import(import.meta.url), meta: import.meta };
  for (const name of ["async_hooks", "buffer", "crypto", "events", "util", "path", "url", "assert", "string_decoder", "stream", "process", "querystring", "timers", "timers/promises", "stream/web", "util/types", "stream/promises", "path/posix", "perf_hooks", "diagnostics_channel", "punycode", "constants", "os", "tty", "console", "fs", "http", "https", "inspector", "net", "v8", "zlib", "vm", "module", "worker_threads", "child_process"]) {
    try {
      all[name] = await import(`node:${name}`);
    } catch {}
  }
  for (const name of ["@run402/functions", "@run402/functions/internal"]) {
    try {
      all[name] = await import(name);
    } catch {}
  }
  return all;
}

// Node's modules at work; those that a build does not have are left out.
async function nodes(modules) {
  const works = {
    buffer: ({ Buffer }) => Buffer.concat([Buffer.from("x"), Buffer.alloc(3)]).toString("base64"),
    crypto: async (crypto) => {
      crypto.createHash("sha256").update("x").digest("hex");
      crypto.createHmac("sha256", "key").update("x").digest();
      crypto.randomBytes(8);
      crypto.randomUUID();
      crypto.timingSafeEqual(new Uint8Array(1), new Uint8Array(1));
      crypto.pbkdf2Sync("x", "salt", 1, 8, "sha256");
      await new Promise((resolve) => crypto.scrypt("x", "salt", 8, resolve));
    },
    async_hooks: ({ AsyncLocalStorage }) => new AsyncLocalStorage().run({}, () => new Promise((resolve) => setTimeout(resolve))),
    events: ({ EventEmitter }) => new EventEmitter().on("x", () => {}).emit("x"),
    util: (util) => util.inspect({ a: new Map([[1, { b: 2 }]]) }) + util.format("%s %o", 1, {}) + util.promisify((done) => done())(),
    stream: ({ Readable }) => Readable.from(["x"]).toArray(),
    string_decoder: ({ StringDecoder }) => new StringDecoder("utf8").write(new Uint8Array([104])),
    assert: (assert) => assert.deepEqual?.({ a: 1 }, { a: 1 }),
    url: (url) => url.parse?.("https://a.test/?b=c") ?? url.fileURLToPath("file:///x"),
    querystring: (querystring) => querystring.parse("a=b"),
    "timers/promises": (timers) => timers.setTimeout(1),
    process: (process) => new Promise((resolve) => (process.default ?? process).nextTick(resolve)),
  };
  for (const name in works) {
    if (!modules[name]) continue;
    try {
      await works[name](modules[name]);
    } catch {}
  }
}

// Every built-in that the runtime might use is replaced by one that remembers what it is given, while the runtime works.
async function captured(request, modules) {
  const kept = [];
  const originals = [];
  const { apply } = Reflect;
  const add = (name, value) => {
    if (kept.length < 20000) kept[kept.length] = { [name]: value };
  };
  const holders = { Array: Array.prototype, ObjectStatic: Object, Object: Object.prototype, Map: Map.prototype, Set: Set.prototype, WeakMap: WeakMap.prototype, Promise: Promise.prototype, PromiseStatic: Promise, Function: Function.prototype, String: String.prototype, RegExp: RegExp.prototype, Reflect, JSON, Typed: Object.getPrototypeOf(Uint8Array.prototype), ArrayIterator: Object.getPrototypeOf([][Symbol.iterator]()), MapIterator: Object.getPrototypeOf(new Map()[Symbol.iterator]()), Symbol: Symbol.prototype, Error, WeakRef: WeakRef.prototype, Finalization: FinalizationRegistry.prototype };
  const { defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
  for (const holder of Object.values(holders)) {
    for (const key of ownKeys(holder)) {
      const own = getOwnPropertyDescriptor(holder, key);
      if (typeof own.value !== "function" || key === "constructor" || !own.configurable) continue;
      originals[originals.length] = [holder, key, own];
    }
  }
  for (let n = 0; n < originals.length; n++) {
    const [holder, key, own] = originals[n];
    defineProperty(holder, key, {
      ...own,
      value(...args) {
        const name = `${typeof key === "symbol" ? key.description : key}${n}`;
        add(`this of ${name}`, this);
        for (let m = 0; m < args.length; m++) add(`argument ${m} of ${name}`, args[m]);
        const result = apply(own.value, this, args);
        add(`result of ${name}`, result);
        return result;
      },
    });
  }
  try {
    await request.clone().text();
    request.headers.get("x");
    const response = new Response("x", { headers: { a: "b" } });
    await response.clone().text();
    for (const _ of response.headers);
    await new Response(new Blob(["x"]).stream()).text();
    await fetch("http://127.0.0.1/").catch(() => {});
    await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, new Uint8Array(1));
    await crypto.subtle.exportKey("jwk", key.publicKey);
    await new Response(new Blob(["x".repeat(1000)]).stream().pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip"))).text();
    const form = new FormData();
    form.set("a", new File(["x"], "y"));
    await new Response(form).formData();
    await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = resolve;
      reader.readAsText(new Blob(["x"]));
    });
    const { port1, port2 } = new MessageChannel();
    await new Promise((resolve) => {
      port2.onmessage = resolve;
      port1.postMessage("x");
    });
    port1.close();
    await fetch("data:,x").then((response) => response.text());
    await fetch(URL.createObjectURL(new Blob(["x"]))).then((response) => response.text()).catch(() => {});
    const source = new EventSource("http://127.0.0.1/");
    source.close();
    await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    await new Response(new ReadableStream({ type: "bytes", pull(controller) { controller.enqueue(new Uint8Array(1)); controller.close(); } })).arrayBuffer();
    await nodes(modules);
    console.table([{ a: 1 }]);
    performance.mark("captured");
    console.log({ a: [1, new Map([[1, 2]])] }, new Error("x"));
    new URL("https://a.test/?b=c").searchParams.append("d", "e");
    structuredClone({ a: 1 });
    new AbortController().abort();
    new EventTarget().dispatchEvent(new Event("x"));
    setTimeout(() => {}, 0);
    Promise.reject(new Error("captured")).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 2));
  } finally {
    for (let n = 0; n < originals.length; n++) defineProperty(originals[n][0], originals[n][1], originals[n][2]);
  }
  return kept;
}

function sloppy() {
  try {
    return new Function("return [this, arguments.callee, arguments.callee.caller, typeof Deno, typeof __bootstrap]")();
  } catch (error) {
    return [error];
  }
}

export default async (request, context) => {
  canaries = (await request.clone().json()).map((text) => atob(text));
  const roots = {
    globalThis, request, context, arguments: sloppy(), frames: frames(), thrown: await thrown(), instances: await instances(),
    callbacks: await callbacks(), modules: await modules(),
  };
  walk(roots);
  // Functions that only a replaced built-in sees: the runtime's own callbacks are harmless, what the host made is not.
  const kept = await captured(request, roots.modules);
  const inner = new Set();
  for (const [name, value] of kept.flatMap(Object.entries)) {
    if (typeof value !== "function" || seen.has(value)) continue;
    const source = Function.prototype.toString.call(value);
    inner.add(`${name}: ${value.name} ${source.slice(0, 50)}`);
    if (source.endsWith("{ [native code] }") && value.name !== "" && !Object.hasOwn(Promise, value.name)) report(name, `a native function: ${value.name}`);
  }
  walk({ captured: kept });
  const globals = Object.getOwnPropertyNames(globalThis).sort();
  return Response.json({ size: seen.size, found, globals, kept: kept.length, inner: [...inner] });
};
