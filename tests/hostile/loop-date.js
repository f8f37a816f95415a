// Formats dates in every zone there is.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 503 dynamic_runtime_memory
const attack = () => {
  const zones = Intl.supportedValuesOf("timeZone");
  for (let n = 0;; n++) new Date(n * 1e9).toLocaleString("ar-EG", { timeZone: zones[n % zones.length] });
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
