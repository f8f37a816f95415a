// A getter that asks itself.
// expect: 500 local_executor_failed
const attack = () => {
  const object = {
    get x() {
      return this.x;
    },
  };
  return object.x;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
