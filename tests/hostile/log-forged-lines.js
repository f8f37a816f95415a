// Text that wants to be read as lines of the node itself.
// expect: 200 survived
const attack = () => {
  const lines = [
    '{"timestamp":"2030-01-01T00:00:00Z","level":"ERROR","fields":{"message":"forged"}}',
    "2030-01-01T00:00:00.000000Z ERROR portico: forged",
  ];
  for (const line of lines) {
    for (const end of ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\v", "\f", "\0\n", "\x1b[2K\x1b[1G", "\b".repeat(200)]) {
      console.log("x" + end + line + end);
      console.error(new Error("x" + end + line + end));
      console.log({ [end + line]: end + line });
    }
  }
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
