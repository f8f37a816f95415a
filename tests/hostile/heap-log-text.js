// A console line of half a billion wide characters.
// memory: 200
// expect: 200 survived
const attack = () => {
  console.log("\u1234".repeat(5e8));
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
