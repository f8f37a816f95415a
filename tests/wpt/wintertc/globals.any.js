// META: title=Timers, microtasks, errors, performance, console, navigator

setup({ allow_uncaught_exception: true });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

promise_test(async () => {
  const order = [];
  setTimeout((a, b) => order.push(a + b), 10, "late", "r");
  setTimeout(() => order.push("soon"), 0);
  const never = setTimeout(() => order.push("never"), 0);
  clearTimeout(never);
  clearTimeout(12345);
  queueMicrotask(() => order.push("micro"));
  Promise.resolve().then(() => order.push("promise"));
  order.push("now");
  await pause(30);
  assert_array_equals(order, ["now", "micro", "promise", "soon", "later"]);
}, "setTimeout, clearTimeout, queueMicrotask");

promise_test(async () => {
  let ticks = 0;
  await new Promise((resolve) => {
    const interval = setInterval(() => {
      if (++ticks === 3) {
        clearInterval(interval);
        resolve();
      }
    }, 1);
  });
  await pause(20);
  assert_equals(ticks, 3);
}, "setInterval, clearInterval");

test(() => {
  assert_throws_js(TypeError, () => queueMicrotask("text"));
}, "queueMicrotask takes functions only");

promise_test(async () => {
  const error = new Error("reported");
  const events = [];
  const listener = (event) => {
    events.push(event);
    event.preventDefault();
  };
  addEventListener("error", listener);
  reportError(error);
  setTimeout(() => {
    throw error;
  }, 0);
  queueMicrotask(() => {
    throw error;
  });
  await pause(20);
  removeEventListener("error", listener);
  assert_equals(events.length, 3);
  for (const event of events) {
    assert_true(event instanceof ErrorEvent);
    assert_equals(event.error, error);
    assert_true(event.message.includes("reported"), event.message);
  }
}, "reportError, and what timers and microtasks throw, is an error event");

promise_test(async () => {
  const seen = [];
  onerror = (message, file, line, column, error) => {
    seen.push([message, error]);
    return true;
  };
  const error = new Error("for onerror");
  reportError(error);
  onerror = null;
  assert_equals(seen.length, 1);
  assert_true(seen[0][0].includes("for onerror"), "the message comes first");
  assert_equals(seen[0][1], error, "the error comes fifth");
}, "onerror");

promise_test(async () => {
  const error = new Error("unhandled");
  const unhandled = new Promise((resolve) => {
    onunhandledrejection = (event) => {
      event.preventDefault();
      resolve(event);
    };
  });
  const promise = Promise.reject(error);
  const event = await unhandled;
  onunhandledrejection = null;
  assert_true(event instanceof PromiseRejectionEvent);
  assert_equals(event.promise, promise);
  assert_equals(event.reason, error);
  const handled = new Promise((resolve) => (onrejectionhandled = resolve));
  await pause(5);
  promise.catch(() => {});
  const later = await handled;
  onrejectionhandled = null;
  assert_equals(later.promise, promise);
  assert_equals(later.reason, error);
}, "onunhandledrejection and onrejectionhandled");

promise_test(async () => {
  let seen = false;
  onunhandledrejection = () => (seen = true);
  Promise.reject(new Error("handled at once")).catch(() => {});
  await pause(10);
  onunhandledrejection = null;
  assert_false(seen);
}, "a rejection that is handled in time is no event");

promise_test(async () => {
  const start = performance.now();
  await pause(20);
  const took = performance.now() - start;
  assert_true(took >= 15 && took < 5000, `${took}`);
  assert_less_than(Math.abs(performance.timeOrigin + performance.now() - Date.now()), 1000);
  assert_equals(performance.toJSON().timeOrigin, performance.timeOrigin);
  performance.mark("a", { detail: { x: 1 } });
  performance.mark("b");
  const measure = performance.measure("m", "a", "b");
  assert_true(measure.duration >= 0);
  assert_equals(performance.getEntriesByName("a")[0].detail.x, 1);
  performance.clearMarks();
  performance.clearMeasures();
  assert_equals(performance.getEntries().length, 0);
}, "performance");

test(() => {
  const names = ["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group", "groupCollapsed", "groupEnd"];
  names.push("info", "log", "table", "time", "timeEnd", "timeLog", "trace", "warn");
  for (const name of names) {
    assert_equals(typeof console[name], "function", name);
    assert_equals(console[name]("label"), undefined, name);
  }
  console.log("%s %d %i %f %o %O %c %%", "s", 1, 2.5, 3.5, {}, [], "css");
  const { log } = console;
  log("without console before it");
  assert_equals(Object.prototype.toString.call(console), "[object console]");
}, "console");

test(() => {
  let reads = 0;
  const hostile = {
    get a() {
      reads++;
      throw new Error("getter");
    },
    toString() {
      throw new Error("toString");
    },
  };
  console.log(hostile, new Proxy({}, { get: () => { throw new Error("proxy"); } }));
  console.log("%s", { toString: () => "own" });
}, "console survives what it shows");

test(() => {
  assert_equals(typeof navigator.userAgent, "string");
  assert_not_equals(navigator.userAgent, "");
}, "navigator.userAgent");
