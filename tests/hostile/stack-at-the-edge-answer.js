// Answers where there is no stack left for the runtime.
// expect: 200 survived or 500 local_executor_failed
const attack = () => new Promise((resolve) => {
  const down = () => {
    try {
      down();
    } finally {
      resolve(new Response("survived"));
    }
  };
  down();
});

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
