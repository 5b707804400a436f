// What every Node program here shares: what it is told, and how it tells what came of it.

export const { GATEWAY_URL: url, GATEWAY_KEY: key, MODEL: model, PROMPT: prompt } = process.env;

export const toolName = "look_up";
export const toolDescription = "Looks a word up.";
export const toolSchema = { type: "object", properties: { word: { type: "string" } }, required: ["word"] };

/** The tool: its result holds the word, so that the final answer shows that it travelled both ways. */
export const lookUp = ({ word }) => `looked up ${word}`;

// What comes closer together than this came at one moment. The vendor leaves five times as much between two words.
const momentMs = 10;

/** What a stream brings: the whole text, and at how many moments it came. One that was held back comes at one. */
export class Received {
  text = "";
  moments = 0;
  #last = -Infinity;

  add(piece) {
    const now = performance.now();
    if (now - this.#last > momentMs) this.moments += 1;
    this.text += piece;
    this.#last = now;
  }
}

/** Runs the mode that was asked for. Each returns the text, and at how many moments it came. */
export async function main(modes) {
  try {
    const [text, moments] = await modes[process.argv[2]]();
    console.log(JSON.stringify({ text, moments }));
  } catch (error) {
    // Whatever an SDK throws is what its user sees.
    console.log(JSON.stringify({ error: `${error?.name}: ${error?.message ?? error}` }));
    process.exitCode = 1;
  }
}
