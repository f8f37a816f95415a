import { createComponent, createResource, Suspense as Boundary } from "solid-js";
import { escape, renderToStream, renderToString as solidString, renderToStringAsync, ssr } from "solid-js/web";
import { createSSRApp, h, ref, Suspense } from "vue";
import { renderToString, renderToWebStream } from "vue/server-renderer";

// Later than a first part is sent without it.
const soon = (value) => new Promise((resolve) => setTimeout(resolve, 100, value));

const Page = {
  props: ["name"],
  async setup({ name }) {
    const rows = ref(await soon([1, 2]));
    return () => h("main", [h("p", `Grüezi, ${name}`), rows.value.map((row) => h("li", { key: row, class: { odd: row % 2 } }, row))]);
  },
};

const Root = { render: () => h(Suspense, null, { default: () => h(Page, { name: "<Zoë>" }) }) };

const solid = () => {
  const [data] = createResource(() => soon("später <"));
  return createComponent(Boundary, { fallback: "warten", get children() { return ssr(["<p>", "</p>"], escape(data())); } });
};

const routes = {
  "/api/vue": () => renderToString(createSSRApp(Root)),
  "/api/vue-stream": () => renderToWebStream(createSSRApp(Root)),
  "/api/solid": async () => solidString(() => ssr(["<b>", "</b>"], escape("ü<"))) + (await renderToStringAsync(solid)),
  "/api/solid-stream"() {
    const { readable, writable } = new TransformStream();
    renderToStream(solid).pipeTo(writable);
    return readable;
  },
};

export default async function handler(request) {
  const body = await routes[new URL(request.url).pathname]();
  return new Response(body, { headers: { "content-type": "text/html; charset=utf-8" } });
}
