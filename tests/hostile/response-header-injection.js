// Line ends in names and values.
// expect: 200 refused
const attack = () => {
  const strange = ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "\u1234", "a\u010ab"];
  for (const text of strange) {
    for (const make of [() => new Headers({ x: text }), () => new Headers([[text, "x"]]), () => new Headers().append("x", text), () => new Headers().set(text, "x"), () => Response.redirect("https://site.test/" + text).headers]) {
      try {
        for (const [name, value] of make()) {
          if (/[\r\n\0]/.test(name + value) || /[^\x00-\xff]/.test(name + value)) return new Response("accepted " + encodeURIComponent(name + value));
        }
      } catch {}
    }
  }
  return new Response("refused");
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
