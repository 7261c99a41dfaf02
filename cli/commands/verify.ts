import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { type VerifyScope, verifyExport } from "../../lib/history/publication/verify.ts";
import type { ReadableStore } from "../../lib/store/store.ts";
import type { Context } from "../context/context.ts";
import { keptFrom, openExport } from "../context/stores.ts";
import { readExportDays } from "../report/export-days.ts";
import { counted, paint, UsageError } from "../terminal/output.ts";
import { readGivenDays } from "../typed/times.ts";

/** Control and format characters of a key or manifest could move the cursor or hide text of the terminal. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ""}}`);

export interface VerifyOptions {
  readonly from?: string;
  readonly to?: string;
  readonly pbx?: readonly string[];
  readonly json?: boolean;
  readonly region?: string;
}

/** Reads everything again and compares it with the manifests. */
export const verifyCommand = async (
  context: Context,
  place: string,
  options: VerifyOptions,
): Promise<number> => {
  const scope = scopeOf(options, context.clock.now());
  const store = await openExport(context, place, options.region);
  const kept = await keptFrom(context, place, options.region);
  const verdict = await verifyExport(store, undefined, { ...scope, ...defined({ keptFrom: kept }) });
  if (verdict.days === 0 && verdict.findings.length === 0)
    throw new UsageError(
      `There is no export in ${place}${ofScope(options)}.${await meantPbx(store, options)}`,
    );
  if (options.json) {
    context.output.out(JSON.stringify(verdict));
    return verdict.findings.length === 0 ? 0 : 1;
  }
  for (const { key, problem, detail } of verdict.findings)
    context.output.out(`${paint(context.output, "red", "✗")} ${visible(`${key}: ${problem}: ${detail}`)}`);
  for (const { key, problem, detail } of verdict.warnings)
    context.output.out(`${paint(context.output, "yellow", "!")} ${visible(`${key}: ${problem}: ${detail}`)}`);
  const tally = [
    counted(verdict.days, "day"),
    counted(verdict.parts, "part"),
    counted(verdict.rows, "row"),
  ].join(", ");
  context.output.out(
    verdict.findings.length === 0
      ? `${paint(context.output, "green", "✓")} ${tally}: all match the manifests`
      : `${tally}: ${counted(verdict.findings.length, "problem")}`,
  );
  return verdict.findings.length === 0 ? 0 : 1;
};

/** The options that leave days out. */
const ofScope = ({ from, to, pbx = [] }: VerifyOptions): string => {
  const given = [
    ...pbx.map((id) => `\`--pbx ${id}\``),
    ...(from === undefined ? [] : [`\`--from ${from}\``]),
    ...(to === undefined ? [] : [`\`--to ${to}\``]),
  ];
  return given.length === 0 ? "" : ` for ${given.join(", ")}. Check these options`;
};

/** The PBX of the export that a misspelt one is near to. */
const meantPbx = async (store: ReadableStore, { pbx = [] }: VerifyOptions): Promise<string> => {
  const known = pbx.length === 0 ? [] : ((await readExportDays(store, {}))?.pbxs ?? []);
  const unknown = pbx.find((id) => !known.includes(id)) ?? "";
  const near = didYouMean(unknown, known);
  return near === undefined ? "" : ` Did you mean \`--pbx ${near}\`?`;
};

/** Throws UsageError. */
const scopeOf = (options: VerifyOptions, now: number): VerifyScope => ({
  ...readGivenDays(options, now),
  ...defined({ pbxs: options.pbx }),
});
