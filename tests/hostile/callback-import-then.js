// A module that is a promise which never settles.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200 {}
export const then = import.meta.url.endsWith("?again") ? () => { for (;;); } : undefined;
const attack = () => import(import.meta.url + "?again");

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
