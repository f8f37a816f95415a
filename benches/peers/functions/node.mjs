// The same function on node:http, as one writes it there: Node.js 20 has no Fetch server of its own.
import { createServer } from "node:http";

createServer((req, res) => {
  const url = new URL(req.url, `http://${req.headers.host}`);
  const text = `${url.pathname} ${url.searchParams.get("n")}\n`;
  res.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(text) });
  res.end(text);
}).listen(Number(process.argv[2]), "127.0.0.1");
