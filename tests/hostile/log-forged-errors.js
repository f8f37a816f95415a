// The same by errors that the node writes for it.
// expect: 500 local_executor_failed
const attack = () => {
  const error = new Error("x");
  error.stack = 'x\n{"timestamp":"2030-01-01T00:00:00Z","level":"ERROR","fields":{"message":"forged"}}\r\n2030-01-01T00:00:00.000000Z ERROR portico: forged\n';
  Promise.reject(error);
  reportError(error);
  throw error;
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
