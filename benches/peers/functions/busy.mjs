// The two routes of busy.js on node:http.
import { compute } from "./busy.js";
import { createServer } from "node:http";

createServer((req, res) => {
  const url = new URL(req.url, `http://${req.headers.host}`);
  const text = url.pathname === "/busy" ? `${compute()}\n` : "cheap\n";
  res.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(text) });
  res.end(text);
}).listen(Number(process.argv[2]), "127.0.0.1");
