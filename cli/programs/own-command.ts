import { Command, type ErrorOptions } from "commander";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { maskText } from "../../lib/mask.ts";

/** A command whose errors name the fix, and show no secret and no whole phone number: one can be anywhere on the line. */
export class OwnCommand extends Command {
  override createCommand(name?: string): Command {
    return new OwnCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(maskText(withFix(this, message, options?.code)), options);
  }
}

const withFix = (command: Command, message: string, code: string | undefined): string => {
  if (code === "commander.excessArguments")
    return `${message} In a shell, put a value with spaces in quotes: 'A B'.`;
  // a misspelt option is also missing under its right name
  if (code === "commander.missingMandatoryOptionValue") return unknownOption(command) ?? message;
  return message;
};

/** The first unknown option, in the words of commander. It is among the arguments then. */
const unknownOption = ({ args, options }: Command): string | undefined => {
  const [name = ""] = args.find((arg) => /^--?[^-]/.test(arg))?.split("=") ?? [];
  if (name === "") return undefined;
  const near = didYouMean(
    name,
    options.flatMap(({ long }) => long ?? []),
  );
  return `error: unknown option '${name}'${near === undefined ? "" : `\n(Did you mean ${near}?)`}`;
};
