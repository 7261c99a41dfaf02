import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";

/** Asks the person at the terminal. */
export interface Prompt {
  /** Whether a person sits there. */
  readonly interactive: boolean;
  /** A line that is not shown while it is typed. */
  hidden(question: string): Promise<string>;
  /** True for yes. */
  confirm(question: string): Promise<boolean>;
}

interface Streams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Questions go to standard error, so that what a command prints can be piped. */
export const terminalPrompt = (
  { input, output }: Streams = { input: process.stdin, output: process.stderr },
): Prompt => ({
  interactive: input.isTTY === true,
  hidden: async (question) => {
    output.write(question);
    // readline edits the line and echoes it into nothing
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const line = await ask(createInterface({ input, output: nowhere, terminal: true, historySize: 0 }), "");
    output.write("\n");
    return rubOut(line);
  },
  confirm: async (question) =>
    /^\s*y(?:es)?\s*$/i.test(await ask(createInterface({ input, output }), `${question} [y/N] `)),
});

/** With TERM=dumb, readline takes a backspace for a character of the line. */
const rubOut = (line: string): string => {
  const kept: string[] = [];
  for (const character of line) {
    if (character === "\b" || character === "\u007f") kept.pop();
    else kept.push(character);
  }
  return kept.join("");
};

const ask = async (reader: Interface, question: string): Promise<string> => {
  try {
    return await new Promise((resolve, reject) => {
      const stop = (): void => reject(new DOMException("stopped", "AbortError"));
      reader.once("SIGINT", stop).once("close", stop);
      reader.question(question, resolve);
    });
  } finally {
    reader.close();
  }
};
