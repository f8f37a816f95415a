// A status text with line ends, and one of a megabyte.
// expect: 500 local_executor_failed
let next = 0;
const attack = () => new Response("x", { statusText: ["OK\r\nx-injected: yes\r\n\r\n", "x\0", "\u1234"][next++ % 3] });

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
