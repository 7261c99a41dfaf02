import { type PutOptions, putSecret } from "../../cli/commands/secret.ts";
import type { Context } from "../../cli/context/context.ts";
import type { DeployedSecrets } from "../../cli/secrets/open-secrets.ts";
import type { Prompt } from "../../cli/terminal/prompt.ts";
import type { StoredSecret } from "../../lib/aws/pbx-secrets.ts";
import { unknownPbx } from "../../lib/pbxs/registry.ts";
import type { Check } from "../../lib/wms/diagnose.ts";
import { testClock } from "./clocks.ts";
import { giveSecret } from "./leaks.ts";

export const key = giveSecret("secret-command-test-0123456789abcdef");
const prefix = "/wildix/prod/pbx/";
export const standing = (more: object = {}): StoredSecret => ({
  text: JSON.stringify({
    host: "https://milan.example.com",
    app_id: "A",
    app_name: "N",
    secret_key: key,
    settings: { country: "IT" },
    ...more,
  }),
  tags: { "wildix:timezone": "Europe/Rome" },
  list: undefined,
});

/** A deployment in memory, and a terminal that answers. */
export const setUp = (
  secrets: Record<string, StoredSecret> = {},
  stdin = "",
  checks: readonly Check[] = [{ name: "time zone", ok: true, detail: "" }],
  stages: readonly string[] = ["prod"],
) => {
  const probed: (string | undefined)[][] = [];
  const written: string[] = [];
  const opened: DeployedSecrets = {
    prefix,
    secrets: {
      read: async (id) => secrets[id],
      write: async (id, secret) => {
        written.push(id);
        secrets[id] = { ...secret, list: undefined };
      },
      writeListed: async (drafts) => {
        for (const [id, draft] of drafts) secrets[id] = { ...draft, list: "_1" };
        return ["_1"];
      },
      remove: async (id) => (id in secrets ? Date.parse("2026-12-24T00:00:00Z") : undefined),
    },
    registry: {
      list: async () => [
        { id: "milan", timezone: "Europe/Rome", exported: true, registeredAt: 1_700_000_000_000 },
        { id: "oslo", timezone: "Europe/Oslo", exported: false, registeredAt: undefined },
        { id: "paris", timezone: undefined, exported: false, registeredAt: undefined },
      ],
      readText: async (id) => {
        const known = secrets[id] ?? (id === "rome" ? standing() : undefined);
        if (known === undefined) throw unknownPbx(id, Object.keys(secrets));
        return known.text;
      },
    },
    stages: async () => stages,
    probe: async (connection, expected) => {
      probed.push([connection.host, expected?.zone]);
      return checks;
    },
  };
  const [out, err]: [string[], string[]] = [[], []];
  const context: Context = {
    output: { out: (text) => out.push(text), err: (text) => err.push(text), colours: false, live: false },
    env: {},
    stdin: async () => stdin,
    clock: testClock,
    signal: new AbortController().signal,
    inTypedNames: (error: unknown) => error,
  };
  const asked: string[] = [];
  /** A person who types these answers one after the other; the last one again and again. */
  const person = (typed: string | readonly string[], agrees = true): Prompt => {
    const answers = [typed].flat();
    return {
      interactive: true,
      hidden: async (question) => {
        asked.push(question);
        return (answers.length > 1 ? answers.shift() : answers[0]) ?? "";
      },
      confirm: async (question) => {
        asked.push(question);
        return agrees;
      },
    };
  };
  const nobody: Prompt = { ...person(""), interactive: false };
  const put = (options: Partial<PutOptions>, prompt = nobody) =>
    putSecret(context, opened, "milan", { stage: "prod", ...options }, prompt);
  const stored = (id = "milan") => ({ ...secrets[id], secret: JSON.parse(secrets[id]?.text ?? "{}") });
  return { context, opened, out, err, probed, asked, written, person, nobody, put, stored };
};
