import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

interface Statement {
  readonly Effect: string;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: { readonly StringLike: Readonly<Record<string, string>> };
}

/** The policy in a page, by the text before it. */
const policyIn = async (page: string, before: string): Promise<readonly Statement[]> => {
  const text = await readFile(page, "utf8");
  const json = /```json\n([\s\S]*?)```/.exec(text.slice(text.indexOf(before)))?.[1] ?? "{}";
  return (JSON.parse(json) as { Statement: readonly Statement[] }).Statement;
};

const like = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^$()|[\]\\{}]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "s",
  ).test(text);

/** Whether statements that only allow, with the conditions that the page uses, allow a request. A missing key does not match. */
const allows = (
  statements: readonly Statement[],
  action: string,
  resource: string,
  keys: Readonly<Record<string, string>> = {},
): boolean =>
  statements.some(
    ({ Effect, Action, Resource, Condition }) =>
      Effect === "Allow" &&
      like(Action, action) &&
      like(Resource, resource) &&
      Object.entries(Condition?.StringLike ?? {}).every(
        ([key, pattern]) => keys[key] !== undefined && like(pattern, keys[key]),
      ),
  );

it("the policy for a reader of one customer reads and lists that customer's exports only", async () => {
  const policy = await policyIn("docs/history.md", "This policy lets a person or program read");
  const bucket = "arn:aws:s3:::BUCKET";
  const day = "dt=2026-11-23";
  const reads = (key: string) => allows(policy, "s3:GetObject", `${bucket}/${key}`);
  for (const key of [`calls/${day}/pbx=milan/part-00001.parquet`, `manifests/${day}/milan.json`])
    expect([
      reads(`customers/acme/${key}`),
      reads(key),
      reads(`customers/acme2/${key}`),
      reads(`customers/beta/${key}`),
    ]).toEqual([...[true, false, false, false]]);
  for (const key of ["customers.json", `manifests/${day}/_fleet.json`, "customers/acme"])
    expect(reads(key)).toBe(false);
  const lists = (prefix?: string) =>
    allows(policy, "s3:ListBucket", bucket, prefix === undefined ? {} : { "s3:prefix": prefix });
  expect(lists("customers/acme/manifests/")).toBe(true);
  for (const prefix of [undefined, "", "customers/", "customers/acme", "customers/acme2/", "manifests/"])
    expect(lists(prefix)).toBe(false);
  for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"])
    expect(allows(policy, action, `${bucket}/customers/acme/x`)).toBe(false);
});
