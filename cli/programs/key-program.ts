import type { Command } from "commander";
import { keyCapNames, scopes } from "../../lib/callers/caller.ts";
import {
  type CreateOptions,
  capOption,
  createKeyCommand,
  listKeysCommand,
  type RotateOptions,
  revokeKeyCommand,
  rotateKeyCommand,
} from "../commands/key.ts";
import type { Context, KeysOptions } from "../context/context.ts";
import { givenPath } from "./given-path.ts";

export type MakeCommand = (
  usage: string,
  description: string,
  examples: readonly string[],
  parent?: Command,
) => Command;

const onKeys = (made: Command): Command =>
  made
    .option("--stage <stage>", "keys of a deployment on AWS (secret /wildix/<stage>/keys)")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option(
      "--keys <file>",
      "file with this machine's keys (default: WILDIX_KEYS, then ./keys.json)",
      givenPath,
    )
    .option("--json", "print JSON");

/** `wildix key …`. */
export const addKeyCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
  repeated: (value: string, before: readonly string[] | undefined) => string[],
): void => {
  const key = command("key", "manage the API keys of the HTTP API", [
    "key create --label HubSpot --scope calls:create --pbx milan --extension 108 --per-day 200",
    "key create --label CRM --scope calls:create --all-pbxs --all-extensions --mapping hubspot.json --stage prod",
    "key list --stage prod",
    "key rotate 7hq2mzk4cxpa",
    "key revoke 7hq2mzk4cxpa --stage prod",
  ]);
  const create = onKeys(
    command(
      "create",
      "create a key and show it once",
      ["key create --label wallboard --scope queues:read --pbx milan --expires 2027-12-31"],
      key,
    ),
  )
    .requiredOption("--label <text>", "purpose of the key; shown in lists")
    .requiredOption(
      "--scope <scope>",
      `${scopes.slice(0, -1).join(", ")} or ${scopes.at(-1)}; may be repeated`,
      repeated,
    )
    .option("--pbx <id>", "PBX that the key may use; may be repeated", repeated)
    .option("--pbxs <file>", "file of this machine's PBXs, to check --pbx")
    .option("--all-pbxs", "every PBX, including PBXs that you add later")
    .option("--extension <ext>", "extension that the key may ring; may be repeated", repeated)
    .option("--all-extensions", "every extension");
  for (const name of keyCapNames) create.addOption(capOption(name));
  create
    .option(
      "--expires <time>",
      "day or time (UTC) at which the key expires, for example 2027-12-31 (default: never)",
    )
    .option("--mapping <file>", "mapping from a CRM's own JSON to a call (docs/crm-buttons.md)")
    .option("--hmac", "create a key that signs requests and is never sent")
    .action((options: CreateOptions) => run(() => createKeyCommand(context, options)));
  onKeys(command("list", "list the keys without their secrets", ["key list --json"], key))
    .option("--columns <list>", "columns of the table, for example id,label,caps")
    .action((options: KeysOptions & { columns?: string }) => run(() => listKeysCommand(context, options)));
  onKeys(
    command("rotate <id>", "replace the secret of a key", ["key rotate 7hq2mzk4cxpa --keep-hours 48"], key),
  )
    .option("--keep-hours <n>", "hours for which the old secret stays valid", "24")
    .action((id: string, options: RotateOptions) => run(() => rotateKeyCommand(context, id, options)));
  onKeys(command("revoke <id>", "revoke a key", ["key revoke 7hq2mzk4cxpa"], key)).action(
    (id: string, options: KeysOptions) => run(() => revokeKeyCommand(context, id, options)),
  );
};
