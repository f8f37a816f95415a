// IPv6 addresses that carry a forbidden IPv4 address inside: NAT64, 6to4, Teredo, ISATAP, mapped and compatible ones.
// expect: 200 refused
const hosts = [
  "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2002:a00:1::1]", "[2001:0:7f00:1::]",
  "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[::ffff:10.0.0.1]", "[::10.0.0.1]", "[::ffff:0:a00:1]", "[fe80::5efe:7f00:1]", "[::ffff:c0a8:1]",
];
const attack = async () => {
  const reached = [];
  const one = async (host) => {
    try {
      reached.push(host, (await fetch(`http://${host}:8080/`, { signal: AbortSignal.timeout(500) })).status);
    } catch (error) {
      if (error.name === "TimeoutError") reached.push(host, "was tried");
    }
  };
  await Promise.all(hosts.map(one));
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
