// One line at a time, for ever, in the background.
// expect: 200 early
const attack = () => {
  setInterval(() => console.log("x".repeat(10000)), 1);
  return new Response("early");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
