import retextEnglish from "retext-english";
import retextPassive from "retext-passive";
import retextSimplify from "retext-simplify";
import { unified } from "unified";
import { VFile } from "vfile";
import type { Piece } from "./piece.ts";
import { type Term, terms } from "./terms.ts";

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly found: string;
  readonly write: string;
}

const limits = { wordsOfASentence: 30, charactersOfACommandsHelp: 60 };

/** Words of the rule that this product needs, or that say more than the shorter ones in their place. */
const allowed = [
  ...[
    "address",
    "allocate",
    "attempt",
    "authorize",
    "combined",
    "component",
    "contains",
    "delete",
    "function",
  ],
  ...[
    "interface",
    "notify",
    "option",
    "parameters",
    "permit",
    "request",
    "submit",
    "terminate",
    "type",
    "validate",
  ],
  ...[
    "additional",
    "currently",
    "equivalent",
    "expiration",
    "identical",
    "immediately",
    "initial",
    "maximum",
    "minimum",
  ],
  ...[
    "monitor",
    "multiple",
    "observe",
    "previous",
    "previously",
    "provide",
    "remain",
    "require",
    "requirement",
    "retain",
  ],
  ...[
    "determine",
    "ensure",
    "failed to",
    "forward",
    "however",
    "identify",
    "it is",
    "maintain",
    "there are",
    "there is",
  ],
];
const english = unified().use(retextEnglish);
const wordy = unified().use(retextEnglish).use(retextSimplify, { ignore: allowed }).use(retextPassive);

interface Sentence {
  readonly text: string;
  readonly start: number;
}

const sentencesOf = (text: string): Sentence[] => {
  const found: Sentence[] = [];
  for (const paragraph of english.parse(text).children)
    for (const node of "children" in paragraph ? paragraph.children : [])
      if (node.type === "SentenceNode") {
        const start = node.position?.start.offset ?? 0;
        found.push({ start, text: text.slice(start, node.position?.end.offset).replaceAll("\n", " ") });
      }
  return found;
};

/** What a reader would stumble over; with `advice` also the passive voice, which is sometimes right. */
export const check = (piece: Piece, advice = false): Finding[] => {
  const found: Finding[] = [];
  const say = (offset: number, phrase: string, write: string): void => {
    const further = piece.text.slice(0, offset).split("\n").length - 1;
    found.push({
      file: piece.file,
      line: piece.line === 0 ? 0 : piece.line + further,
      found: phrase.replace(/\s+/g, " "),
      write,
    });
  };
  const look = ({ text, start }: Sentence, { find, write }: Term): void => {
    for (const match of text.matchAll(find)) say(start + match.index, match[0], write);
  };
  const { kind, text } = piece;
  const flat = text.replaceAll("\n", " ");
  for (const term of terms.anywhere) look({ text: flat, start: 0 }, term);
  if (kind === "title" && /\b(?:is|are|may|must|was|were|cannot|can|did|does|has|have)\b/.test(flat))
    say(0, flat, "a noun phrase");
  if (kind === "command" && flat.length > limits.charactersOfACommandsHelp)
    say(0, flat, `at most ${limits.charactersOfACommandsHelp} characters, not ${flat.length}`);
  if (kind === "heading" || kind === "title" || kind === "comment") return found;
  for (const sentence of sentencesOf(text)) {
    for (const term of terms.first) look(sentence, term);
    const words = sentence.text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    if (words > limits.wordsOfASentence)
      say(sentence.start, `${sentence.text.slice(0, 40)}…`, `sentences of at most 25 words, not ${words}`);
  }
  const file = new VFile(text);
  wordy.runSync(wordy.parse(file), file);
  for (const { source, actual = "", expected, place } of file.messages) {
    const offset = place === undefined ? 0 : "start" in place ? place.start.offset : place.offset;
    if (source === "retext-simplify")
      say(offset ?? 0, actual, expected?.join(" or ") || "nothing: leave it out");
    else if (advice) say(offset ?? 0, actual, "advice: active voice");
  }
  return found;
};
