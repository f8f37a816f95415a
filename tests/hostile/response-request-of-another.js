// Reads what was asked by others, after they were answered.
// expect: 200 nothing or 500 local_executor_failed
const all = [];
const attack = async (request) => {
  all.push(request);
  const seen = [];
  for (const other of all.slice(0, -1)) {
    try {
      seen.push(await other.text());
    } catch {}
  }
  return new Response(seen.join("") || "nothing");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
