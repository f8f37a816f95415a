import { parseCookie, stringifySetCookie } from "cookie";
import { marked } from "marked";

marked.use({ gfm: true, renderer: { link: ({ href, text }) => `<a href="${encodeURI(href)}" rel="nofollow">${text}</a>` } });

export default async function handler(request) {
  const cookies = parseCookie(request.headers.get("cookie") ?? "");
  const html = await marked.parse(await request.text(), { async: true });
  const headers = new Headers({ "content-type": "text/html; charset=utf-8" });
  for (const [name, value] of Object.entries(cookies)) {
    headers.append("set-cookie", stringifySetCookie({ name, value, path: "/", httpOnly: true, maxAge: 60, sameSite: "strict" }));
  }
  headers.append("set-cookie", stringifySetCookie({ name: "day", value: "a b;c", expires: new Date(0), secure: true }));
  return new Response(html, { headers });
}
