import { describe, expect, it } from "vitest";
import { type PbxRegistry, readPbx } from "../../lib/pbxs/registry.ts";
import { giveSecret } from "../support/leaks.ts";

const secret = {
  host: "https://pbx.example.com",
  app_id: "app-1",
  app_name: "crm",
  secret_key: giveSecret("registry-contract-secret-0123456789"),
};

interface ContractPbx {
  readonly id: string;
  readonly secret: Readonly<Record<string, string>>;
  readonly timezone?: string;
  readonly export?: "off";
  readonly customer?: string;
}

/** The PBXs that a registry holds while its contract is checked. */
export const contractPbxs: readonly ContractPbx[] = [
  { id: "rome", secret: { host: secret.host, credentials_from: "milan" }, timezone: "Europe/Rome" },
  { id: "milan", secret, timezone: "Europe/Rome", customer: "acme" },
  { id: "oslo", secret, timezone: "Europe/Oslo", export: "off" },
  { id: "paused", secret },
];

/** Their tags, where secrets have tags. */
export const tagsOf = (pbx: ContractPbx): Record<string, string> => ({
  ...(pbx.timezone === undefined ? {} : { "wildix:timezone": pbx.timezone }),
  ...(pbx.export === undefined ? {} : { "wildix:export": pbx.export }),
  ...(pbx.customer === undefined ? {} : { "wildix:customer": pbx.customer }),
});

/** What every registry keeps to; `make` gives one that holds `contractPbxs`. */
export const registryContract = (name: string, make: () => Promise<PbxRegistry>): void => {
  describe(`the registry in ${name}`, () => {
    it("lists by id, with zones, without reading a secret", async () => {
      const entries = await (await make()).list();
      expect(entries.map(({ id, timezone, exported }) => [id, timezone, exported])).toEqual([
        ["milan", "Europe/Rome", true],
        ["oslo", "Europe/Oslo", false],
        ["paused", undefined, false],
        ["rome", "Europe/Rome", true],
      ]);
    });
    it("knows the customers", async () => {
      const entries = await (await make()).list();
      expect(entries.flatMap(({ id, customer }) => (customer === undefined ? [] : [[id, customer]]))).toEqual(
        [["milan", "acme"]],
      );
    });
    it("reads a secret, and one that borrows its credentials", async () => {
      const registry = await make();
      const own = await readPbx(registry, "milan");
      expect(own.connection.auth).toMatchObject({ kind: "s2s", app_id: "app-1" });
      expect((await readPbx(registry, "rome")).connection).toEqual(own.connection);
    });
    it.each(["nowhere", "../etc/passwd", "", "a/b"])("does not know %j", async (id) => {
      await expect(readPbx(await make(), id)).rejects.toMatchObject({ code: "PBX_UNKNOWN", field: "pbx" });
    });
  });
};
