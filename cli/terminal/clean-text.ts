/** Characters of names from a PBX or a file that move the cursor, break lines, or change the direction of the text that follows. */
const controls = "\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069";

const anyControl = new RegExp(`[${controls}]`, "gu");
const ownOrControl = new RegExp(`(\\u001b\\[(?:[012]|3[1-3])m|[\\n\\t])|[${controls}]`, "gu");

/** Text from elsewhere as a part of a line: its line breaks would look like lines of the command. */
export const inOneLine = (text: string): string => text.replace(anyControl, " ");

export const clearScreen = "\u001b[2J\u001b[H";

/** A whole output of the command as a terminal shows it, with the lines, tabs and colours of the command. */
export const printable = (text: string): string =>
  text === clearScreen ? text : text.replace(ownOrControl, (_found, own: string | undefined) => own ?? "?");
