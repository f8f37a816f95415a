// The function of the race: parse the URL, answer text. The same for every runtime.
function answer(req) {
  const url = new URL(req.url);
  return new Response(`${url.pathname} ${url.searchParams.get("n")}\n`, { headers: { "content-type": "text/plain" } });
}

export default {
  fetch: answer,
};
