// The module itself looks like a promise to whoever awaits it.
// expect: 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID or 200 5
// after: any
export const then = (resolve) => resolve({ default: () => new Response("another") });
const attack = () => 5;

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
