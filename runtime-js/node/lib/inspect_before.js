// The package copies all built-in objects when it is loaded, those that functions do not have included: they are there for as long.
const LEFT_OUT = ["Atomics"];
const added = LEFT_OUT.filter((name) => !(name in globalThis));
for (const name of added) Object.defineProperty(globalThis, name, { __proto__: null, value: {}, configurable: true, enumerable: false });

export function removeAdded() {
  for (const name of added) delete globalThis[name];
}
