// Networks of the machine's neighbours, of containers and of clouds.
// expect: 200 refused
const hosts = [
  "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.17.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.169.254", "169.254.170.2",
  "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
  "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[100::1]", "[fec0::1]", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
  "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::169.254.169.254]",
];
const attack = async () => {
  const reached = [];
  const one = async (host) => {
    try {
      reached.push(host, (await fetch(`http://${host}/latest/meta-data`, { signal: AbortSignal.timeout(500) })).status);
    } catch (error) {
      if (error.name === "TimeoutError") reached.push(host, "was tried");
    }
  };
  await Promise.all(hosts.map(one));
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
