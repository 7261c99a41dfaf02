import { InvalidArgumentError } from "commander";

/** A directory, file or bucket that an option names. An unset variable of a shell is an empty string, which would mean the working directory. */
export const givenPath = (text: string): string => {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
};
