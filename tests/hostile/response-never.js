// Never answers.
// expect: 504 dynamic_runtime_timeout
const attack = () => new Promise(() => {});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
