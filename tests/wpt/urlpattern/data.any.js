// META: title=URLPattern, by the data of the Web Platform Tests
// Each entry of the data is a pattern, an input and what comes of them.

const COMPONENTS = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];

// What the data leaves unsaid of a pattern's component is what the pattern says itself; a wildcard behind a component that the pattern
// states; else the base URL's part.
function expectedPattern(entry, component) {
  const stated = entry.expected_obj;
  if (typeof stated === "object" && component in stated) return stated[component];
  if (entry.exactly_empty_components?.includes(component)) return "";
  const [pattern, second] = entry.pattern;
  const init = typeof pattern === "object" ? pattern : {};
  if (init[component]) return init[component];
  const stated_before = COMPONENTS.slice(0, COMPONENTS.indexOf(component)).some((name) => name in init);
  const base = init.baseURL ?? (typeof second === "string" ? second : undefined);
  if (base === undefined || stated_before || component === "username" || component === "password") return "*";
  return fromBase(base, component);
}

function fromBase(base, component) {
  const url = new URL(base);
  if (component === "protocol") return url.protocol.slice(0, -1);
  if (component === "search" || component === "hash") return url[component].slice(1);
  return url[component];
}

promise_test(async () => {
  const entries = await (await fetch("/urlpatterntestdata.json")).json();
  assert_greater_than(entries.length, 300);
  for (const entry of entries) {
    const name = `Pattern: ${JSON.stringify(entry.pattern)} Inputs: ${JSON.stringify(entry.inputs)}`;
    test(() => check(entry), name);
  }
}, "the data is read");

function check(entry) {
  const make = () => new URLPattern(...entry.pattern);
  if (entry.expected_obj === "error") {
    assert_throws_js(TypeError, make);
    return;
  }
  const pattern = make();
  for (const component of COMPONENTS) {
    assert_equals(pattern[component], expectedPattern(entry, component), `pattern's ${component}`);
  }
  if (entry.expected_match === "error") {
    assert_throws_js(TypeError, () => pattern.test(...entry.inputs));
    assert_throws_js(TypeError, () => pattern.exec(...entry.inputs));
    return;
  }
  if (entry.inputs === undefined) return;
  assert_equals(pattern.test(...entry.inputs), Boolean(entry.expected_match), "test()");
  const match = pattern.exec(...entry.inputs);
  if (!entry.expected_match) {
    assert_equals(match, null, "exec()");
    return;
  }
  for (const component of COMPONENTS) {
    const wildcard = entry.exactly_empty_components?.includes(component) ? {} : { 0: "" };
    const expected = entry.expected_match[component] ?? { input: "", groups: wildcard };
    assert_equals(match[component].input, expected.input, `${component}: input`);
    for (const [group, value] of Object.entries(expected.groups)) {
      assert_equals(match[component].groups[group], value === null ? undefined : value, `${component}: group ${group}`);
    }
  }
}
