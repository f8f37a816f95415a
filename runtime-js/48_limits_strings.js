// How long a text may be that the methods of strings walk through, and that the host is given.

(function () {
const { core } = __bootstrap;
const { NativeRangeError, ownKeys, replace, uncurry } = core.loadExtScript("ext:portico/41_limits_kit.js");

// Longer ones do not fit into any heap; put together from the same piece they cost nothing, until a method walks through them and
// does not look for its end.
const WALKED_LENGTH_MAX = 2 ** 26;

// Global functions that make of a text one that is several times as long.
const TEXT_FUNCTIONS = ["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "unescape"];

// Some of these end the process with such a string: an array of as many matches is more than V8 makes. (Methods of `RegExp.prototype` do so too, and
// stay as they are: V8's fast paths need them untouched.)
function limitStrings() {
  const { prototype } = String;
  const check = (text) => {
    if (text === undefined || text === null) return text;
    const string = typeof text === "string" ? text : `${text}`;
    if (string.length > WALKED_LENGTH_MAX) throw new NativeRangeError("The string is too long");
    return string;
  };
  const match = uncurry(prototype.match);
  const matchAll = uncurry(prototype.matchAll);
  const normalize = uncurry(prototype.normalize);
  const replaceFirst = uncurry(prototype.replace);
  const replaceAll = uncurry(prototype.replaceAll);
  const limited = {
    match(pattern) {
      return match(check(this), pattern);
    },
    matchAll(pattern) {
      return matchAll(check(this), pattern);
    },
    normalize(form = undefined) {
      return normalize(check(this), form);
    },
    replace(pattern, replacement) {
      return replaceFirst(check(this), pattern, replacement);
    },
    replaceAll(pattern, replacement) {
      return replaceAll(check(this), pattern, replacement);
    },
  };
  for (const name of ownKeys(limited)) replace(prototype, name, limited[name]);

  for (let i = 0; i < TEXT_FUNCTIONS.length; i++) {
    const name = TEXT_FUNCTIONS[i];
    const native = globalThis[name];
    const { [name]: function_ } = { [name]: (text) => native(check(text)) };
    replace(globalThis, name, function_);
  }

  // It takes texts without a conversion.
  const encode = uncurry(TextEncoder.prototype.encode);
  const encoder = {
    encode(input = "") {
      return encode(this, check(input));
    },
  };
  replace(TextEncoder.prototype, "encode", encoder.encode);
}

// Every text that the web's interfaces are given passes one of these conversions. Behind them it is copied out of the heap, in one
// piece and without a look at whether the function is to end.
function limitConversions(converters) {
  const { DOMString } = converters;
  converters.DOMString = function (value, prefix, context, opts) {
    const text = DOMString(value, prefix, context, opts);
    if (text.length > WALKED_LENGTH_MAX) throw new NativeRangeError("The string is too long");
    return text;
  };
}

return { limitConversions, limitStrings };
})();
