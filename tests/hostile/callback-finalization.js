// Loops when the collector took an object.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const registry = new FinalizationRegistry(() => {
  for (;;);
});
const attack = async () => {
  for (;;) {
    for (let n = 0; n < 1e4; n++) registry.register({}, n);
    await new Promise((done) => setTimeout(done));
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
