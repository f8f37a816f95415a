// Property descriptors inherit: one without `writable` is writable, one without `get` has a getter.
// expect: any
// after: any
const attack = () => {
  Object.prototype.writable = Object.prototype.enumerable = Object.prototype.configurable = true;
  Object.prototype.get = () => "gotcha";
  return new Response("body", { headers: { a: "b" } });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
