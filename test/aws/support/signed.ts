import { createHash, createHmac } from "node:crypto";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export interface Signer {
  readonly region: string;
  readonly keyId: string;
  readonly secret: string;
  /** Of credentials that end, such as a function's. */
  readonly session?: string;
}

export interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request as `curl --aws-sigv4` sends it (Signature Version 4). */
export const signedFetch = (
  { region, keyId, secret, session }: Signer,
  service: string,
  address: string,
  { method = "GET", headers = {}, body = "" }: Request = {},
): Promise<Response> => {
  const url = new URL(address);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const sent: Record<string, string> = {
    ...headers,
    host: url.host,
    "x-amz-date": time,
    "x-amz-content-sha256": sha256(body),
    ...(session === undefined ? {} : { "x-amz-security-token": session }),
  };
  const names = Object.keys(sent)
    .map((name) => name.toLowerCase())
    .sort();
  const canonical = [
    method,
    url.pathname.split("/").map(encoded).join("/"),
    [...url.searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join("&"),
    ...names.map((name) => `${name}:${sent[name]?.trim()}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const key = scope.reduce<string | Buffer>((signing, part) => hmac(signing, part), `AWS4${secret}`);
  const signature = hmac(
    key,
    ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonical)].join("\n"),
  ).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${keyId}/${scope.join("/")}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const { host: _host, ...carried } = sent;
  return fetch(url, {
    method,
    headers: { ...carried, authorization },
    ...(body === "" ? {} : { body }),
  });
};
