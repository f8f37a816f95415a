import ejs from "ejs";
import Handlebars from "handlebars/dist/cjs/handlebars.js";
import MarkdownIt from "markdown-it";
import Mustache from "mustache";
import nunjucks from "nunjucks/browser/nunjucks.js";

const data = { title: "Grüezi <Zoë>", items: ["a", "<b>"] };

const routes = {
  "/api/compiled": () => [
    Handlebars.compile("{{title}}{{#each items}}, {{@index}} {{{this}}}{{/each}}")(data),
    nunjucks.renderString("{% for item in items %}{{ loop.index }} {{ item | upper }} {% endfor %}", data),
    ejs.render("<% for (const item of items) { %><%= item %> <% } %>", data),
  ],
  "/api/interpreted": () => [
    Mustache.render("{{title}}{{#items}} {{.}}{{/items}}", data),
    new MarkdownIt({ html: true, linkify: true, typographer: true }).render("# ü\n\nhttp://x.test *a* \"b\"\n\n| a |\n|---|\n| 1 |\n"),
  ],
};

export default (request) => Response.json(routes[new URL(request.url).pathname]());
