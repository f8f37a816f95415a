// The marks of one class put on an object of another.
// expect: any
const attack = (request) => {
  const answer = new Response("body");
  const forged = {};
  for (const symbol of Object.getOwnPropertySymbols(answer)) forged[symbol] = answer[symbol];
  for (const symbol of Object.getOwnPropertySymbols(request)) forged[symbol] = request[symbol];
  return Object.setPrototypeOf(forged, Response.prototype);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
