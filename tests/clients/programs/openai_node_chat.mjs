// The OpenAI SDK for Node: chat completions.

import OpenAI from "openai";
import { Received, key, lookUp, main, model, prompt, toolDescription, toolName, toolSchema, url } from "./report.mjs";

const { completions } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat;
const question = { role: "user", content: prompt };

async function answer() {
  const reply = await completions.create({ model, messages: [question] });
  return [reply.choices[0].message.content, 1];
}

async function stream() {
  const received = new Received();
  for await (const chunk of await completions.create({ model, messages: [question], stream: true })) {
    received.add(chunk.choices[0]?.delta?.content ?? "");
  }
  return [received.text, received.moments];
}

async function tool() {
  const described = { name: toolName, description: toolDescription, parameters: toolSchema };
  const tools = [{ type: "function", function: described }];
  const asked = (await completions.create({ model, messages: [question], tools })).choices[0].message;
  const [call] = asked.tool_calls;
  const result = { role: "tool", tool_call_id: call.id, content: lookUp(JSON.parse(call.function.arguments)) };
  const reply = await completions.create({ model, messages: [question, asked, result], tools });
  return [reply.choices[0].message.content, 1];
}

await main({ answer, stream, tool });
