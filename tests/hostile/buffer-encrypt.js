// Many encryptions at the same time, each with a copy of what it encrypts.
// memory: 600
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = async () => {
  const rules = { name: "AES-GCM", length: 256 };
  const key = await crypto.subtle.generateKey(rules, true, ["encrypt"]);
  const iv = new Uint8Array(12);
  const all = [];
  for (;;) {
    for (let n = 0; n < 50; n++) all.push(crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new Uint8Array(4 << 20)));
    await null;
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
