import type { Context } from "../context/context.ts";
import type { Ending } from "../secrets/endings.ts";
import { counted, paint, table } from "../terminal/output.ts";

/** Prints credentials and API keys by expiry date, without secrets. */
export const showEndings = (
  { output }: Context,
  endings: readonly Ending[],
  { json }: { readonly json?: boolean },
): void => {
  if (json === true) {
    output.out(JSON.stringify(endings));
    return;
  }
  for (const { id, problem } of endings)
    if (problem !== undefined) output.out(`${paint(output, "red", "✗")} ${id}: ${problem}`);
  const known = endings.filter(({ ends }) => ends !== null);
  if (known.length > 0)
    output.out(
      table(
        output,
        ["ends", "days left", "pbx or key", "kind", "from"],
        known.map(({ of, id, label, kind, ends, days_left: days, from }) => [
          ends?.slice(0, 10),
          days !== null && days < 0 ? "ended" : days,
          of === "pbx" ? id : `key ${id} (${label ?? ""})`,
          kind,
          of === "key" ? "keys" : from,
        ]),
      ),
    );
  if (known.some(({ from }) => from === "report"))
    output.out(
      "In the column `from`, `report` means an expiry date that is reported for this kind of credentials on all PBXs (docs/limits.md).",
    );
  const open = endings.filter(({ ends, problem }) => ends === null && problem === undefined);
  const pbxs = open.filter(({ of }) => of === "pbx").length;
  output.out(`${counted(pbxs, "PBX")} and ${counted(open.length - pbxs, "key")} have no known expiry date.`);
};
