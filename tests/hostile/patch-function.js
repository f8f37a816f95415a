// `call`, `apply` and `bind` of every function are spies.
// expect: 200 nothing
// after: 200 good or 500 local_executor_failed
const caught = [];
const attack = async (request) => {
  const before = {};
  for (const name of ["call", "apply", "bind"]) {
    const own = before[name] = Function.prototype[name];
    Function.prototype[name] = function () {
      caught.push(name + " " + this.name);
      throw new Error("gotcha");
    };
  }
  try {
    new Response("x", { headers: { a: "b" } }).headers.get("a");
    await request.text();
    await new Response("x").text();
    new URL(request.url).searchParams.get("a");
    for (const _ of request.headers);
    console.log({ a: [1, "x"] });
  } finally {
    Object.assign(Function.prototype, before);
  }
  return new Response(caught.length === 0 ? "nothing" : "caught " + caught.join());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
