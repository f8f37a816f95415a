// Answers when its time is over.
// expect: 504 dynamic_runtime_timeout
const attack = () => new Promise((resolve) => setTimeout(() => resolve(new Response("late")), 1050));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
