// Names that resolve to this machine, and names that resolve to nothing.
// expect: 200 refused
const attack = async () => {
  const reached = [];
  const one = async (host) => {
    try {
      reached.push(host, (await fetch(`http://${host}/`, { signal: AbortSignal.timeout(300) })).status);
    } catch {}
  };
  const hosts = ["localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "host.docker.internal", "x.invalid", "x".repeat(64) + ".test", "a.".repeat(120) + "test", "-", "_", "xn--a"];
  await Promise.all(hosts.map(one));
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
