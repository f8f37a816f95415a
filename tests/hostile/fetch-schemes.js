// Files, sockets and everything else that is not the web.
// expect: 200 refused
const urls = [
  "file:///etc/passwd", "file://localhost/etc/passwd", "unix:///run/x.sock", "http+unix://%2Frun%2Fx.sock/", "ftp://127.0.0.1/", "gopher://127.0.0.1:6379/_x", "ws://127.0.0.1/",
  "about:blank", "javascript:1", "ext:core/ops", "fn:///index.mjs", "node:fs", "npm:x", "jar:http://x/!/", "blob:null/x", "vsock://1:1/", "socks5://127.0.0.1/", "/etc/passwd", "//127.0.0.1/",
];
const attack = async () => {
  const reached = [];
  for (const url of urls) {
    try {
      reached.push(url, (await (await fetch(url)).text()).slice(0, 20));
    } catch (error) {
      if (!(error instanceof TypeError)) reached.push(url, String(error));
    }
    try {
      new EventSource(url).close();
    } catch {}
  }
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
