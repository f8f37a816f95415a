// Values at the first places of every array, for whoever reads past an end.
// expect: 200 body or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
// after: 200 good or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
const attack = () => {
  for (let place = 0; place < 64; place++) Array.prototype[place] = ["x-forged", "yes"];
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
