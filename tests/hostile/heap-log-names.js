// Console lines of objects whose kinds are called half a billion characters, and of texts within objects.
// expect: 200 survived
const attack = () => {
  const huge = "x".repeat(2 ** 29 - 24);
  class Named {}
  Object.defineProperty(Named, "name", { value: huge });
  for (let n = 0; n < 100; n++) {
    console.log(new Named(), Named, { [Symbol.toStringTag]: huge }, Symbol(huge));
    console.assert(false, huge);
    console.error({ deep: [{ deeper: new Map([["text", huge]]) }] }, new Error(huge));
  }
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
