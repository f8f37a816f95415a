// The end comes while the module is loaded, to be checked before its release.
// deploy: FUNCTION_BUILD_FAILED
const found = RegExp.prototype[Symbol.match].call(/x/g, "x".repeat(2 ** 29 - 24));

export default () => new Response(String(found.length));
