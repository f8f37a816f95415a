// Answers one request with the promise of another one, which never comes.
// expect: 504 dynamic_runtime_timeout
const never = new Promise(() => {});
const attack = () => never;

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
