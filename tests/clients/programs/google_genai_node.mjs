// The Google Gen AI SDK for Node.

import { GoogleGenAI } from "@google/genai";
import { Received, key, lookUp, main, model, prompt, toolDescription, toolName, toolSchema, url } from "./report.mjs";

const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });

async function answer() {
  const config = { systemInstruction: "Be brief." };
  return [(await models.generateContent({ model, contents: prompt, config })).text, 1];
}

async function stream() {
  const received = new Received();
  for await (const chunk of await models.generateContentStream({ model, contents: prompt })) {
    received.add(chunk.text ?? "");
  }
  return [received.text, received.moments];
}

async function tool() {
  const declaration = { name: toolName, description: toolDescription, parametersJsonSchema: toolSchema };
  const config = { tools: [{ functionDeclarations: [declaration] }] };
  const question = { role: "user", parts: [{ text: prompt }] };
  const asked = await models.generateContent({ model, contents: [question], config });
  const [call] = asked.functionCalls;
  const result = { functionResponse: { name: call.name, response: { output: lookUp(call.args) } } };
  const contents = [question, asked.candidates[0].content, { role: "user", parts: [result] }];
  return [(await models.generateContent({ model, contents, config })).text, 1];
}

await main({ answer, stream, tool });
