import OpenAI from "openai";

export default async function handler(request, { env }) {
  const client = new OpenAI({ apiKey: env.OPENAI_API_KEY, baseURL: `${env.OPENAI_URL}/v1`, maxRetries: 1 });
  const { pathname, searchParams } = new URL(request.url);
  const ask = { model: "gpt-x", messages: [{ role: "user", content: searchParams.get("q") ?? "Grüezi" }] };
  try {
    if (pathname === "/api/stream") {
      const stream = await client.chat.completions.create({ ...ask, stream: true }, { signal: request.signal });
      const words = new ReadableStream({
        async start(controller) {
          const encoder = new TextEncoder();
          for await (const chunk of stream) controller.enqueue(encoder.encode(chunk.choices[0]?.delta?.content ?? ""));
          controller.close();
        },
      });
      return new Response(words, { headers: { "content-type": "text/plain; charset=utf-8" } });
    }
    if (pathname === "/api/raw") {
      // The stream of the API handed on as it is.
      const stream = await client.chat.completions.create({ ...ask, stream: true });
      return new Response(stream.toReadableStream(), { headers: { "content-type": "application/x-ndjson" } });
    }
    if (pathname === "/api/upload") {
      const file = await OpenAI.toFile(new Blob(["a,b\n1,2\n"]), "data.csv", { type: "text/csv" });
      return Response.json(await client.files.create({ file, purpose: "assistants" }));
    }
    const answer = await client.chat.completions.create(ask);
    return Response.json({ text: answer.choices[0].message.content, tokens: answer.usage.total_tokens });
  } catch (error) {
    return Response.json({ name: error.constructor.name, status: error.status, code: error.code }, { status: 502 });
  }
}
