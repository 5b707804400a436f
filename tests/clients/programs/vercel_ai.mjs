// The Vercel AI SDK, with the provider that $PROVIDER names.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, stepCountIs, streamText } from "ai";
import { Received, key, lookUp, main, model as name, prompt, toolDescription, toolName, toolSchema, url } from "./report.mjs";

const model = {
  openai: () => createOpenAI({ baseURL: `${url}/v1`, apiKey: key })(name),
  "openai-chat": () => createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat(name),
  anthropic: () => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(name),
  google: () => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key })(name),
}[process.env.PROVIDER]();

async function answer() {
  return [(await generateText({ model, prompt })).text, 1];
}

async function stream() {
  const received = new Received();
  let failure;
  // Without a handler it prints errors, and ends the stream as if nothing had happened.
  const { textStream } = streamText({ model, prompt, onError: ({ error }) => { failure = error; } });
  for await (const piece of textStream) received.add(piece);
  if (failure) throw failure;
  return [received.text, received.moments];
}

async function tool() {
  const described = { description: toolDescription, inputSchema: jsonSchema(toolSchema), execute: lookUp };
  const reply = await generateText({ model, prompt, tools: { [toolName]: described }, stopWhen: stepCountIs(3) });
  return [reply.text, 1];
}

await main({ answer, stream, tool });
