// A text that doubles without being written out, until something needs all of it.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed
const attack = () => {
  const all = [];
  for (let n = 0;; n++) {
    let text = "x" + n;
    while (text.length < 2 ** 28) text += text;
    text.charCodeAt(5);
    all.push(text);
  }
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
