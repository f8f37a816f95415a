// Loops where a promise chooses the class of the next one.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 200 survived
class Slow extends Promise {
  static get [Symbol.species]() {
    for (;;);
  }
}
const attack = () => new Slow((resolve) => resolve(new Response("survived")));

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
