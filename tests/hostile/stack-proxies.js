// A hundred thousand proxies around each other.
// expect: 500 local_executor_failed or 200 survived
const attack = () => {
  let proxy = {};
  for (let n = 0; n < 1e5; n++) proxy = new Proxy(proxy, {});
  for (const ask of [() => proxy.x, () => proxy instanceof Array, () => "x" in proxy, () => Object.keys(proxy), () => Array.isArray(proxy), () => JSON.stringify(proxy), () => proxy + ""]) {
    try {
      ask();
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    }
  }
  return new Response("survived");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
