// Forbidden addresses by each class that opens connections.
// expect: 200 refused
const attack = async () => {
  const reached = [];
  const url = "http://127.0.0.1:8080/";
  const tries = [
    () => fetch(new Request(url)),
    () => fetch({ toString: () => url }),
    () => fetch(new URL(url)),
    () => fetch("http://192.0.2.1/", { client: { rid: 0 } }),
    () => fetch(url, { method: "CONNECT" }),
    () => fetch(url, { method: "TRACE" }),
    () => fetch(url, { redirect: "manual", mode: "no-cors", credentials: "include", cache: "force-cache" }),
    () => new Promise((resolve, reject) => {
      const source = new EventSource(url);
      source.onopen = () => resolve({ status: "an event source is open" });
      source.onerror = () => {
        source.close();
        reject(new Error("refused"));
      };
    }),
  ];
  for (const one of tries) {
    try {
      reached.push(String(one), (await one()).status);
    } catch {}
  }
  return new Response(reached.length === 0 ? "refused" : reached.join(" "));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
