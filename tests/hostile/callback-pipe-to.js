// The end of a pipe loops.
// expect: 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu
const attack = async () => {
  await new Blob(["text"]).stream().pipeTo(new WritableStream({
    write() {
      for (;;);
    },
  }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
