// Every method of arrays throws.
// expect: any
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  for (const name of Object.getOwnPropertyNames(Array.prototype)) {
    if (typeof Array.prototype[name] === "function") Array.prototype[name] = () => { throw new Error("gotcha"); };
  }
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
