import { type Command, Option } from "commander";
import {
  type AddOptions,
  addCallbackCommand,
  type CallbackOptions,
  cancelCallbackCommand,
  type ListOptions,
  listCallbacksCommand,
  type RehearseOptions,
  rehearseCommand,
} from "../commands/callback.ts";
import {
  addNumbersCommand,
  type DncOptions,
  listNumbersCommand,
  removeNumberCommand,
} from "../commands/dnc.ts";
import { type SendOptions, sendWebhookCommand } from "../commands/webhook.ts";
import type { Context } from "../context/context.ts";
import { givenPath } from "./given-path.ts";
import type { MakeCommand } from "./key-program.ts";

const onState = (made: Command): Command =>
  made
    .option("--pbx <id>", "PBX (default: the only one)")
    .option("--pbxs <file>", "file of this machine's PBXs")
    .option("--stage <stage>", "deployment on AWS (default: this machine)")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option("--out <directory>", "directory of this machine's state", givenPath, "exports")
    .option("--json", "print JSON");

/** `wildix callback …`, `wildix dnc …` and `wildix webhook …`. */
export const addCallbackCommands = (
  context: Context,
  command: MakeCommand,
  run: (act: () => Promise<number>) => Promise<void>,
): void => {
  const callback = command("callback", "list, add and cancel callbacks of missed calls", [
    "callback list --state open",
    "callback add --to +393331234567 --queue Sales",
    "callback rehearse --extension 108 --to +393331234567",
  ]);
  onState(
    command(
      "list [id]",
      "list callbacks, or explain one",
      ["callback list --pbx milan --state open", "callback list --stage prod --pbx milan --json"],
      callback,
    ),
  )
    .addOption(
      new Option("--state <state>", "only open or only closed callbacks").choices(["open", "closed"]),
    )
    .action((id: string | undefined, options: ListOptions) =>
      run(() => listCallbacksCommand(context, id, options)),
    );
  onState(
    command(
      "add",
      "ask for a callback",
      [
        "callback add --to +393331234567 --queue Sales --name 'Ada Conti'",
        "callback add --to 3331234567 --at 2026-11-25T09:30:00+01:00 --stage prod --pbx milan",
      ],
      callback,
    ),
  )
    .requiredOption("--to <number>", "number to call back")
    .option("--queue <queue>", "id or name of the queue")
    .option("--name <name>", "name that the agent's phone shows")
    .option("--at <time>", "earliest time, for example 2026-11-25T09:30:00+01:00 (default: now)")
    .action((options: AddOptions) => run(() => addCallbackCommand(context, options)));
  onState(
    command(
      "cancel <id>",
      "cancel a callback",
      ["callback cancel b5pCh1Gl7Uj3pQ0m8cJ5y6kPzG2dYH8vWn4rTtXo1eM"],
      callback,
    ),
  ).action((id: string, options: CallbackOptions) => run(() => cancelCallbackCommand(context, id, options)));
  onState(
    command(
      "rehearse",
      "place three test calls and show their legs",
      ["callback rehearse --extension 108 --to +393331234567 --pbx milan"],
      callback,
    ),
  )
    .requiredOption("--extension <ext>", "extension that rings first")
    .requiredOption("--to <number>", "number of your mobile phone")
    .action((options: RehearseOptions) => run(() => rehearseCommand(context, options)));

  const dnc = command("dnc", "manage the list of numbers that must not be called", [
    "dnc add +393331234567 --note 'asked by phone'",
    "dnc list --pbx milan",
  ]);
  const onList = (made: Command): Command =>
    onState(made).option("--all", "use the list for all PBXs, instead of the list of one PBX");
  onList(
    command(
      "add <number...>",
      "put numbers on the list",
      ["dnc add +393331234567 +393337654321 --all --stage prod"],
      dnc,
    ),
  )
    .option("--note <text>", "reason, shown in the list")
    .action((numbers: string[], options: DncOptions) =>
      run(() => addNumbersCommand(context, numbers, options)),
    );
  onList(command("list", "show the list, with masked numbers", ["dnc list --pbx milan"], dnc)).action(
    (options: DncOptions) => run(() => listNumbersCommand(context, options)),
  );
  onList(
    command(
      "remove <number>",
      "remove a number from the list",
      ["dnc remove +393331234567 --pbx milan"],
      dnc,
    ),
  ).action((number: string, options: DncOptions) => run(() => removeNumberCommand(context, number, options)));

  const webhook = command("webhook", "send events as a PBX does", [
    "webhook send event.json --pbx milan --now",
  ]);
  command(
    "send <file>",
    "sign an event and send it to the webhook",
    [
      "webhook send event.json --pbx milan --now",
      "webhook send event.json --url https://abc123.execute-api.eu-central-1.amazonaws.com --stage prod --pbx milan",
    ],
    webhook,
  )
    .option("--url <url>", "address of the HTTP API", "http://127.0.0.1:3000")
    .option("--pbx <id>", "PBX that sends the event (default: the only one)")
    .option("--pbxs <file>", "file of this machine's PBXs")
    .option("--secret <secret>", "secret of the webhook (default: WILDIX_WEBHOOK_SECRET, then the PBX's)")
    .option("--stage <stage>", "deployment on AWS that has the PBX's secret")
    .option("--region <region>", "region of the deployment (default: AWS_REGION, then eu-central-1)")
    .option("--now", "change the times in the event to now")
    .option("--json", "print JSON")
    .action((file: string, options: SendOptions) => run(() => sendWebhookCommand(context, file, options)));
};
