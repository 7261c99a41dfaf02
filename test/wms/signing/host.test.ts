import { describe, expect, it } from "vitest";
import { checkConnection } from "../../../lib/wms/signing/host.ts";
import { connectionTo } from "../../support/pbx.ts";

describe("hosts that requests may go to", () => {
  it.each([
    "https://pbx.wildixin.com",
    "https://pbx.wildixin.com:8443/",
    "https://10.0.0.5",
    "http://127.0.0.1:8080",
    "http://localhost",
    "http://[::1]:1",
    "https://PBX.Example.COM",
    "http://[::ffff:127.0.0.1]",
    "https://[2001:db8::1]",
    "https://[64:ff9b::10.0.0.5]",
    "https://[2a02:a9fe:a9fe::1]",
  ])("%s", (host) => {
    expect(checkConnection(connectionTo(host)).name).not.toContain("/");
  });
});

describe("hosts that are refused", () => {
  it.each([
    ["pbx.wildixin.com", '`host` must begin with https://; got "pbx.wildixin.com". Write'],
    [
      "\u201chttps://pbx.wildixin.com\u201d",
      "must not have quotation marks; got \u201chttps://pbx.wildixin.com\u201d. Write https://pbx.wildixin.com.",
    ],
    [
      "'https://ada:pw@pbx.wildixin.com'",
      "got 'https://…@pbx.wildixin.com'. Write https://…@pbx.wildixin.com.",
    ],
    ['"wsk-v1-x"', "must not have quotation marks. Write https://NAME.wildixin.com."],
    ["http://pbx.wildixin.com", 'must use https; got "http://pbx.wildixin.com"'],
    ["https://user:pw@pbx.wildixin.com", "must not contain a user. Put"],
    [
      "https://pbx.wildixin.com/api",
      'must not have a path, query or fragment; got "https://pbx.wildixin.com/api"',
    ],
    ["https://user:pw@pbx.wildixin.com/x", "must not contain a user. Put"],
    ["https://pbx.wildixin.com?x=1", "must not have a path"],
    [
      "https://{pbx}.wildixin.com",
      'letters, digits, dots, hyphens and underscores; got "https://{pbx}.wildixin.com".',
    ],
    ["https://pbx$.wildixin.com", "letters, digits, dots, hyphens and underscores"],
    ["https://169.254.169.254", 'metadata address; got "https://169.254.169.254".'],
    ["https://169.254.170.2", "metadata"],
    ["https://2852039166", "metadata"],
    ["https://0xa9fea9fe", "metadata"],
    ["https://0251.0376.0251.0376", "metadata"],
    ["https://[::ffff:169.254.169.254]", "metadata"],
    ["https://[::169.254.169.254]", "metadata"],
    ["https://[::ffff:0:169.254.169.254]", "metadata"],
    ["https://[64:ff9b::169.254.169.254]", "metadata"],
    ["https://[64:ff9b:1::a9fe:a9fe]", "metadata"],
    ["https://[2002:a9fe:a9fe::1]", "metadata"],
    ["https://[::ffff:100.100.100.200]", "metadata"],
    ["https://100.100.100.200", "metadata"],
    ["https://192.0.0.192", "metadata"],
    ["https://168.63.129.16", "metadata"],
    ["https://metadata.goog", "metadata"],
    ["https://METADATA.goog.", "metadata"],
    ["https://[fd00:ec2::23]", "metadata"],
    ["https://[fd20:ce::254]", "metadata"],
    ["https://[::ffff:0.0.0.0]", "unspecified"],
    ["http://[64:ff9b::127.0.0.1]", "must use https"],
    ["https://[fe80::1]", "metadata"],
    ["https://[fd00:ec2::254]", "metadata"],
    ["https://metadata.google.internal", "metadata"],
    ["https://metadata.google.internal.", "metadata"],
    ["http://0.0.0.0", "unspecified"],
    ["https://pbx.example.com\r\nX: y", "control character"],
    ["https://pbx .example.com", "space"],
    ["https://büro.example.com", "punycode"],
    ["https://pbx.example.com:99999", "must be a valid address"],
    ["ftp://user:pw@pbx.example.com", 'begin with https://; got "ftp://…@pbx.example.com"'],
    ["wsk-v1-0123456789", "must begin with https://. Write"],
    ["", "must begin with https://. Write"],
  ])("%s", (host, words) => {
    expect(() => checkConnection(connectionTo(host))).toThrowError(
      expect.objectContaining({
        code: "WMS_HOST_INVALID",
        field: "host",
        message: expect.stringContaining(words),
      }),
    );
  });
});
