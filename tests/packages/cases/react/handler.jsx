import { createContext, Suspense, use, useContext, useId } from "react";
import { renderToReadableStream, renderToString } from "react-dom/server";

const Lang = createContext("en");

function Name({ promise }) {
  return <b>{use(promise)}</b>;
}

function Page({ promise, path }) {
  const id = useId();
  return (
    <html lang={useContext(Lang)}>
      <head>
        <title>{`Page ${path}`}</title>
        <meta name="description" content={'a "quoted" & <b>bold</b> text'} />
      </head>
      <body>
        <label htmlFor={id}>Name</label>
        <input id={id} defaultValue="Zoë" readOnly />
        <Suspense fallback={<p>…</p>}>
          <Name promise={promise} />
        </Suspense>
        <p style={{ color: "red", lineHeight: 2 }}>{[1, "two", null, false, 3n.toString()]}</p>
      </body>
    </html>
  );
}

function Broken() {
  throw new Error("a component failed");
}

export default async function handler(request) {
  const { pathname } = new URL(request.url);
  const headers = { "content-type": "text/html; charset=utf-8" };
  if (pathname === "/api/text") return new Response(renderToString(<p title="ü">{"<escaped>"}</p>), { headers });
  if (pathname === "/api/broken") {
    try {
      await renderToReadableStream(<Broken />, { onError: () => {} });
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  }
  const promise = new Promise((resolve) => setTimeout(resolve, 5, "late data"));
  const stream = await renderToReadableStream(<Page promise={promise} path={pathname} />, {
    bootstrapModules: ["/main.js"],
    identifierPrefix: "p-",
    signal: request.signal,
  });
  if (pathname === "/api/all") await stream.allReady;
  return new Response(stream, { headers });
}
