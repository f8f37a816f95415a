// Promises that throw, by their class and all of its functions.
// expect: any
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = async () => {
  for (const name of ["then", "catch", "finally"]) Promise.prototype[name] = () => { throw new Error("gotcha"); };
  for (const name of ["resolve", "reject", "all", "race", "any", "allSettled", "withResolvers", "try"]) Promise[name] = () => { throw new Error("gotcha"); };
  globalThis.Promise = function () { throw new Error("gotcha"); };
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
