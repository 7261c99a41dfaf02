import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { isError, ProductError, productErrors } from "../lib/errors.ts";
import { WmsError, wmsErrors } from "../lib/wms/errors.ts";

const codes = [...Object.entries(wmsErrors), ...Object.entries(productErrors)];
const own = new URL(import.meta.url).pathname;

describe("every error code", () => {
  it("is met by a test", async () => {
    const root = new URL(".", import.meta.url).pathname;
    const files = (await readdir(root, { recursive: true })).filter(
      (name) => /\.(ts|json)$/.test(name) && !own.endsWith(name),
    );
    const texts = (await Promise.all(files.map((name) => readFile(`${root}/${name}`, "utf8")))).join("\n");
    expect(codes.map(([code]) => code).filter((code) => !texts.includes(code))).toEqual([]);
  });
  it.each(codes)("%s has a cause, a fix and a status", (_code, doc) => {
    expect(doc.status).toBeGreaterThanOrEqual(400);
    for (const text of [doc.title, doc.cause, doc.fix]) expect(text.length).toBeGreaterThan(5);
    expect(doc.fix).toMatch(/\.$/);
  });
});

describe("an error is narrowed by its code", () => {
  const missing = new ProductError("NOT_FOUND", { detail: "no such PBX" });
  it("if the code is one of those named, of the product or of the PBX", () => {
    expect(isError(missing, "NOT_FOUND")).toBe(true);
    expect(isError(missing, "INPUT_INVALID", "NOT_FOUND")).toBe(true);
    expect(isError(new WmsError("WMS_TIMEOUT", { detail: "slow" }), "WMS_TIMEOUT")).toBe(true);
  });
  it("if it is an error with a code at all", () => {
    expect(isError(missing, "INPUT_INVALID")).toBe(false);
    expect(isError({ code: "NOT_FOUND" }, "NOT_FOUND")).toBe(false);
    expect(isError(undefined, "NOT_FOUND")).toBe(false);
  });
});
