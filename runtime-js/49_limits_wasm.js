// WebAssembly: what a function has of it that is outside of its heap, or that V8 keeps for the whole process.
//
// V8 counts the bytes of memories and of compiled code itself. What is asked for here: the number of memories, each of which is a
// mapping of its own and reserves its greatest length; types, which are never forgotten; stacks of calls that wait. An instance
// is made in one place, because only there the memories can be counted that a module declares.
//
// What runs in every isolate stands in parentheses, so that V8 compiles it at once and the snapshot has its code.

(function () {
const { core } = __bootstrap;
const {
  op_portico_wasm_bytes,
  op_portico_wasm_hold,
  op_portico_wasm_instance,
  op_portico_wasm_memory,
  op_portico_wasm_tag,
} = core.ops;
const {
  apply,
  construct,
  defineProperty,
  limits,
  mathTrunc,
  NativeRangeError,
  NativeTypeError,
  NativeUint8Array,
  promiseThen,
  replace,
  tooLarge,
  typedBuffer,
  typedByteLength,
  typedByteOffset,
  typedTag,
  uncurry,
} = core.loadExtScript("ext:portico/41_limits_kit.js");

const WASM_PAGE_BYTES = 65536;
// V8's own limit.
const TAG_PARAMETERS_MAX = 1000;
const isView = ArrayBuffer.isView;
const bufferLength = uncurry(Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get);
const viewBuffer = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "buffer").get);
const viewByteLength = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "byteLength").get);
const viewByteOffset = uncurry(Object.getOwnPropertyDescriptor(DataView.prototype, "byteOffset").get);
const stringify = String;
const NativePromise = Promise;

// The bytes that a buffer or a view shows; undefined for what is neither, about which V8 has its own words.
function bytesOf(source) {
  if (typeof source !== "object" || source === null) return undefined;
  if (isView(source)) {
    return typedTag(source) === undefined
      ? new NativeUint8Array(viewBuffer(source), viewByteOffset(source), viewByteLength(source))
      : new NativeUint8Array(typedBuffer(source), typedByteOffset(source), typedByteLength(source));
  }
  try {
    bufferLength(source);
  } catch {
    return undefined;
  }
  return new NativeUint8Array(source);
}

// A function in the place of a constructor of V8, for which `make` does the work.
const replaceClass = (function (name, make) {
  const Native = WebAssembly[name];
  const { [name]: Limited } = {
    [name]: function (...args) {
      if (new.target === undefined) throw new NativeTypeError(`WebAssembly.${name} must be invoked with 'new'`);
      return make(Native, args, new.target === Limited ? Native : new.target);
    },
  };
  const { prototype } = Native;
  defineProperty(Limited, "length", { value: 1, configurable: true });
  defineProperty(Limited, "prototype", { value: prototype, writable: false });
  replace(prototype, "constructor", Limited);
  replace(WebAssembly, name, Limited);
  return Limited;
});

const limitModules = (function (CompileError) {
  const { Module: NativeModule, compile, validate } = WebAssembly;
  // How many are compiled in the background, where they hold up the others, and those that wait for that.
  let compiling = 0;
  let first;
  let last;
  const check = (source) => {
    const bytes = bytesOf(source);
    const problem = bytes === undefined ? "" : op_portico_wasm_bytes(bytes);
    if (problem !== "") throw new CompileError(problem);
  };
  const Module = replaceClass("Module", (Native, args, target) => {
    check(args[0]);
    return construct(Native, args, target);
  });
  for (const name of ["exports", "imports", "customSections"]) {
    defineProperty(Module, name, Object.getOwnPropertyDescriptor(NativeModule, name));
  }
  const limited = {
    // `async`, so that what is wrong rejects.
    async compile(bytes, ...options) {
      check(bytes);
      let source = bytes;
      if (compiling >= limits.wasmCompilations) {
        // What is compiled are the bytes as they are now.
        const shown = bytesOf(bytes);
        if (shown !== undefined) source = new NativeUint8Array(shown);
        await new NativePromise((resolve) => {
          const turn = { __proto__: null, resolve, next: undefined };
          if (last === undefined) first = turn;
          else last.next = turn;
          last = turn;
        });
      } else {
        compiling++;
      }
      try {
        return await apply(compile, WebAssembly, [source, ...options]);
      } finally {
        // Its place is the next one's.
        const turn = first;
        if (turn === undefined) {
          compiling--;
        } else {
          first = turn.next;
          if (first === undefined) last = undefined;
          turn.resolve();
        }
      }
    },
    validate(bytes, ...options) {
      const shown = bytesOf(bytes);
      if (shown !== undefined && op_portico_wasm_bytes(shown) !== "") return false;
      return apply(validate, WebAssembly, [bytes, ...options]);
    },
  };
  replace(WebAssembly, "compile", limited.compile);
  replace(WebAssembly, "validate", limited.validate);
  return { NativeModule, compile: (args) => apply(limited.compile, WebAssembly, args) };
});

function tooMany() {
  return new NativeRangeError(`More than ${limits.wasmMemories} WebAssembly memories at a time are not allowed`);
}

// The errors of `op_portico_wasm_instance` and `op_portico_wasm_memory`.
function refused(code) {
  return code === -1 ? tooMany() : tooLarge();
}

const limitInstances = (function ({ NativeModule, compile }) {
  const NativeInstance = WebAssembly.Instance;
  const { exports: exportsOfModule } = NativeModule;
  const exportsOfInstance = uncurry(Object.getOwnPropertyDescriptor(NativeInstance.prototype, "exports").get);
  // A memory lives as long as its object, where that is exported, and otherwise as long as the instance.
  const count = (instance, module, declared) => {
    const list = exportsOfModule(module);
    const exported = exportsOfInstance(instance);
    for (let i = 0; i < list.length; i++) {
      if (list[i].kind === "memory" && op_portico_wasm_hold(exported[list[i].name], 1)) declared--;
    }
    if (declared > 0) op_portico_wasm_hold(instance, declared);
  };
  const make = (args, target) => {
    const declared = op_portico_wasm_instance(args[0]);
    if (declared < 0) throw refused(declared);
    let instance;
    try {
      instance = construct(NativeInstance, args, target);
    } catch (error) {
      // Its memories stay until garbage is looked for.
      if (declared > 0) op_portico_wasm_hold({}, declared);
      throw error;
    }
    if (declared > 0) count(instance, args[0], declared);
    return instance;
  };
  replaceClass("Instance", (_Native, args, target) => make(args, target));
  const moduleBrand = (value) => {
    try {
      exportsOfModule(value);
      return true;
    } catch {
      return false;
    }
  };
  const limited = {
    async instantiate(source, imports = undefined, ...options) {
      if (imports !== undefined && typeof imports !== "object" && typeof imports !== "function" || imports === null) {
        throw new NativeTypeError("WebAssembly.instantiate(): Argument 1 must be an object");
      }
      if (moduleBrand(source)) return make([source, imports], NativeInstance);
      const module = await compile([source, ...options]);
      return { module, instance: make([module, imports], NativeInstance) };
    },
  };
  replace(WebAssembly, "instantiate", limited.instantiate);
});

// A memory grows to its maximum at most; every memory has one here.
const limitMemories = (function () {
  // `[EnforceRange] unsigned long` (Web IDL 3.2.4.9).
  function pageCount(value) {
    const count = mathTrunc(+value);
    if (!(count >= 0 && count <= 0xffff_ffff)) throw new NativeTypeError("A number of pages is from 0 to 2 ** 32 - 1");
    return count;
  }
  replaceClass("Memory", (Native, args, target) => {
    const descriptor = args[0];
    if (typeof descriptor !== "object" || descriptor === null) return construct(Native, args, target);
    // Each is read and converted once, in the order of the standard.
    const initial = pageCount(descriptor.initial);
    const { maximum } = descriptor;
    const asked = maximum === undefined ? undefined : pageCount(maximum);
    // A clock of any precision, for which there is no second thread.
    if (descriptor.shared) throw new NativeTypeError("Shared memory is not supported");
    if (asked < initial) return construct(Native, [{ initial, maximum: asked }], target);
    const pages = mathTrunc(limits.memoryBytes / WASM_PAGE_BYTES);
    if (initial > pages) throw tooLarge();
    const code = op_portico_wasm_memory(initial);
    if (code < 0) throw refused(code);
    const most = asked === undefined || asked > pages ? pages : asked;
    let memory;
    try {
      memory = construct(Native, [{ initial, maximum: most }], target);
    } finally {
      op_portico_wasm_hold(memory ?? {}, 1);
    }
    return memory;
  });
});

// Each list of parameters is a type.
const limitTags = (function (CompileError) {
  replaceClass("Tag", (Native, args, target) => {
    const type = args[0];
    if (typeof type !== "object" || type === null) return construct(Native, args, target);
    const { parameters } = type;
    if (typeof parameters !== "object" || parameters === null) return construct(Native, [{ parameters }], target);
    // Each is read once, as V8 reads them; what is too long has no place for any, and is left to V8's own words.
    const { length } = parameters;
    const list = { __proto__: null, length };
    let key = "";
    for (let i = 0; i < length && i < TAG_PARAMETERS_MAX; i++) {
      list[i] = stringify(parameters[i]);
      key += `${list[i]} `;
    }
    const problem = op_portico_wasm_tag(key);
    if (problem !== "") throw new CompileError(problem);
    return construct(Native, [{ parameters: list }], target);
  });
});

// A call that may wait for a promise runs on a stack of its own.
const limitStacks = (function () {
  const { promising } = WebAssembly;
  if (promising === undefined) return;
  let running = 0;
  const limited = {
    promising(wasmFunction) {
      const run = promising(wasmFunction);
      return function (...args) {
        if (running >= limits.wasmStacks) {
          throw new NativeRangeError(`More than ${limits.wasmStacks} calls that wait in WebAssembly are not allowed`);
        }
        running++;
        let promise;
        try {
          promise = apply(run, this, args);
        } catch (error) {
          running--;
          throw error;
        }
        return promiseThen(
          promise,
          (value) => {
            running--;
            return value;
          },
          (error) => {
            running--;
            throw error;
          },
        );
      };
    },
  };
  replace(WebAssembly, "promising", limited.promising);
});

return {
  // In every isolate: V8 makes the object `WebAssembly` anew in each.
  limitWebAssembly: (function () {
    const { CompileError } = WebAssembly;
    limitInstances(limitModules(CompileError));
    limitMemories();
    limitTags(CompileError);
    limitStacks();
  }),
};
})();
