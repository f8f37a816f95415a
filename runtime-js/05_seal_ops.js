// Keeps the host's asynchronous operations out of reach of code that replaces `Function.prototype.call`.
//
// The wrapper that the core puts around each of them says `originalOp.call(this, id, ...)`: whoever replaces that `call` would be
// handed the operation itself. With a `call` of its own, an operation is asked for none of the prototype's.

(function () {
const { core } = __bootstrap;
const { apply, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { call, toString } = Function.prototype;
const { includes } = String.prototype;

function isWrapper(value) {
  return typeof value === "function" && apply(includes, apply(toString, value, []), ["originalOp.call(this"]);
}

// Where the wrappers are: on `core.ops`, and on the prototypes of its classes. Known once, when the snapshot is made.
const places = [];
for (const name of ownKeys(core.ops)) {
  const operation = core.ops[name];
  if (isWrapper(operation)) {
    places[places.length] = { name, key: undefined, sealed: undefined };
    continue;
  }
  const prototype = typeof operation === "function" ? operation.prototype : undefined;
  for (const key of prototype ? ownKeys(prototype) : []) {
    if (isWrapper(getOwnPropertyDescriptor(prototype, key).value)) {
      places[places.length] = { name, key, sealed: undefined };
    }
  }
}

// Seals what is there now: in a new isolate some operations are replaced by faster ones.
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
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      const wrapper = place.key === undefined ? ops[place.name] : ops[place.name].prototype[place.key];
      // One that is sealed would do what it is for, and so would what a script has put in its place.
      if (wrapper === place.sealed || !isWrapper(wrapper)) continue;
      original = undefined;
      wrapper();
      if (original !== undefined) defineProperty(original, "call", descriptor);
      place.sealed = wrapper;
    }
  } finally {
    defineProperty(Function.prototype, "call", { __proto__: null, value: call, writable: true, configurable: true });
  }
}

sealOps();

return { sealOps };
})();
