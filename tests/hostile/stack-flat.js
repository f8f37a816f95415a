// Flattens an array that is a hundred thousand deep.
// expect: 500 local_executor_failed or 200 survived
const attack = () => {
  let list = [];
  for (let n = 0; n < 1e5; n++) list = [list];
  list.flat(Infinity);
  String(list);
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
