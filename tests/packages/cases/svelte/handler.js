import { render } from "svelte/server";
import Page from "./Page.svelte";

export default async function handler(request) {
  const { searchParams } = new URL(request.url);
  const { head, body } = await render(Page, { props: { items: searchParams.getAll("item"), lang: "gsw" } });
  return new Response(`<!doctype html><head>${head}</head>${body}`, { headers: { "content-type": "text/html; charset=utf-8" } });
}
