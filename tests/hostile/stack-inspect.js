// Writes such a thing to the console.
// expect: 200 survived or 500 local_executor_failed
const attack = () => {
  let value = {};
  for (let n = 0; n < 1e5; n++) value = { value };
  console.dir(value, { depth: Infinity });
  console.log(value);
  console.log("%o %O %j", value, value, value);
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
