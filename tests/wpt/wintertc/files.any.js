// META: title=Blob, File, FormData

promise_test(async (t) => {
  const blob = new Blob(["a", new Uint8Array([98]), new Blob(["c"]), new Uint16Array([0x6564]).buffer], { type: "Text/Plain" });
  assert_equals(blob.size, 5);
  assert_equals(blob.type, "text/plain");
  assert_equals(await blob.text(), "abcde");
  assert_equals(await blob.slice(1, -1, "x/y").text(), "bcd");
  assert_equals(blob.slice(1, 2, "x/y").type, "x/y");
  assert_array_equals(await blob.bytes(), [97, 98, 99, 100, 101]);
  assert_equals((await blob.arrayBuffer()).byteLength, 5);
  const reader = new Blob(["abc"]).stream().getReader({ mode: "byob" });
  assert_array_equals((await reader.read(new Uint8Array(3))).value, [97, 98, 99]);
  assert_throws_js(TypeError, () => new Blob("not a sequence"));
}, "Blob");

promise_test(async () => {
  const file = new File(["text"], "name.txt", { type: "text/plain", lastModified: 5 });
  assert_equals(file.name, "name.txt");
  assert_equals(file.lastModified, 5);
  assert_equals(await file.text(), "text");
  assert_true(file instanceof Blob);
  assert_throws_js(TypeError, () => new File(["a"]));
}, "File");

test(() => {
  const form = new FormData();
  form.append("a", "1");
  form.append("a", "2");
  form.append("f", new Blob(["x"]), "n.txt");
  form.append("b", new Blob(["y"]));
  assert_array_equals(form.getAll("a"), ["1", "2"]);
  assert_true(form.get("f") instanceof File);
  assert_equals(form.get("f").name, "n.txt");
  assert_equals(form.get("b").name, "blob");
  form.set("a", "3");
  assert_array_equals([...form.keys()], ["a", "f", "b"]);
  form.delete("f");
  assert_false(form.has("f"));
}, "FormData");

test(() => {
  assert_throws_js(TypeError, () => new FormData().append("a", "text", "name"));
}, "FormData: only a Blob has a file name");

promise_test(async () => {
  const form = new FormData();
  form.append("text", "a\r\nb");
  form.append("ü", "ü");
  form.append("file", new File([new Uint8Array([0, 255, 13, 10])], "ü.bin", { type: "x/y" }));
  const request = new Request("https://example.com/", { method: "POST", body: form });
  assert_true(request.headers.get("content-type").startsWith("multipart/form-data; boundary="));
  const back = await request.formData();
  assert_equals(back.get("text"), "a\r\nb");
  assert_equals(back.get("ü"), "ü");
  assert_equals(back.get("file").name, "ü.bin");
  assert_equals(back.get("file").type, "x/y");
  assert_array_equals(await back.get("file").bytes(), [0, 255, 13, 10]);
}, "FormData as a body and back");

for (const name of ['quo"te', "semi;colon", "new\r\nline"]) {
  promise_test(async () => {
    const form = new FormData();
    form.append(name, "value");
    form.append("file", new Blob([]), name);
    const back = await new Response(form).formData();
    assert_equals(back.get(name), "value");
    assert_equals(back.get("file").name, name);
  }, `FormData as a body and back: ${JSON.stringify(name)} as a name`);
}

promise_test(async () => {
  const body = new URLSearchParams({ a: "1 2", "ü": "&" });
  const request = new Request("https://example.com/", { method: "POST", body });
  assert_equals(request.headers.get("content-type"), "application/x-www-form-urlencoded;charset=UTF-8");
  const form = await request.formData();
  assert_equals(form.get("a"), "1 2");
  assert_equals(form.get("ü"), "&");
}, "URLSearchParams as a body and back as FormData");
