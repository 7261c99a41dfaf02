import { connect as connectHttp } from "node:http2";
import { connect, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { ProductError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { WmsError } from "../lib/wms/errors.ts";
import { simulatorDefaults } from "../simulator/defaults.ts";
import { takeLeaks } from "./support/guard.ts";
import { giveNumber, giveSecret } from "./support/leaks.ts";

const number = giveNumber("+44 20 7946 0958");
const digits = number.replace(/\D/g, "");
const secret = giveSecret("guard-test-secret-5c1e");

describe("the guard of this test run fails a test that lets something out", () => {
  it.each<[string, () => unknown]>([
    ["to standard output", () => process.stdout.write(`${secret}\n`)],
    ["to standard error, as bytes", () => process.stderr.write(Buffer.from(`${secret}\n`))],
    ["to the console", () => console.info("the secret", simulatorDefaults.secret)],
    ["inside an object", () => console.error({ deep: { number: digits } })],
    ["inside an error that is printed", () => console.warn(new Error(digits))],
    ["in a log line, past its masks", () => createLog("test").info(`it was ${secret}`)],
    ["in an error of the client that is caught", () => new WmsError("WMS_ABORTED", { detail: digits })],
    ["in an error of the product that is caught", () => new ProductError("INTERNAL", { detail: secret })],
  ])("%s", (_name, letOut) => {
    letOut();
    expect(takeLeaks().length).toBeGreaterThan(0);
    expect(takeLeaks()).toEqual([]);
  });
  it("and lets pass what is masked", () => {
    createLog("test").warn(`dialled ${digits}`, { token: secret, nested: [{ exten: digits }] });
    expect(takeLeaks()).toEqual([]);
  });
});

// 192.0.2.0/24 is kept for documentation: nobody would answer
describe("a test that reaches beyond loopback fails", () => {
  const refused = "a test reached beyond loopback";
  it.each<[string, () => unknown]>([
    ["by options", () => connect({ host: "192.0.2.1", port: 9 })],
    ["by port and host", () => new Socket().connect(9, "192.0.2.1")],
    ["by name", () => connect({ host: "localhost.example.com", port: 9 })],
    ["by a name that begins like loopback", () => connect({ host: "127.0.0.1.example.com", port: 9 })],
    ["over TLS", () => connectTls({ host: "192.0.2.1", port: 9 })],
    ["over HTTP/2", () => connectHttp("http://192.0.2.1:9")],
  ])("%s", (_name, reach) => expect(reach).toThrowError(refused));
  it("by fetch", async () => {
    await expect(fetch("http://192.0.2.1:8080")).rejects.toMatchObject({ cause: { message: refused } });
  });
});
