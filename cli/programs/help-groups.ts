import type { Command } from "commander";

/** The commands as `wildix --help` lists them: by what a person wants to do. */
const groups: Readonly<Record<string, readonly string[]>> = {
  "Calls:": ["originate", "stop", "resume"],
  "Callbacks:": ["callback", "dnc", "webhook"],
  "Call history:": ["history", "export", "verify", "report", "erase", "status", "backfill", "redrive"],
  "Queues and sounds:": ["queues", "sound"],
  "PBXs and keys:": ["doctor", "secret", "key", "mapping"],
  "Development:": ["pbx", "serve", "invoke", "request", "sign", "completion"],
};

/** Gives each command its heading; a command without one is listed under "Commands:". */
export const groupCommands = (program: Command): void => {
  const groupOf = new Map(
    Object.entries(groups).flatMap(([heading, names]) => names.map((name) => [name, heading] as const)),
  );
  const place = (command: Command): number => [...groupOf.keys()].indexOf(command.name());
  // commander orders the groups by their first command
  (program.commands as Command[]).sort((one, other) => place(one) - place(other));
  for (const command of program.commands) command.helpGroup(groupOf.get(command.name()) ?? "Commands:");
};
