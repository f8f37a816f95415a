// A replacement that replaces.
// expect: 500 local_executor_failed
const attack = () => {
  const again = () => "x".replace(/x/, again);
  return again();
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
