// Seven megabytes in a form.
// expect: 502 ROUTED_RESPONSE_TOO_LARGE
const attack = () => {
  const form = new FormData();
  form.set("file", new Blob([new Uint8Array(7 << 20)]));
  return new Response(form);
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
