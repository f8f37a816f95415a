// A module that loops, imported while a request is served.
// (A query does not make it another module here: it is evaluated once, and what comes is its namespace.)
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 {}
if (import.meta.url.endsWith("?again")) {
  for (;;);
}
const attack = () => import(import.meta.url + "?again");

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
