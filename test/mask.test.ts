import { expect, it } from "vitest";
import { maskFields, maskText, shown } from "../lib/mask.ts";

it.each([
  ["call \u0660\u0661\u0662 \u0663\u0664\u0665\u0666\u0667\u0668", "call …\u0667\u0668"],
  ["39,333,123,4567", "…67"],
  ["39'333'123'45'67; 12", "…12"],
  ["Basic dXNlcjp3ZmtfYWJj", "Basic …"],
  ["2026-11-24, 10:00:00,123", "2026-11-24, 10:00:00,123"],
  ["parts 1, 2, 3", "parts 1, 2, 3"],
  ["03\u30fc1234\u05be5678 rang", "…78 rang"],
  // hosts, addresses and dates stay
  ["milan (https://127.100.100.200:9): no connection", "milan (https://127.100.100.200:9): no connection"],
  ["https://pbx-0391234567.example", "https://pbx-0391234567.example"],
  ["https://pbx.example:8443/calls", "https://pbx.example:8443/calls"],
  ["connect ECONNREFUSED 34.120.10.200:443", "connect ECONNREFUSED 34.120.10.200:443"],
  ['got "192.168.100.200".', 'got "192.168.100.200".'],
  ["got 01.11.2026 and 2026/11/01 or 1/11/2026 09:00", "got 01.11.2026 and 2026/11/01 or 1/11/2026 09:00"],
  ["Run `wildix verify s3://bucket-123456789012`.", "Run `wildix verify s3://bucket-123456789012`."],
  ["2026-11-01 2026-11-02 2026-11-03", "2026-11-01 2026-11-02 2026-11-03"],
  // and a number in their place does not
  ["2026-11-01 2026-11-02 393331234567", "2026-11-01 2026-11-02 …67"],
  ["s3://393331234567", "s3://…67"],
  ["https://pbx-0391234567.example/+393331234567", "https://pbx-0391234567.example/…67"],
  ["https://pbx.example, 393331234567", "https://pbx.example, …67"],
  ["https://393331234567", "https://…67"],
  ["https://39.333.123.45", "https://…45"],
  ["https://pbx.example.393331234567", "https://pbx.example.…67"],
  ["connect ECONNREFUSED 39.333.123.45:443", "connect ECONNREFUSED …45:443"],
  ["call 33.142.68.53", "call …53"],
  ["call +10.20.30.140", "call …40"],
  ["call +39 10.20.30.140", "call …40"],
  ["call 10.20.30.140-5", "call …05"],
  ["call 06.12.2012 345", "call …45"],
  ["call 39.06.20123", "call …23"],
  ["call 2026.11.01.4567", "call …67"],
  ["got http://ada:s3cret@127.0.0.1:9", "got http://…@127.0.0.1:9"],
  ["got http://ada:s3/cret@pbx.example", "got http://…@pbx.example"],
])("a text as it is logged: %s", (text, masked) => expect(maskText(text)).toBe(masked));

it.each([
  ["dates", "2026-11-01 "],
  ["the beginnings of addresses", "://a:x"],
  ["digits", "1"],
  ["dots", "."],
])("a text of 200,000 characters of %s is masked and shown", (_what, part) => {
  const long = part.repeat(200_000 / part.length);
  expect(maskText(long).length).toBeLessThanOrEqual(long.length);
  expect(shown(long).length).toBeLessThanOrEqual(61);
});

it("a header with a key is masked by its name", () =>
  expect(maskFields({ "x-api-key": "abc", apiKey: "abc", "Proxy-Authorization": "abc" })).toEqual({
    "x-api-key": "…",
    apiKey: "…",
    "Proxy-Authorization": "…",
  }));
