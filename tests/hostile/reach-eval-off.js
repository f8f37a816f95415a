// Programs made from text, where the function may not make any.
// config: {"allowEval": false}
// expect: 200 refused
const attack = async () => {
  const made = [];
  const ways = [
    () => eval("1"), () => (0, eval)("1"), () => Function("return 1")(), () => new Function("return 1")(), () => (() => {}).constructor("return 1")(),
    () => (function* () {}).constructor("yield 1")().next(), () => (async () => {}).constructor("return 1")(), () => Reflect.construct(Function, ["return 1"])(),
    () => fetch.constructor("return 1")(), () => Response.constructor("return 1")(), () => Error.constructor("return 1")(),
    () => Reflect.apply(Function, null, ["return 1"])(), () => [1].map.constructor("return 1")(),
  ];
  for (const way of ways) {
    try {
      await way();
      made.push(String(way));
    } catch (error) {
      if (!(error instanceof EvalError)) made.push(String(error));
    }
  }
  try {
    await new Promise((resolve, reject) => {
      setTimeout("globalThis.ran = true", 1);
      setTimeout(resolve, 20);
    });
  } catch {}
  if (globalThis.ran) made.push("a timer");
  try {
    await import("data:text/javascript,ran");
    made.push("an import");
  } catch {}
  return new Response(made.join() || "refused");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
