// JSON of an array a hundred thousand deep.
// expect: 200 or 500 local_executor_failed
const attack = () => {
  let list = [];
  for (let n = 0; n < 1e5; n++) list = [list];
  return Response.json(list);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
