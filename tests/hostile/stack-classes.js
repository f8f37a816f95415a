// A class with thousands of ancestors.
// expect: 500 local_executor_failed or 200 survived
const attack = () => {
  let Class = Object;
  for (let n = 0; n < 2e4; n++) Class = class extends Class {};
  new Class();
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
