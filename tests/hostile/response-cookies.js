// Ten thousand cookies.
// expect: 502 ROUTED_RESPONSE_INVALID or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = () => {
  const headers = new Headers();
  for (let n = 0; n < 1e4; n++) headers.append("set-cookie", `name${n}=${"x".repeat(100)}`);
  return new Response("x", { headers });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
