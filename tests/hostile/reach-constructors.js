// The global object by way of constructors, with programs made from text allowed.
// config: {"allowEval": true}
// expect: 200 nothing
const attack = () => {
  const makers = [
    (() => {}).constructor, (function* () {}).constructor, (async () => {}).constructor, (async function* () {}).constructor,
    Response.constructor, fetch.constructor, console.log.constructor, setTimeout.constructor, eval,
  ];
  const found = [];
  for (const make of makers) {
    for (const name of ["Deno", "__bootstrap", "bootstrap", "core", "ops", "internals", "primordials", "require", "module", "SharedArrayBuffer", "Atomics"]) {
      try {
        const made = make === eval ? eval(`typeof ${name}`) : make(`return typeof ${name}`)();
        if (typeof made === "string" && made !== "undefined") found.push(name);
      } catch {}
    }
  }
  return new Response(found.join() || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
