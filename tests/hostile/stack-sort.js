// A comparator that sorts.
// expect: 500 local_executor_failed
const attack = () => {
  const sorted = () => [3, 1, 2].sort(sorted);
  return sorted();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
