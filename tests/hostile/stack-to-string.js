// Makes a text of itself.
// expect: 500 local_executor_failed
const attack = () => {
  const object = { toString: () => `${object}` };
  return new Response(object);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
