import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sign } from "../../../lib/wms/signing/sign.ts";
import type { WmsParams, WmsRequest } from "../../../lib/wms/types.ts";

interface Refused {
  readonly input: string;
  readonly request: WmsRequest;
  readonly host?: string;
  readonly secret_key?: string;
  readonly repeat?: { readonly in: "params"; readonly times: number };
  readonly nest?: { readonly in: "params"; readonly levels: number };
  readonly code: string;
  /** Null: the field is as long as the nesting is deep. */
  readonly field: string | null;
}

const file = new URL("../../fixtures/refused-requests.json", import.meta.url);
const cases: readonly Refused[] = JSON.parse(readFileSync(file, "utf8"));

const nested = (levels: number): WmsParams => (levels === 0 ? { a: "x" } : { a: nested(levels - 1) });
const requestOf = ({ request, repeat, nest }: Refused): WmsRequest => {
  if (repeat)
    return { ...request, params: { a: Array.from({ length: repeat.times }, (_, at) => String(at)) } };
  return nest ? { ...request, params: nested(nest.levels) } : request;
};

/** docs/signing.md prints this file as its table. */
describe("what the documentation says is refused", () => {
  it.each(cases)("$input", async (refused) => {
    const { host = "https://pbx.example.com", secret_key = "0123456789abcdef", code, field } = refused;
    const connection = { host, auth: { kind: "s2s" as const, app_id: "a", app_name: "n", secret_key } };
    const signing = sign(connection, requestOf(refused), 1_700_000_000);
    await expect(signing).rejects.toMatchObject(field === null ? { code } : { code, field });
  });
});
