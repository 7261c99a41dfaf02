import { readFileSync } from "node:fs";

interface Refused {
  readonly group: string;
  readonly input: string;
  readonly why: string;
  readonly cure: string;
  readonly code: string;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** How requests are signed, with the table of what is refused: the cases that test/wms/signing/sign.refused.test.ts runs. */
export const signingPage = (generated: string): string => {
  const file = new URL("../test/fixtures/refused-requests.json", import.meta.url);
  const cases: readonly Refused[] = JSON.parse(readFileSync(file, "utf8"));
  return `${generated}
# How a request is signed

A WMS request carries a JSON Web Token (HS256) with a hash of the request in it. The PBX rebuilds that hash from what arrives. The
scheme is the vendor's ([WMS 5 API Authentication](https://wildix.atlassian.net/wiki/x/oBPOAQ)); the details below were recorded from
its PHP client, request by request, and lie as test vectors in \`test/fixtures/s2s-vectors.json\`. See it for any request:

\`\`\`sh
npx wildix sign '{"config":{"host":"https://pbx.example.com","app_id":"A","app_name":"N","secret_key":"S"},"method":"GET","endpoint":"/api/v1/PBX/ping/"}'
\`\`\`

## The canonical text

\`METHOD + path + group(headers) + group(query) + group(body)\`, without separators. A group is \`key:value;\` for each key, in order:

- keys are lower-cased (A to Z alone) and sorted as PHP sorts them: names by their UTF-8 bytes, whole numbers by value;
- a nested map or list is a group itself, so it ends in \`;;\`; a list has the keys 0, 1, 2 …;
- booleans are \`1\` and \`0\`; everything else is text, trimmed of blank, tab, line feed, carriage return, NUL and vertical tab;
- signed headers are the caller's own, \`Host\` without a port, and \`X-APP-ID\`.

The token's claims are \`iss\` (the app's name), \`iat\`, \`exp\` (300 s later) and \`sign\` {\`alg\`: sha256, \`headers\`: the names in order,
\`hash\`: the SHA-256 of the canonical text in hex}. Query and body travel decoded into the hash, so percent-encoding and the order of
parameters do not matter; the path is hashed as written. \`Host\` travels without a port too, because the PBX hashes what it receives.

Each attempt is signed anew, when its connection stands: no token ages in a queue, and a function that was frozen between signing and
sending signs again.

With a company API key (\`api_key\`) or a simple token (\`token\`) the same request travels with \`Authorization: Bearer …\` and no
signature.

## What is left out

\`null\`, \`undefined\`, empty lists and empty maps are left out of a query or form: PHP drops them on the way, so a signature over them
never fits. In JSON they stay. Numbers travel as JavaScript prints them, both signed and sent.

## What is refused, before anything is sent

The official client signs some requests in a way that the PBX must refuse, or that another request could share. Those are refused
here, with an error that names the parameter and the cure. Each line is tested.

| where | input | why | cure | code |
|---|---|---|---|---|
${cases.map(({ group, input, why, cure, code }) => `| ${[group, input, why, cure].map(cell).join(" | ")} | \`${code}\` |`).join("\n")}

Nothing that the vendor's article shows is among them.

## What nobody can repair

The canonical text has no escaping: \`{a: "1;b:2"}\` and \`{a: "1", b: "2"}\` share a signature, and so do a form and a JSON body of the same
content. A token can be replayed for 300 seconds by whoever reads the TLS traffic. That is the scheme's; see SECURITY.md.
`;
};
