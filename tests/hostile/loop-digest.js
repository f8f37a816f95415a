// Hashes megabytes, again and again: the work is done beside the thread of the function.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = async () => {
  const bytes = new Uint8Array(8 << 20);
  for (;;) await crypto.subtle.digest("SHA-512", bytes);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
