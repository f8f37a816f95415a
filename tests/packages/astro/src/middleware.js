import { defineMiddleware, sequence } from "astro:middleware";

const language = defineMiddleware(({ locals, request, cookies, isPrerendered }, next) => {
  if (isPrerendered) return next();
  locals.lang = cookies.get("lang")?.value ?? (request.headers.get("accept-language")?.startsWith("de") ? "de" : "en");
  return next();
});

const stamp = defineMiddleware(async (context, next) => {
  if (context.url.pathname === "/old") return context.rewrite("/blog/first");
  const response = await next();
  response.headers.set("x-route", context.routePattern);
  return response;
});

export const onRequest = sequence(language, stamp);
