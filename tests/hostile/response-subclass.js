// An answer of a class of its own, whose getters lie.
// expect: 200 body or 500 local_executor_failed or 502 ROUTED_RESPONSE_INVALID
class Lying extends Response {
  get status() {
    return 99;
  }
  get headers() {
    throw new Error("gotcha");
  }
  get body() {
    return new ReadableStream({ pull() { for (;;); } });
  }
  get bodyUsed() {
    return true;
  }
}
const attack = () => new Lying("body");

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
