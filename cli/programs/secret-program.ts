import { type Command, Option } from "commander";
import { authKindNames } from "../../lib/wms/auth-kinds.ts";
import { type ImportOptions, importSecrets } from "../commands/import-secrets.ts";
import { type ListOptions, listSecretsCommand } from "../commands/list-secrets.ts";
import { type RotateSecretsOptions, rotateSecrets } from "../commands/rotate-secrets.ts";
import { type PutOptions, putSecret, removeSecret } from "../commands/secret.ts";
import type { Context } from "../context/context.ts";
import { eventKeyChanges } from "../secrets/event-keys.ts";
import { type DeployedSecrets, openSecrets, type StageOptions } from "../secrets/open-secrets.ts";
import { givenPath } from "./given-path.ts";
import type { MakeCommand } from "./key-program.ts";

const onDeployment = (made: Command): Command =>
  made
    .option("--stage <stage>", "deployment on AWS", "dev")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option("--prefix <prefix>", "prefix of the secrets' names (default: /wildix/<stage>/pbx/)")
    .option("--json", "print JSON");

/** Asks for the key, unless an older one is dropped. */
const eventKeyOption = (name: string, does: string): Option =>
  new Option(`--${name} [how]`, `${does} (default: add)`).choices([...eventKeyChanges]);

/** `wildix secret …`. */
export const addSecretCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
): void => {
  const secret = command("secret", "manage the PBXs of a deployment on AWS", [
    "secret put milan --stage prod --host https://milan.wildixin.com --app-id A --app-name N --timezone Europe/Rome",
    "secret list --stage prod --ending",
    "secret import pbxs.csv --stage prod --dry-run",
    "secret rotate new-keys.csv --stage prod",
    "secret remove milan --stage prod",
  ]);
  const onSecrets = (
    options: StageOptions,
    act: (opened: DeployedSecrets) => Promise<number>,
  ): Promise<void> => run(async () => act(await openSecrets(context, options)));

  onDeployment(
    command(
      "put <id>",
      "register or change a PBX; asks for its secret key",
      [
        `secret put milan --stage prod --keep-key --settings '{"country":"IT"}'`,
        "secret put rome --stage prod --host https://rome.wildixin.com --credentials-from milan",
        "secret put milan --stage prod --webhook-secret",
      ],
      secret,
    ),
  )
    .option("--host <url>", "address of the PBX")
    .option("--app-id <id>", "S2S app id")
    .option("--app-name <name>", "S2S app name")
    .addOption(new Option("--auth <kind>", "kind of the key (default: s2s)").choices([...authKindNames]))
    .option("--credentials-from <id>", "PBX whose credentials this PBX uses")
    .option("--customer <name>", 'customer under whose prefix the exports are ("" removes it)')
    .option("--timezone <zone>", 'time zone, for example Europe/Rome; turns the export on ("" turns it off)')
    .addOption(new Option("--export <on|off>", "resume or pause the export").choices(["on", "off"]))
    .option("--settings <json>", "settings to change; null removes a setting")
    .option("--expires-at <time>", "time at which the credentials expire, for example 2027-05-01T00:00:00Z")
    .option("--keep-key", "do not ask for the key")
    .addOption(eventKeyOption("webhook-secret", "change the secret of the webhooks"))
    .addOption(eventKeyOption("sqs-signing-key", "change the key of the SQS transport"))
    .option("--no-probe", "write without test requests to the PBX")
    .option("--dry-run", "show the difference and write nothing")
    .option("--yes", "do not ask for confirmation")
    .action((id: string, options: PutOptions) =>
      onSecrets(options, (opened) => putSecret(context, opened, id, options)),
    );

  command(
    "list",
    "list PBXs, or credentials by expiry date",
    ["secret list --stage prod", "secret list --stage prod --ending", "secret list --local --ending --json"],
    secret,
  )
    .option("--ending", "list credentials and API keys by expiry date, next first")
    .option("--stage <stage>", "deployment on AWS (default: dev)")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option("--prefix <prefix>", "prefix of the secrets' names (default: /wildix/<stage>/pbx/)")
    .option("--local", "list PBXs and keys of this machine, not of a deployment")
    .option("--pbxs <file>", "file of this machine's PBXs")
    .option("--keys <file>", "file of this machine's keys, for --ending", givenPath)
    .option("--json", "print JSON")
    .action((options: ListOptions) => run(() => listSecretsCommand(context, options)));

  onDeployment(
    command(
      "import <files...>",
      "register or change all PBXs of CSV or JSON files",
      [
        "secret import pbxs.csv --stage prod --dry-run",
        "secret import pbxs.json --shared",
        "secret import applications/*.json --app-name crm --host 'https://{pbx}.wildixin.com'",
      ],
      secret,
    ),
  )
    .option("--shared", "write many PBXs into one secret, which costs less")
    .option("--host <url>", "address of new PBXs without a host; {pbx} is the id")
    .option("--app-name <name>", "application, if a list from WMS has several")
    .option("--no-probe", "write without test requests to the PBXs")
    .option("--skip-refused", "write the other PBXs if rows are refused")
    .option("--dry-run", "show the differences and write nothing")
    .action((files: string[], options: ImportOptions) =>
      onSecrets(options, (opened) => importSecrets(context, opened, files, options)),
    );

  onDeployment(
    command(
      "rotate <files...>",
      "test new credentials on their PBXs, and write them",
      [
        "secret rotate new-keys.csv --stage prod --dry-run",
        "secret rotate new-keys.csv --stage prod --json > report.json",
      ],
      secret,
    ),
  )
    .option("--app-name <name>", "application, if a list from WMS has several")
    .option("--no-probe", "write without test requests to the PBXs")
    .option("--skip-refused", "rotate the other PBXs if rows are refused")
    .option("--dry-run", "show what would be rotated and write nothing")
    .option("--yes", "do not ask for confirmation")
    .action((files: string[], options: RotateSecretsOptions) =>
      onSecrets(options, (opened) => rotateSecrets(context, opened, files, options)),
    );

  onDeployment(
    command(
      "remove <id>",
      "remove a PBX; you can restore its secret for 30 days",
      ["secret remove milan --stage prod"],
      secret,
    ),
  )
    .option("--yes", "do not ask for confirmation")
    .action((id: string, options: StageOptions) =>
      onSecrets(options, (opened) => removeSecret(context, opened, id, options)),
    );
};
