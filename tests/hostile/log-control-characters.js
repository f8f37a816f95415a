// Characters that move the cursor, colour the terminal, ring its bell and rename its window.
// expect: 200 survived
const attack = () => {
  for (let code = 0; code < 0xa0; code++) console.log("x" + String.fromCharCode(code) + "y");
  console.log("\x1b]0;owned\x07\x1b[31mred\x1b[2J\u202ebackwards");
  console.log("%cstyled", "color: red");
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
