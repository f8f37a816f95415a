// The same for a function that may send its answer piece by piece: as fast as it can, more than its memory many times over, and then it
// breaks off. (Whoever reads for ever gets for ever, but the test keeps what it reads.)
// config: {"streaming": true}
// expect: any
const attack = () => {
  let sent = 0;
  return new Response(new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(65536));
      if ((sent += 65536) > 2 ** 28) controller.error(new Error("enough"));
    },
  }));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
