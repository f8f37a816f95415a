// Changes what it was given: the environment and the context.
// expect: 200 body or 500 local_executor_failed
const attack = (request, context) => {
  process.env = new Proxy({}, { get() { throw new Error("gotcha"); } });
  Object.setPrototypeOf(context, null);
  for (const name of Reflect.ownKeys(context)) Object.defineProperty(context, name, { get() { throw new Error("gotcha"); } });
  return new Response("body");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
