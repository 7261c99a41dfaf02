import type { Command } from "commander";
import {
  type CreateOptions,
  createKeyCommand,
  listKeysCommand,
  type RotateOptions,
  revokeKeyCommand,
  rotateKeyCommand,
} from "./commands/key.ts";
import type { Context, KeysOptions } from "./context.ts";

export type MakeCommand = (
  usage: string,
  description: string,
  examples: readonly string[],
  parent?: Command,
) => Command;

const onKeys = (made: Command): Command =>
  made
    .option("--stage <stage>", "keys of a deployment on AWS (the secret /wildix/<stage>/keys)")
    .option("--region <region>", "its region (default: AWS_REGION, then eu-central-1)")
    .option("--keys <file>", "keys of this machine (default: WILDIX_KEYS, then ./keys.json)")
    .option("--json", "print JSON");

/** `wildix key …`. */
export const addKeyCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
  repeated: (value: string, before: readonly string[] | undefined) => string[],
): void => {
  const key = command("key", "who may call the HTTP API", [
    "key create --label HubSpot --scope calls:create --pbx milan --extension 108 --per-day 200",
    "key create --label CRM --scope calls:create --all-pbxs --all-extensions --mapping hubspot.json --stage prod",
    "key list --stage prod",
    "key rotate 7hq2mzk4cxpa",
    "key revoke 7hq2mzk4cxpa --stage prod",
  ]);
  onKeys(
    command(
      "create",
      "make a key and show it once",
      ["key create --label wallboard --scope queues:read --pbx milan --expires 2027-12-31"],
      key,
    ),
  )
    .requiredOption("--label <text>", "what the key is for; shown in lists")
    .requiredOption(
      "--scope <scope>",
      "calls:create, calls:read, history:read, queues:read, sounds:write or callbacks:write; may be repeated",
      repeated,
    )
    .option("--pbx <id>", "a PBX that it may use; may be repeated", repeated)
    .option("--all-pbxs", "every PBX, also later ones")
    .option("--extension <ext>", "an extension that it may ring; may be repeated", repeated)
    .option("--all-extensions", "every extension")
    .option("--per-day <n>", "calls a day at most")
    .option("--per-destination-per-day <n>", "calls to one number a day at most")
    .option("--per-minute <n>", "calls a minute at most")
    .option("--expires <time>", "last moment, such as 2027-12-31 (UTC); default: never")
    .option("--mapping <file>", "how calls are read out of a CRM's own JSON (docs/crm-buttons.md)")
    .option("--hmac", "a key that signs requests and never travels")
    .action((options: CreateOptions) => run(() => createKeyCommand(context, options)));
  onKeys(command("list", "the keys, without their secrets", ["key list --json"], key)).action(
    (options: KeysOptions) => run(() => listKeysCommand(context, options)),
  );
  onKeys(
    command(
      "rotate <id>",
      "give a key another secret; the present one stays good for some hours",
      ["key rotate 7hq2mzk4cxpa --keep-hours 48"],
      key,
    ),
  )
    .option("--keep-hours <n>", "how long the present secret stays good", "24")
    .action((id: string, options: RotateOptions) => run(() => rotateKeyCommand(context, id, options)));
  onKeys(command("revoke <id>", "end a key", ["key revoke 7hq2mzk4cxpa"], key)).action(
    (id: string, options: KeysOptions) => run(() => revokeKeyCommand(context, id, options)),
  );
};
