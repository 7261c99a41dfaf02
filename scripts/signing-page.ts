import { readFileSync } from "node:fs";

interface Refused {
  readonly group: string;
  readonly input: string;
  readonly why: string;
  readonly fix: string;
  readonly code: string;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The page on signatures. Its table of refused requests is the list of cases of test/wms/signing/sign.refused.test.ts. */
export const signingPage = (generated: string): string => {
  const file = new URL("../test/fixtures/refused-requests.json", import.meta.url);
  const cases: readonly Refused[] = JSON.parse(readFileSync(file, "utf8"));
  return `${generated}
# Signatures of requests

A WMS request carries a JSON Web Token (HS256) that contains a hash of the request. The PBX computes the same hash from the request that
arrives. The vendor describes the scheme in [WMS 5 API Authentication](https://wildix.atlassian.net/wiki/x/oBPOAQ). The details below come
from requests that the vendor's PHP client signed. These requests are test vectors in \`test/fixtures/s2s-vectors.json\`. This command shows
the signature of any request:

\`\`\`sh
npx wildix sign '{"config":{"host":"https://pbx.example.com","app_id":"A","app_name":"N","secret_key":"S"},"method":"GET","endpoint":"/api/v1/PBX/ping/"}'
\`\`\`

## The canonical text

The text is \`METHOD + path + group(headers) + group(query) + group(body)\`, without separators. A group is \`key:value;\` for each key, in order:

- Keys are in lower case (only A to Z change). They are sorted as in PHP: names by their UTF-8 bytes, whole numbers by value.
- The value of a nested map or list is also a group, so it ends with \`;;\`. The keys of a list are 0, 1, 2 …
- Booleans are \`1\` and \`0\`. Every other value is text. Blanks, tabs, line feeds, carriage returns, NULs and vertical tabs are removed from
  both ends of the text.
- The signed headers are the headers that your code adds to the request, \`Host\` without a port, and \`X-APP-ID\`.

The token has four claims:

| claim | value |
|---|---|
| \`iss\` | the app's name |
| \`iat\` | the time of signing |
| \`exp\` | 300 seconds later |
| \`sign\` | \`alg\`: sha256; \`headers\`: the header names in order; \`hash\`: the SHA-256 of the canonical text in hex |

The hash uses the decoded query and body, so percent-encoding and the order of parameters do not matter. It uses the path as written. The
client sends \`Host\` without a port, because the PBX hashes the header that it receives.

The client signs each attempt separately, after the connection is open. So no token expires while a request waits. If a function was frozen
between signing and sending, it signs the request again. A call that is more than 10 seconds old is [not sent](calls.md#lost-responses).

With a company API key (\`api_key\`) or a simple token (\`token\`), the client sends the same request with \`Authorization: Bearer …\` and without
a signature.

## Values that are left out

\`null\`, \`undefined\`, empty lists and empty maps are left out of a query or form. PHP drops them, so a signature that includes them never
matches. In JSON they stay. Numbers are signed and sent as JavaScript prints them.

## Requests that are refused

The official client signs some requests in a way that makes the PBX refuse them. It signs other requests in a way that gives a different
request the same signature. This client refuses all these requests before it sends anything. The error names the parameter and the fix. Each
line is tested.

| where | input | why | fix | code |
|---|---|---|---|---|
${cases.map(({ group, input, why, fix, code }) => `| ${[group, input, why, fix].map(cell).join(" | ")} | \`${code}\` |`).join("\n")}

None of the requests in the vendor's article is refused.

## Limits of the scheme

- The canonical text has no escaping. So \`{a: "1;b:2"}\` and \`{a: "1", b: "2"}\` share a signature, and a form and a JSON body with the
  same content also share one.
- A person who reads the TLS traffic can send a request again for 300 seconds.

The client cannot repair the scheme; see [SECURITY.md](../SECURITY.md).
`;
};
