// What the modules of this folder get from the runtime. None of it may become reachable from what they export.

export const { core, internals, primordials } = __bootstrap;

// The native operations of the built-in modules.
export const { ops } = internals.portico;

// A module that is loaded at its first use: `const util = lazily("util"); util().inspect(...)`.
export function lazily(name) {
  let loaded;
  return () => loaded ??= __builtin(name);
}

// Which request's log a line belongs to is known to the runtime; `level` is 0 (debug) to 3 (error).
export function log(level, text) {
  internals.portico.log?.(level, text);
}
