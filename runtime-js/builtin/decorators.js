// What the compiler's output calls for decorators, with the meaning of TypeScript's `experimentalDecorators`.

// Applies decorators from the last to the first. `descriptor` is undefined for a class or a field, and null for a method, whose own
// property is then looked up and put back.
export function decorate(decorators, target, key, descriptor) {
  const isClass = key === undefined;
  let result = isClass ? target : descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  for (let i = decorators.length - 1; i >= 0; i--) {
    const decorator = decorators[i];
    if (!decorator) continue;
    const changed = isClass
      ? decorator(result)
      : descriptor === undefined
        ? decorator(target, key)
        : decorator(target, key, result);
    result = changed || result;
  }
  if (!isClass && descriptor !== undefined && result) Object.defineProperty(target, key, result);
  return result;
}

// The decorator of a method or constructor that a parameter's decorator makes.
export function decorateParam(index, decorator) {
  return (target, key) => decorator(target, key, index);
}

// Metadata goes to `Reflect.metadata` if a library has put it there.
export function decorateMetadata(key, value) {
  return typeof Reflect.metadata === "function" ? Reflect.metadata(key, value) : undefined;
}

export default decorate;
