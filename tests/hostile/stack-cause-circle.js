// An error that is its own cause, and holds others that hold it.
// expect: 500 local_executor_failed
const attack = () => {
  const error = new AggregateError([], "round");
  error.errors.push(error, error);
  error.cause = error;
  throw error;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
