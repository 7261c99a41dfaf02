/**
 * A string in HTML. Control characters of a PBX's texts, and those that change the direction of what follows, become blanks.
 */
export const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, " ")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
