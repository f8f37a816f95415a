// Calls itself for ever.
// expect: 500 local_executor_failed
const attack = () => {
  const deeper = () => deeper() + 1;
  return deeper();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
