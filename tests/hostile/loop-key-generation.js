// Makes RSA keys of many bits, many at once.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = async () => {
  const rules = { name: "RSA-PSS", hash: "SHA-256", modulusLength: 16384, publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = Array.from({ length: 8 }, () => crypto.subtle.generateKey(rules, true, ["sign", "verify"]));
  return new Response(String((await Promise.all(keys)).length));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
