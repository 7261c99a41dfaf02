const most = 10;

/** Names in a message: the first ten, and the number of the others. */
export const listed = (names: readonly string[]): string =>
  names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most).join(", ")} and ${(names.length - most).toLocaleString("en-US")} more`;
