// This machine by every way to write its address, on the port of its own API.
// expect: 200 refused
const hosts = [
  "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0177.1", "127.8.8.8", "127.255.255.254",
  "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "0.0.0.0", "0", "0x0", "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "127。0。0。1", "①②⑦.⓪.⓪.①", "%31%32%37.0.0.1", "user:pass@127.0.0.1", "site.test@localhost",
];
const attack = async () => {
  const reached = [];
  for (const host of hosts) {
    for (const port of ["", ":8080"]) {
      try {
        reached.push(host, (await fetch(`http://${host}${port}/`, { signal: AbortSignal.timeout(300) })).status);
      } catch (error) {
        if (error.name === "TimeoutError") reached.push(host, "was tried");
        if (/127|local|::1|address \d/i.test(error.message.replaceAll(host, ""))) reached.push(error.message);
      }
    }
  }
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
