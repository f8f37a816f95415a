import Anthropic from "@anthropic-ai/sdk";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

export default async function handler(request, { env }) {
  const openai = createOpenAI({ apiKey: "sk-1", baseURL: `${env.AI_URL}/v1` });
  const model = openai.chat("gpt-x");
  const { pathname } = new URL(request.url);
  if (pathname === "/api/stream") {
    const result = streamText({ model, prompt: "Grüezi", maxRetries: 0 });
    return result.toTextStreamResponse();
  }
  if (pathname === "/api/object") {
    const { output } = await generateText({ model, prompt: "object", output: Output.object({ schema: z.object({ name: z.string(), n: z.number() }) }) });
    return Response.json(output);
  }
  if (pathname === "/api/tool") {
    const weather = tool({ description: "weather", inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => ({ city, degrees: 21 }) });
    const { text, steps } = await generateText({ model, prompt: "tool", tools: { weather }, stopWhen: stepCountIs(3) });
    return Response.json({ text, steps: steps.length });
  }
  const anthropic = new Anthropic({ apiKey: "sk-ant-1", baseURL: env.AI_URL, maxRetries: 0 });
  const ask = { model: "claude-x", max_tokens: 64, messages: [{ role: "user", content: "Grüezi" }] };
  if (pathname === "/api/claude") {
    const stream = anthropic.messages.stream(ask);
    const seen = [];
    stream.on("text", (text) => seen.push(text));
    const message = await stream.finalMessage();
    return Response.json({ seen, text: message.content[0].text, usage: message.usage });
  }
  try {
    await anthropic.messages.create({ ...ask, model: "none" });
  } catch (error) {
    return Response.json({ missing: error instanceof Anthropic.NotFoundError, status: error.status }, { status: 502 });
  }
}
