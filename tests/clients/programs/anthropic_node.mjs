// The Anthropic SDK for Node.

import Anthropic from "@anthropic-ai/sdk";
import { Received, key, lookUp, main, model, prompt, toolDescription, toolName, toolSchema, url } from "./report.mjs";

const { messages } = new Anthropic({ baseURL: url, apiKey: key });
const question = { role: "user", content: prompt };
const limits = { model, max_tokens: 1000 };

const text = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");

async function answer() {
  return [text(await messages.create({ ...limits, system: "Be brief.", messages: [question] })), 1];
}

async function stream() {
  const received = new Received();
  const events = messages.stream({ ...limits, messages: [question] });
  events.on("text", (delta) => received.add(delta));
  return [text(await events.finalMessage()), received.moments];
}

async function tool() {
  const tools = [{ name: toolName, description: toolDescription, input_schema: toolSchema }];
  const asked = await messages.create({ ...limits, tools, messages: [question] });
  const call = asked.content.find((block) => block.type === "tool_use");
  const result = { type: "tool_result", tool_use_id: call.id, content: lookUp(call.input) };
  const turns = [question, { role: "assistant", content: asked.content }, { role: "user", content: [result] }];
  return [text(await messages.create({ ...limits, tools, messages: turns })), 1];
}

await main({ answer, stream, tool });
