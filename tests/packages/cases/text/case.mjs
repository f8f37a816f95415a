// cookie and marked.

import assert from "node:assert/strict";

const markdown = `# Grüezi *mitenand*

| a | b |
|---|--:|
| 1 | \`<b>\` |

- [x] done
- [ ] open: <https://example.com/ä>

\`\`\`js
const x = 1 < 2 && "y";
\`\`\`
`;

export default {
  bundles: { neutral: { platform: "neutral", mainFields: ["module", "main"] } },
  requests: [
    {
      method: "POST", path: "/api", body: markdown, headers: { cookie: 'sid=abc%20d; theme="dark"; sid=second' },
      check(r) {
        assert.match(r.text, /<h1>Grüezi <em>mitenand<\/em><\/h1>/);
        assert.equal(r.headers.getSetCookie().length, 3);
      },
    },
    { method: "POST", path: "/api", title: "nothing", body: "" },
  ],
};
