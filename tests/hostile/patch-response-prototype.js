// An answer gets another class on the way, and a request that of an answer.
// expect: any
const attack = (request) => {
  const answer = new Response("body");
  Object.setPrototypeOf(answer, Request.prototype);
  Object.setPrototypeOf(request, Response.prototype);
  return answer;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
