// The walk through arrays and maps is replaced by one that looks at what passes.
// expect: 200 body or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  for (const sample of [[], new Map(), new Set(), ""]) {
    const walker = Object.getPrototypeOf(sample[Symbol.iterator]());
    walker.next = () => ({ done: true });
  }
  return new Response("body", { headers: { a: "b" } });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
