// What every Node program here shares: what it is told, and how it tells what came of it.

export const { GATEWAY_URL: url, GATEWAY_KEY: key, MODEL: model, PROMPT: prompt } = process.env;

export const toolName = "look_up";
export const toolDescription = "Looks a word up.";
export const toolSchema = { type: "object", properties: { word: { type: "string" } }, required: ["word"] };

/** The tool: its result holds the word, so that the final answer shows that it travelled both ways. */
export const lookUp = ({ word }) => `looked up ${word}`;

/** Runs the mode that was asked for. Each returns the text, and in how many pieces it came. */
export async function main(modes) {
  try {
    const [text, pieces] = await modes[process.argv[2]]();
    console.log(JSON.stringify({ text, pieces }));
  } catch (error) {
    // Whatever an SDK throws is what its user sees.
    console.log(JSON.stringify({ error: `${error?.name}: ${error?.message ?? error}` }));
    process.exitCode = 1;
  }
}
