// Makes JSON of itself.
// expect: 500 local_executor_failed
const attack = () => {
  const object = { toJSON: () => JSON.stringify(object) };
  return Response.json(object);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
