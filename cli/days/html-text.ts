import { inOneLine } from "../terminal/clean-text.ts";

/** A string in HTML. Control characters of a PBX's texts, and those that change the direction of what follows, become blanks. */
export const escaped = (text: string): string =>
  inOneLine(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
