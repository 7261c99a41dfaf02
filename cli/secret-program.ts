import { type Command, Option } from "commander";
import {
  importSecrets,
  listSecrets,
  type Opened,
  openSecrets,
  type Place,
  type PutOptions,
  putSecret,
  removeSecret,
} from "./commands/secret.ts";
import type { Context } from "./context.ts";
import type { MakeCommand } from "./key-program.ts";
import { authKinds } from "./secret-draft.ts";

const onDeployment = (made: Command): Command =>
  made
    .option("--stage <stage>", "stage of the deployment", "dev")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option("--prefix <prefix>", "where the secrets lie (default: /wildix/<stage>/pbx/)")
    .option("--json", "print JSON");

/** `wildix secret …`. */
export const addSecretCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
): void => {
  const secret = command("secret", "the PBXs of a deployment on AWS", [
    "secret put milan --stage prod --host https://milan.wildixin.com --app-id A --app-name N --timezone Europe/Rome",
    "secret list --stage prod",
    "secret import pbxs.json --stage prod --dry-run",
    "secret remove milan --stage prod",
  ]);
  const onSecrets = (options: Place, act: (opened: Opened) => Promise<number>): Promise<void> =>
    run(async () => act(await openSecrets(context, options)));

  onDeployment(
    command(
      "put <id>",
      "register a PBX, or change what is known of it; asks for the key",
      [
        `secret put milan --stage prod --keep-key --settings '{"country":"IT"}'`,
        "secret put rome --stage prod --host https://rome.wildixin.com --credentials-from milan",
      ],
      secret,
    ),
  )
    .option("--host <url>", "address of the PBX")
    .option("--app-id <id>", "S2S app id")
    .option("--app-name <name>", "S2S app name")
    .addOption(new Option("--auth <kind>", "what the key is (default: s2s)").choices(authKinds))
    .option("--credentials-from <id>", "use another PBX's credentials")
    .option("--timezone <zone>", 'its zone, such as Europe/Rome: its history is exported ("" ends that)')
    .addOption(new Option("--export <on|off>", "go on with the export, or pause it").choices(["on", "off"]))
    .option("--settings <json>", "settings to change; null takes one away")
    .option("--expires-at <time>", "when the credentials end, such as 2027-05-01T00:00:00Z")
    .option("--keep-key", "do not ask for the key")
    .option("--dry-run", "show the difference and write nothing")
    .option("--yes", "do not ask before a change")
    .action((id: string, options: PutOptions) =>
      onSecrets(options, (opened) => putSecret(context, opened, id, options)),
    );

  onDeployment(
    command("list", "the PBXs, their zones, and whether they are exported", ["secret list --json"], secret),
  ).action((options: Place) => onSecrets(options, (opened) => listSecrets(context, opened, options)));

  onDeployment(
    command("import <file>", "register all PBXs of a local file", ["secret import pbxs.json"], secret),
  )
    .option("--dry-run", "show the differences and write nothing")
    .action((file: string, options: Place) =>
      onSecrets(options, (opened) => importSecrets(context, opened, file, options)),
    );

  onDeployment(
    command(
      "remove <id>",
      "forget a PBX; for 30 days its secret can be brought back",
      ["secret remove milan --stage prod"],
      secret,
    ),
  )
    .option("--yes", "do not ask")
    .action((id: string, options: Place) =>
      onSecrets(options, (opened) => removeSecret(context, opened, id, options)),
    );
};
