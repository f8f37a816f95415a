// Makes a constructor that is a function inherit as a class would.

export function inherit(type, base) {
  Object.setPrototypeOf(type, base);
  Object.setPrototypeOf(type.prototype, base.prototype);
}
