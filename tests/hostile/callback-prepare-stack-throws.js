// The stack trace itself throws, and so does the next one.
// expect: 500 local_executor_failed
const attack = () => {
  Error.prepareStackTrace = (error) => {
    throw error;
  };
  null.x;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
