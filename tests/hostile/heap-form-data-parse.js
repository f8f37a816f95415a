// A body with a hundred thousand parts.
// expect: 503 dynamic_runtime_memory or 504 dynamic_runtime_timeout or 503 dynamic_runtime_cpu or 500 local_executor_failed or 200
const attack = async () => {
  const part = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n';
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const form = await new Response(part.repeat(3e5) + "--x--\r\n", { headers }).formData();
  return new Response(String([...form].length));
};

export default (request, context) =>
  request.url.endsWith("?attack") ? attack(request, context) : new Response("good");
