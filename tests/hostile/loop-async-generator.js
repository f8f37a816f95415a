// A consumer and an endless producer hand each other the thread.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
async function* endless() {
  for (;;) yield 1;
}
const attack = async () => {
  for await (const _ of endless());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
