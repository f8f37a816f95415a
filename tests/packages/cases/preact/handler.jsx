import { createContext, Fragment, h } from "preact";
import { useContext, useId, useMemo } from "preact/hooks";
import { Suspense, lazy } from "preact/compat";
import { renderToString } from "preact-render-to-string";
import { renderToReadableStream } from "preact-render-to-string/stream";

const Theme = createContext("light");
const Late = lazy(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { default: () => <em>late</em> };
});

function Item({ text, done }) {
  const theme = useContext(Theme);
  const id = useId();
  const label = useMemo(() => text.toUpperCase(), [text]);
  return (
    <li class={[theme, done && "done"].filter(Boolean).join(" ")} data-id={id} style={{ marginLeft: 4, color: "red" }}>
      <input type="checkbox" checked={done} disabled /> {label}
    </li>
  );
}

function App({ items }) {
  return (
    <Theme.Provider value="dark">
      <h1>{`<${items.length} things> & "more"`}</h1>
      <ul>{items.map((item) => <Item key={item.text} {...item} />)}</ul>
      <div dangerouslySetInnerHTML={{ __html: "<b>raw</b>" }} />
      <Suspense fallback={<p>wait</p>}><Late /></Suspense>
    </Theme.Provider>
  );
}

const items = [{ text: "milk", done: true }, { text: "grün" }];

export default async function handler(request) {
  const headers = { "content-type": "text/html; charset=utf-8" };
  if (new URL(request.url).pathname === "/api/stream") {
    return new Response(renderToReadableStream(<main><App items={items} /></main>), { headers });
  }
  return new Response("<!doctype html>" + renderToString(<Fragment>{items.map((i) => <Item {...i} />)}</Fragment>), { headers });
}
