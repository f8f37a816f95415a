// A promise whose class is asked for, and is a spy.
// expect: 200 nothing
// after: 200 good or 500 local_executor_failed
const caught = [];
const attack = async (request) => {
  const before = Object.getOwnPropertyDescriptor(Promise.prototype, "constructor");
  Object.defineProperty(Promise.prototype, "constructor", {
    configurable: true,
    get() {
      return {
        [Symbol.species]: function (executor) {
          const promise = new Promise((resolve, reject) => executor((value) => {
            if (typeof value === "object" || typeof value === "function") caught.push(typeof value);
            resolve(value);
          }, reject));
          return promise;
        },
      };
    },
  });
  try {
    await request.text();
    await new Response("x").text();
  } catch (error) {
    caught.length = 0;
  }
  Object.defineProperty(Promise.prototype, "constructor", before);
  return new Response(caught.length === 0 ? "nothing" : "caught " + caught.join());
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
