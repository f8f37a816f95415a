// One line of many megabytes.
// expect: 200 survived
const attack = () => {
  console.log("x".repeat(5 << 20), ["y".repeat(5 << 20)], { z: "z".repeat(5 << 20) });
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
