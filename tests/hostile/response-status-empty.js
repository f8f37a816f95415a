// A body where there is none: 204, 205, 304.
// expect: 500 local_executor_failed
let next = 0;
const attack = () => new Response("body", { status: [204, 205, 304][next++ % 3] });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
