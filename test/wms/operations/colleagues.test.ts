import { describe, expect, it } from "vitest";
import { colleagues } from "../../../simulator/people.ts";
import { withPbx } from "../../support/pbx.ts";

describe("colleagues", () => {
  it("are found by e-mail, whatever its case", () =>
    withPbx({}, async (pbx, client) => {
      const zoe = await client.colleagues.byEmail("zoe@example.com");
      expect(zoe).toMatchObject({
        extension: "102",
        name: "Zoë Krüger",
        email: "zoe@example.com",
        raw: { dialplan: "users" },
      });
      expect(await client.colleagues.byEmail("nobody@example.com")).toBeUndefined();
      expect(pbx.seen[0]?.target).toContain("filter%5Bemail%5D%5B0%5D=zoe%40example.com");
    }));
  it("of a simulated company have e-mails and extensions of their own", () => {
    for (const field of ["email", "extension"] as const)
      expect(new Set(colleagues.map((one) => one[field])).size).toBe(colleagues.length);
  });
});
