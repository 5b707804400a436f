// The OpenAI SDK for Node: responses.

import OpenAI from "openai";
import { Received, key, lookUp, main, model, prompt, toolDescription, toolName, toolSchema, url } from "./report.mjs";

const { responses } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
const question = { role: "user", content: prompt };

async function answer() {
  return [(await responses.create({ model, input: prompt })).output_text, 1];
}

async function stream() {
  const received = new Received();
  const events = responses.stream({ model, input: prompt });
  events.on("response.output_text.delta", ({ delta }) => received.add(delta));
  return [(await events.finalResponse()).output_text, received.moments];
}

async function tool() {
  const tools = [{ type: "function", name: toolName, description: toolDescription, parameters: toolSchema }];
  const asked = await responses.create({ model, input: [question], tools });
  const call = asked.output.find((item) => item.type === "function_call");
  const result = { type: "function_call_output", call_id: call.call_id, output: lookUp(JSON.parse(call.arguments)) };
  const reply = await responses.create({ model, input: [question, ...asked.output, result], tools });
  return [reply.output_text, 1];
}

await main({ answer, stream, tool });
