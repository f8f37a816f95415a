// A helper of an iterator on a helper of an iterator.
// expect: 500 local_executor_failed or 200 survived
const attack = () => {
  let iterator = [1].values();
  for (let n = 0; n < 1e5; n++) iterator = iterator.map((x) => x);
  iterator.next();
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
