// Its own public name, which would be a circle.
// expect: 200 refused
const attack = async (request) => {
  try {
    return new Response("reached " + (await fetch(request.url, { signal: AbortSignal.timeout(500) })).status);
  } catch {
    return new Response("refused");
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
