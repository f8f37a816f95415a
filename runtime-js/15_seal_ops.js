// Keeps the host's asynchronous operations out of reach of code that replaces `Function.prototype.call`.
//
// The wrapper that the core puts around each of them says `originalOp.call(this, id, ...)`: whoever replaces that `call` would be
// handed the operation itself. With a `call` of its own, an operation is asked for none of the prototype's.

(function () {
const { core } = __bootstrap;
const { apply, defineProperty, ownKeys } = Reflect;
const { call, toString } = Function.prototype;
const { includes } = String.prototype;

// Names of the asynchronous operations: known once, when the snapshot is made.
const names = [];
for (const name of ownKeys(core.ops)) {
  const operation = core.ops[name];
  if (typeof operation === "function" && apply(includes, apply(toString, operation, []), ["originalOp.call(this"])) {
    names[names.length] = name;
  }
}

// Seals the operations that `core.ops` has now: some are replaced by faster ones in a new isolate.
function sealOps() {
  const { ops } = core;
  let original;
  const descriptor = { __proto__: null, value: call, writable: false, enumerable: false, configurable: false };
  // Answering something else than undefined keeps a wrapper from waiting for a result.
  const take = function () {
    original = this;
    return 0;
  };
  defineProperty(Function.prototype, "call", { __proto__: null, value: take, writable: true, configurable: true });
  try {
    for (let i = 0; i < names.length; i++) {
      original = undefined;
      ops[names[i]]();
      if (original !== undefined) defineProperty(original, "call", descriptor);
    }
  } finally {
    defineProperty(Function.prototype, "call", { __proto__: null, value: call, writable: true, configurable: true });
  }
}

sealOps();

return { sealOps };
})();
